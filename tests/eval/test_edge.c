/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of tests/data/eval/edge, each isolating one rule, against the four public evaluators;
 * and errors that name the place. */
#include "eval/expected.h"

#include <dirent.h>
#include <setjmp.h>
#include <unistd.h>

#include <cmocka.h>

#define TOLERANCE 1e-12

/* 0 when the case agrees. */
static int check_case(const char *folder, sfd_eval_dialect dialect, bool python_O,
                      const cJSON *expected, const char *labels, bool strict)
{
    char gt[512], det[512], exclude[512], labelmap[512];
    snprintf(gt, sizeof gt, "%s/gt.csv", folder);
    snprintf(det, sizeof det, "%s/det.csv", folder);
    snprintf(exclude, sizeof exclude, "%s/exclude.csv", folder);
    snprintf(labelmap, sizeof labelmap, "%s/%s", folder, labels);
    bool own_labels = strcmp(labels, "labelmap.pbtxt") == 0;
    sfd_eval_settings s = {.struct_size = sizeof s,
                           .dialect = dialect,
                           .labels = own_labels ? labelmap : SFD_AVA_60,
                           .python_O = python_O,
                           .strict = strict};
    sfd_eval_result r;
    sfd_error err = {.message = ""};
    sfd_status st = run_files(&r, &s, gt, access(exclude, R_OK) == 0 ? exclude : NULL, det, &err);
    const char *status = cJSON_GetObjectItem(expected, "status")->valuestring;
    int wrong = 0;
    if (strcmp(status, "ok") != 0) {
        wrong =
            st != SFD_ERR_FORMAT || (dialect != SFD_EVAL_MMACTION2 && !strstr(err.message, "line"));
    } else if (st != SFD_OK) {
        wrong = 1;
    } else {
        wrong = !(compare_result(&r, expected) <= TOLERANCE);
    }
    if (wrong)
        print_error("%s, %s%s: %s wanted, got %s, mAP %.17g %s\n", folder,
                    sfd_eval_dialect_name(dialect), python_O ? ", python -O" : "", status,
                    sfd_status_name(st), r.map, err.message);
    sfd_eval_result_free(&r);
    return wrong;
}

/* Without `strict` clean files give the same. */
static bool reads_alike(const char *name, const cJSON *expected)
{
    return strcmp(cJSON_GetObjectItem(expected, "status")->valuestring, "ok") == 0 &&
           strcmp(name, "utf8_byte_order_mark") != 0 && strcmp(name, "whitespace_in_numbers") != 0;
}

static void check_folder(const char *parent, int *n_cases, int *n_wrong)
{
    DIR *dir = opendir(parent);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char folder[300], path[320];
        snprintf(folder, sizeof folder, "%s/%s", parent, entry->d_name);
        snprintf(path, sizeof path, "%s/expected.json", folder);
        cJSON *json = entry->d_name[0] != '.' ? read_json(path) : NULL;
        if (!json)
            continue;
        const char *labels = cJSON_GetObjectItem(json, "labelmap")->valuestring;
        const char *const variants[] = {"results", "results_with_python_O"};
        for (int v = 0; v < 2; v++) {
            const cJSON *results = cJSON_GetObjectItem(json, variants[v]);
            for (int k = 0; results && k < SFD_EVAL_N_DIALECTS; k++) {
                const cJSON *expected =
                    cJSON_GetObjectItem(results, sfd_eval_dialect_name((sfd_eval_dialect)k));
                *n_wrong += check_case(folder, (sfd_eval_dialect)k, v == 1, expected, labels, true);
                if (reads_alike(entry->d_name, expected))
                    *n_wrong +=
                        check_case(folder, (sfd_eval_dialect)k, v == 1, expected, labels, false);
            }
        }
        (*n_cases)++;
        cJSON_Delete(json);
    }
    closedir(dir);
}

static void edge_cases_agree(void **state)
{
    (void)state;
    int n_cases = 0, n_wrong = 0;
    check_folder("eval/edge", &n_cases, &n_wrong);
    assert_int_equal(n_wrong, 0);
    assert_int_equal(n_cases, 106);
}

/* With the case whose data may not be copied. */
static void shared_edge_cases_agree(void **state)
{
    (void)state;
    const char *shared = getenv("SFD_SHARED");
    char folder[512];
    int n_cases = 0, n_wrong = 0;
    snprintf(folder, sizeof folder, "%s/eval/edge", shared ? shared : "../../../shared");
    if (access(folder, R_OK) != 0)
        skip();
    check_folder(folder, &n_cases, &n_wrong);
    assert_int_equal(n_wrong, 0);
    assert_int_equal(n_cases, 107);
}

static void errors_name_the_place(void **state)
{
    (void)state;
    static const struct {
        const char *name, *message;
        sfd_eval_dialect dialect;
    } cases[] = {
        {"header_line", "det.csv: line 1, column 2 (timestamp): \"timestamp\" is not a number of",
         SFD_EVAL_ACTIVITYNET_2020},
        {"timestamp_decimal_point", "column 2 (timestamp): ", SFD_EVAL_PYSLOWFAST},
        {"columns_six", "has 6 columns, wanted are 7 or 8: video_id", SFD_EVAL_ACTIVITYNET_2020},
        {"blank_line_middle", "is blank, which activitynet_2020 refuses",
         SFD_EVAL_ACTIVITYNET_2020},
        {"gt_person_id_not_a_number", "column 8 (person id): ", SFD_EVAL_ACTIVITYNET_2019},
        {"gt_inverted_with_detection", "box is inverted, ", SFD_EVAL_ACTIVITYNET_2020},
        {"score_missing", "has no column 8 (score), which pyslowfast needs", SFD_EVAL_PYSLOWFAST},
        {"detection_inverted", "det.csv: line ", SFD_EVAL_MMACTION2},
        {"gt_empty_file", "gt.csv: holds no box with a listed label", SFD_EVAL_MMACTION2},
        {"label_with_decimal_point", "column 7 (label): ", SFD_EVAL_ACTIVITYNET_2020},
        {"excluded_blank_line", "exclude.csv: line ", SFD_EVAL_ACTIVITYNET_2019},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char gt[128], det[128], exclude[128];
        snprintf(gt, sizeof gt, "eval/edge/%s/gt.csv", cases[i].name);
        snprintf(det, sizeof det, "eval/edge/%s/det.csv", cases[i].name);
        snprintf(exclude, sizeof exclude, "eval/edge/%s/exclude.csv", cases[i].name);
        sfd_eval_settings s = {.struct_size = sizeof s,
                               .labels = SFD_AVA_60,
                               .dialect = cases[i].dialect,
                               .strict = true};
        sfd_eval_result r;
        sfd_error err = {.message = ""};
        run_files(&r, &s, gt, access(exclude, R_OK) == 0 ? exclude : NULL, det, &err);
        sfd_eval_result_free(&r);
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s: \"%s\"", cases[i].name, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edge_cases_agree),
        cmocka_unit_test(shared_edge_cases_agree),
        cmocka_unit_test(errors_name_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
