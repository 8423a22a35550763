/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of an evaluation fails once: the error must be told and nothing lost (the
 * address sanitizer's leak check sees to that). Linked with --wrap for malloc, calloc and realloc.
 */
#include "support/no_memory.h"

#include <sfdet/eval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void ignore(void *user, const char *message)
{
    (void)user;
    (void)message;
}

static sfd_status write_reports(const sfd_eval_result *r, const sfd_eval_errors *x,
                                const char *path, sfd_error *err)
{
    sfd_eval_report report = {.path = "det.csv", .result = r, .errors = x};
    sfd_status st = sfd_eval_write_json(path, &report, 1, err);
    return st == SFD_OK ? sfd_eval_write_plot(path, &report, 1, err) : st;
}

typedef struct evaluation {
    const char *truth, *found;
    char report[40];
} evaluation;

static sfd_status run(void *user, sfd_error *err)
{
    const evaluation *set = user;
    static const double iou = 0.5;
    sfd_eval *e;
    sfd_eval_detections *d = NULL;
    sfd_eval_settings s;
    sfd_eval_result r = {0};
    sfd_eval_errors x = {0};
    sfd_eval_bootstrap_settings draws;
    sfd_eval_bootstrap_result gain = {0};
    sfd_eval_counts c;
    size_t n_found;
    double recall;
    sfd_eval_settings_defaults(&s);
    sfd_eval_bootstrap_settings_defaults(&draws);
    draws.n_samples = 3;
    sfd_status st = sfd_eval_create(&e, &s, err);
    if (st == SFD_OK)
        st = sfd_eval_exclude(e, "v1", 901, err);
    if (st == SFD_OK)
        st = sfd_eval_read_truth(e, set->truth, err);
    if (st == SFD_OK)
        st = sfd_eval_read_detections(&d, e, set->found, err);
    if (st == SFD_OK)
        st = sfd_eval_check(&n_found, e, d, ignore, NULL, err);
    if (st == SFD_OK)
        st = sfd_eval_score(&r, e, d, &iou, 1, err);
    if (st == SFD_OK)
        st = sfd_eval_count_truth(&c, e, err);
    if (st == SFD_OK)
        st = sfd_eval_count_detections(&c, e, d, err);
    if (st == SFD_OK)
        st = sfd_eval_box_recall(&recall, e, d, &iou, 1, err);
    if (st == SFD_OK)
        st = sfd_eval_analyse(&x, e, d, iou, 0.3, err);
    if (st == SFD_OK)
        st = sfd_eval_bootstrap(&gain, e, d, d, &draws, err);
    if (st == SFD_OK)
        st = write_reports(&r, &x, set->report, err);
    sfd_eval_result_free(&r);
    sfd_eval_errors_free(&x);
    sfd_eval_bootstrap_result_free(&gain);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
    return st;
}

/* Of a file of quoted fields, and of one with errors of all kinds. */
static void every_allocation_fails_once(void **state)
{
    (void)state;
    evaluation sets[] = {{"eval/edge/quoted_fields/gt.csv", "eval/edge/quoted_fields/det.csv", ""},
                         {"eval/confusion/truth.csv", "eval/confusion/found.csv", ""}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        strcpy(sets[i].report, "/tmp/sfd_test_nomem_XXXXXX");
        const int fd = mkstemp(sets[i].report);
        assert_true(fd >= 0);
        close(fd);
        refuse_each_allocation(run, &sets[i], 100);
        unlink(sets[i].report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
