/* SPDX-License-Identifier: Apache-2.0 */
/* The full-size set where it is present: both truths, with and without exclusions. */
#include "eval/expected.h"

#include <setjmp.h>
#include <unistd.h>

#include <cmocka.h>

#define TOLERANCE 1e-12

static void full_set_agrees(void **state)
{
    (void)state;
    const char *shared = getenv("SFD_SHARED");
    char folder[512], path[600], gt[600], det[600], labels[600], exclude[600];
    snprintf(folder, sizeof folder, "%s/eval", shared ? shared : "../../../shared");
    snprintf(path, sizeof path, "%s/expected_full.json", folder);
    cJSON *json = read_json(path);
    if (!json)
        skip();
    snprintf(det, sizeof det, "%s/detections_full.csv", folder);
    snprintf(labels, sizeof labels, "%s/ava_action_list_60.pbtxt", folder);
    double worst = 0;
    const cJSON *run;
    cJSON_ArrayForEach(run, cJSON_GetObjectItem(json, "runs"))
    {
        const cJSON *excluded = cJSON_GetObjectItem(run, "exclude");
        bool excludes = cJSON_IsString(excluded);
        snprintf(gt, sizeof gt, "%s/%s", folder, cJSON_GetObjectItem(run, "gt")->valuestring);
        snprintf(exclude, sizeof exclude, "%s/%s", folder, excludes ? excluded->valuestring : "");
        for (int k = 0; k < SFD_EVAL_N_DIALECTS; k++) {
            const char *name = sfd_eval_dialect_name((sfd_eval_dialect)k);
            const cJSON *expected = cJSON_GetObjectItem(cJSON_GetObjectItem(run, "results"), name);
            sfd_eval_settings s = {
                .struct_size = sizeof s, .dialect = (sfd_eval_dialect)k, .labels = labels};
            sfd_eval_result r;
            sfd_error err = {.message = ""};
            if (run_files(&r, &s, gt, excludes ? exclude : NULL, det, &err) != SFD_OK)
                fail_msg("%s: %s", name, err.message);
            double d = compare_result(&r, expected);
            worst = d > worst ? d : worst;
            if (!(d <= TOLERANCE))
                print_error("%s, exclusions %d, %s: differs by %g\n", gt, excludes, name, d);
            sfd_eval_result_free(&r);
        }
    }
    print_message("largest difference %.3g\n", worst);
    assert_true(worst <= TOLERANCE);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(full_set_agrees)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
