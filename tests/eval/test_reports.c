/* SPDX-License-Identifier: Apache-2.0 */
/* JSON reads back exactly; the plot is well-formed and marks what it should. */
#include "eval/expected.h"

#include <setjmp.h>
#include <unistd.h>

#include <cmocka.h>

#define N_CLASSES 12

/* Class i: 100 - i truths, AP 0.05 * i in the first file, more in the second. */
typedef struct fixture {
    char path[40];
    sfd_eval_class classes[2][N_CLASSES];
    sfd_eval_result results[2];
    sfd_eval_report reports[2];
} fixture;

static const char *const names[N_CLASSES] = {
    "stand & <sit>", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "a10", "a11"};

static void set_up(fixture *f)
{
    strcpy(f->path, "/tmp/sfd_test_report_XXXXXX");
    int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    close(fd);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < N_CLASSES; i++) {
            double gain = i % 3 == 0 ? 0.1 + 0.01 * i : 0.001 * i;
            f->classes[k][i] = (sfd_eval_class){.id = i + 1,
                                                .name = names[i],
                                                .n_gt = (size_t)(100 - i),
                                                .n_det = 7,
                                                .n_tp = 3,
                                                .ap = 0.05 * i + (k ? gain : 1.0 / 30)};
        }
        f->classes[k][N_CLASSES - 1].n_gt = 0;
        f->classes[k][N_CLASSES - 1].ap = NAN;
        f->results[k] = (sfd_eval_result){
            .iou = 0.5, .map = 0.1 + 0.2, .n_classes = N_CLASSES, .classes = f->classes[k]};
        f->reports[k] =
            (sfd_eval_report){.path = k ? "b/d.csv" : "a/d.csv", .result = &f->results[k]};
    }
}

static char *read_back(const fixture *f)
{
    FILE *in = fopen(f->path, "rb");
    assert_non_null(in);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, in) > 0);
    fclose(in);
    unlink(f->path);
    return text;
}

static void json_keeps_every_digit(void **state)
{
    (void)state;
    fixture f;
    set_up(&f);
    sfd_eval_counts counts = {.n_rows = 12345678901u};
    double recall = 1.0 / 3;
    f.reports[0].truth = &counts;
    f.reports[0].box_recall = &recall;
    assert_int_equal(sfd_eval_write_json(f.path, f.reports, 2, NULL), SFD_OK);
    char *text = read_back(&f);
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    const cJSON *files = cJSON_GetObjectItem(json, "files");
    assert_int_equal(cJSON_GetArraySize(files), 2);
    const cJSON *file = cJSON_GetArrayItem(files, 0);
    assert_string_equal(cJSON_GetObjectItem(file, "path")->valuestring, "a/d.csv");
    assert_string_equal(cJSON_GetObjectItem(file, "dialect")->valuestring, "activitynet_2020");
    assert_true(cJSON_GetObjectItem(file, "mAP")->valuedouble == 0.1 + 0.2);
    assert_true(cJSON_GetObjectItem(file, "box_recall")->valuedouble == recall);
    assert_true(cJSON_GetObjectItem(cJSON_GetObjectItem(file, "truth"), "rows")->valuedouble ==
                12345678901.0);
    const cJSON *classes = cJSON_GetObjectItem(file, "classes");
    assert_int_equal(cJSON_GetArraySize(classes), N_CLASSES);
    for (int i = 0; i < N_CLASSES; i++) {
        const cJSON *c = cJSON_GetArrayItem(classes, i);
        assert_string_equal(cJSON_GetObjectItem(c, "name")->valuestring, names[i]);
        const cJSON *ap = cJSON_GetObjectItem(c, "AP");
        if (i == N_CLASSES - 1)
            assert_true(cJSON_IsNull(ap));
        else
            assert_true(ap->valuedouble == f.classes[0][i].ap);
    }
    cJSON_Delete(json);
    free(text);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

/* Opened elements are closed in order; no stray markup. */
static void assert_well_formed(const char *svg)
{
    char stack[16][16];
    int depth = 0;
    const char *at = strchr(svg, '>') + 1; /* behind <?xml ...?> */
    while ((at = strchr(at, '<'))) {
        const char *end = strchr(at, '>');
        assert_non_null(end);
        if (at[1] == '/') {
            assert_true(depth > 0);
            depth--;
            assert_memory_equal(at + 2, stack[depth], strlen(stack[depth]));
        } else if (end[-1] != '/') {
            assert_true(depth < 16);
            snprintf(stack[depth++], 16, "%.*s", (int)strcspn(at + 1, " >"), at + 1);
        }
        at = end;
    }
    assert_int_equal(depth, 0);
}

static void plot_marks_gains(void **state)
{
    (void)state;
    fixture f;
    set_up(&f);
    assert_int_equal(sfd_eval_write_plot(f.path, f.reports, 2, NULL), SFD_OK);
    char *svg = read_back(&f);
    assert_well_formed(svg);
    assert_non_null(strstr(svg, ">stand &amp; &lt;sit></text>"));
    assert_null(strstr(svg, ">a11<"));
    assert_non_null(strstr(svg, ">a/d.csv: 30.00 mAP")); /* equal names: with folders */
    assert_int_equal(count(svg, "<title>"), 1 + 2 * (N_CLASSES - 1));
    assert_int_equal(count(svg, " font-weight=\"bold\" fill"),
                     4);                                    /* only four gains are positive */
    assert_non_null(strstr(svg, "fill=\"#dd6b20\">stand")); /* 3.3 -> 10: relative */
    free(svg);
}

static void plot_of_one_file(void **state)
{
    (void)state;
    fixture f;
    set_up(&f);
    assert_int_equal(sfd_eval_write_plot(f.path, f.reports, 1, NULL), SFD_OK);
    char *svg = read_back(&f);
    assert_well_formed(svg);
    assert_null(strstr(svg, "bold"));
    assert_int_equal(count(svg, "<title>"), N_CLASSES);
    free(svg);
}

static void plot_without_truth(void **state)
{
    (void)state;
    fixture f;
    set_up(&f);
    f.results[0].n_classes = 0;
    f.results[0].map = NAN;
    assert_int_equal(sfd_eval_write_plot(f.path, f.reports, 1, NULL), SFD_OK);
    char *svg = read_back(&f);
    assert_well_formed(svg);
    assert_non_null(strstr(svg, "mAP undefined"));
    free(svg);
    sfd_error err;
    assert_int_equal(sfd_eval_write_plot("x.svg", f.reports, 2, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_eval_write_plot("x.svg", f.reports, 0, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_eval_write_json("no/such/folder/x.json", f.reports, 1, &err), SFD_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_keeps_every_digit),
        cmocka_unit_test(plot_marks_gains),
        cmocka_unit_test(plot_of_one_file),
        cmocka_unit_test(plot_without_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
