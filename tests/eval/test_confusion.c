/* SPDX-License-Identifier: Apache-2.0 */
/* Labels said instead of others: as counted by tests/data/eval/confusion/make.py, and many of them.
 */
#include "base/random.h"
#include "eval/confusion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SET "eval/confusion/"

static const double thresholds[] = {0, 0.5, 0.8};

static void check_threshold(const sfd_eval *e, const sfd_eval_detections *d, double min_score)
{
    sfd_eval_errors x;
    double threshold;
    int missed, said;
    size_t n, i = 0;
    FILE *f = fopen(SET "expected.csv", "r");
    assert_non_null(f);
    assert_int_equal(sfd_eval_analyse(&x, e, d, 0.5, min_score, NULL), SFD_OK);
    while (fscanf(f, "%lf,%d,%d,%zu", &threshold, &missed, &said, &n) == 4) {
        if (threshold != min_score)
            continue;
        assert_true(i < x.n_confusions);
        assert_int_equal(x.confusions[i].missed, missed);
        assert_int_equal(x.confusions[i].said, said);
        assert_int_equal(x.confusions[i++].n, n);
    }
    fclose(f);
    assert_true(i > 0);
    assert_int_equal(i, x.n_confusions);
    sfd_eval_errors_free(&x);
}

static void test_recorded(void **state)
{
    (void)state;
    sfd_eval *e;
    sfd_eval_detections *d;
    sfd_eval_settings s;
    sfd_eval_settings_defaults(&s);
    assert_int_equal(sfd_eval_create(&e, &s, NULL), SFD_OK);
    assert_int_equal(sfd_eval_read_truth(e, SET "truth.csv", NULL), SFD_OK);
    assert_int_equal(sfd_eval_read_detections(&d, e, SET "found.csv", NULL), SFD_OK);
    for (size_t i = 0; i < sizeof thresholds / sizeof *thresholds; i++)
        check_threshold(e, d, thresholds[i]);
    sfd_eval_detections_free(d);
    sfd_eval_free(e);
}

/* Memory is that of the pairs, however often they come. */
static void test_many(void **state)
{
    (void)state;
    enum { LABELS = 20, N = 100000 };
    static size_t counts[LABELS][LABELS];
    sfd_confusions c = {0};
    sfd_random random = sfd_random_init(3, 0);
    for (int i = 0; i < N; i++) {
        const int missed = (int)(sfd_random_unit(&random) * LABELS);
        const int said = (int)(sfd_random_unit(&random) * sfd_random_unit(&random) * LABELS);
        counts[missed][said]++;
        sfd_confusions_count(&c, missed, said);
    }
    assert_true(c.n_alloc <= 8 * LABELS * LABELS);
    sfd_confusions_sort(&c);
    size_t total = 0;
    for (size_t i = 0; i < c.n; i++) {
        assert_int_equal(c.pairs[i].n, counts[c.pairs[i].missed][c.pairs[i].said]);
        assert_true(i == 0 || c.pairs[i].n <= c.pairs[i - 1].n);
        total += c.pairs[i].n;
    }
    assert_int_equal(total, N);
    free(c.pairs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
