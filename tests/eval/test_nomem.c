/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of an evaluation fails once: the error must be told and nothing lost (the
 * address sanitizer's leak check sees to that). Linked with --wrap for malloc, calloc and realloc.
 */
#include <sfdet/eval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static long countdown; /* allocations until one fails; negative: never */
static bool failed;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static bool fails_now(void)
{
    bool now = countdown >= 0 && countdown-- == 0;
    failed |= now;
    return now;
}

void *__wrap_malloc(size_t n)
{
    return fails_now() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails_now() ? NULL : __real_realloc(p, n);
}

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

/* A file of quoted fields, and one with errors of all kinds. */
static const char *const sets[][2] = {
    {"eval/edge/quoted_fields/gt.csv", "eval/edge/quoted_fields/det.csv"},
    {"eval/confusion/truth.csv", "eval/confusion/found.csv"}};

static sfd_status run(size_t set, const char *path, sfd_error *err)
{
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
        st = sfd_eval_read_truth(e, sets[set][0], err);
    if (st == SFD_OK)
        st = sfd_eval_read_detections(&d, e, sets[set][1], err);
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
        st = write_reports(&r, &x, path, err);
    sfd_eval_result_free(&r);
    sfd_eval_errors_free(&x);
    sfd_eval_bootstrap_result_free(&gain);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
    return st;
}

static void fail_each_once(size_t set)
{
    char path[] = "/tmp/sfd_test_nomem_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    long n = 0;
    for (failed = true; failed; n++) {
        sfd_error err = {.status = SFD_OK};
        failed = false;
        countdown = n;
        sfd_status st = run(set, path, &err);
        countdown = -1;
        if (failed && (st != SFD_ERR_NOMEM || err.status != st || !strstr(err.message, "memory")))
            fail_msg("allocation %ld: status %d, \"%s\"", n, (int)st, err.message);
        if (!failed)
            assert_int_equal(st, SFD_OK);
    }
    unlink(path);
    assert_true(n > 100);
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    for (size_t set = 0; set < sizeof sets / sizeof *sets; set++)
        fail_each_once(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_fails_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
