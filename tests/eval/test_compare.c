/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing scores: figures worked out by hand. */
#include <sfdet/compare.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NEAR(x, y) assert_true(fabs((x) - (y)) < 1e-12)

/* Three boxes, classes 7 and 12 and, between them, the background. Powers of two are exact. */
static const int ids[] = {7, -1, 12};
static const float a[] = {0.5f, 0, 0.25f, 0.75f, 1, 0.125f, 0.0625f, 0, 1};
static const float b[] = {0.25f, 9, 0.25f, 0.75f, 9, 0.625f, 0.125f, 9, 0.5f};

static sfd_comparison compare(const float *x, const float *y, size_t n, double threshold)
{
    sfd_comparison c;
    sfd_error err;
    assert_int_equal(sfd_compare_scores(&c, x, y, n, ids, 3, threshold, &err), SFD_OK);
    return c;
}

/* Class 7: 0.5 0.75 0.0625 against 0.25 0.75 0.125. Class 12: 0.25 0.125 1 against 0.25 0.625 0.5.
 * The largest difference, 0.5, is box 1's and box 2's in class 12. */
static void test_differences(void **state)
{
    (void)state;
    sfd_comparison c = compare(a, b, 3, 0.5);
    assert_int_equal(c.n_classes, 2);
    assert_int_equal(c.n_boxes, 3);
    NEAR(c.largest, 0.5);
    assert_int_equal(c.largest_box, 1);
    assert_int_equal(c.largest_id, 12);
    NEAR(c.mean, (0.25 + 0.0625 + 0.5 + 0.5) / 6);
    NEAR(c.classes[0].mean, 0.3125 / 3);
    NEAR(c.classes[0].largest, 0.25);
    NEAR(c.classes[1].mean, 1.0 / 3);
    assert_true(isnan(c.map_a) && isnan(c.map_b));
    sfd_comparison_free(&c);
    sfd_comparison_free(NULL);
}

/* At 0.5, which itself counts: class 7 loses box 0 and keeps box 1, class 12 gains box 1 and keeps
 * box 2. */
static void test_labels_that_change(void **state)
{
    (void)state;
    sfd_comparison c = compare(a, b, 3, 0.5);
    assert_int_equal(c.n_above_a, 3);
    assert_int_equal(c.n_above_b, 3);
    assert_int_equal(c.n_gained, 1);
    assert_int_equal(c.n_lost, 1);
    assert_int_equal(c.classes[0].id, 7);
    assert_int_equal(c.classes[0].n_above_a, 2);
    assert_int_equal(c.classes[0].n_above_b, 1);
    assert_int_equal(c.classes[0].n_lost, 1);
    assert_int_equal(c.classes[0].n_gained, 0);
    assert_int_equal(c.classes[1].id, 12);
    assert_int_equal(c.classes[1].n_gained, 1);
    sfd_comparison_free(&c);
    c = compare(a, b, 3, 0.75); /* 0.75 1 against 0.75 */
    assert_int_equal(c.n_lost, 1);
    assert_int_equal(c.n_gained, 0);
    sfd_comparison_free(&c);
}

/* a: 0.5 0.25 0.75 0.125 0.0625 1 has the ranks 4 3 5 2 1 6; b: 0.25 0.25 0.75 0.625 0.125 0.5 the
 * ranks 2.5 2.5 6 5 1 4. Distances from 3.5: .5 -.5 1.5 -1.5 -2.5 2.5 and -1 -1 2.5 1.5 -2.5 .5;
 * products -.5 .5 3.75 -2.25 6.25 1.25 = 9, squares 17.5 and 1 1 6.25 2.25 6.25 .25 = 17. */
static void test_rank_correlation(void **state)
{
    (void)state;
    sfd_comparison c = compare(a, b, 3, 0.5);
    NEAR(c.rank_correlation, 9 / sqrt(17.5 * 17));
    sfd_comparison_free(&c);
    c = compare(a, a, 3, 0.5);
    NEAR(c.rank_correlation, 1);
    sfd_comparison_free(&c);
    const float falling[] = {2, 0, 4, 1, 0, 5, 6, 0, 0.5f}; /* against a's order, all reversed */
    c = compare(a, falling, 3, 0.5);
    NEAR(c.rank_correlation,
         (0.5 * -0.5 + -0.5 * 0.5 + 1.5 * -1.5 + -1.5 * 1.5 + -2.5 * 2.5 + 2.5 * -2.5) / 17.5);
    sfd_comparison_free(&c);
    const float equal[9] = {0};
    c = compare(a, equal, 3, 0.5);
    assert_true(isnan(c.rank_correlation));
    sfd_comparison_free(&c);
}

static void test_refused(void **state)
{
    (void)state;
    static const int background[] = {-1, -1, -1};
    const float broken[] = {0.5f, 0, NAN};
    sfd_comparison c;
    sfd_error err;
    assert_int_equal(sfd_compare_scores(&c, a, b, 0, ids, 3, 0.5, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_compare_scores(&c, a, b, 3, background, 3, 0.5, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_compare_scores(&c, a, b, 3, ids, 3, NAN, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_compare_scores(&c, a, broken, 1, ids, 3, 0.5, &err), SFD_ERR_ARG);
    assert_string_equal(err.message, "the scores 0.25 and nan of box 0 cannot be compared");
    assert_null(c.classes);
}

static void test_json(void **state)
{
    (void)state;
    char path[] = "/tmp/sfdet-compare-XXXXXX", text[4000] = "";
    sfd_comparison c = compare(a, b, 3, 0.5);
    sfd_error err;
    close(mkstemp(path));
    assert_int_equal(sfd_comparison_write_json(&c, path, "x\xff", "y", &err), SFD_OK);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    unlink(path);
    assert_non_null(strstr(text, "\"a\":\t\"x\\\\xFF\""));
    assert_non_null(strstr(text, "\"largest_difference\":\t0.5"));
    assert_non_null(strstr(text, "\"largest_difference_id\":\t12"));
    assert_non_null(strstr(text, "\"mAP_a\":\tnull"));
    assert_non_null(strstr(text, "\"n_lost\":\t1"));
    sfd_comparison_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_differences),
                                       cmocka_unit_test(test_labels_that_change),
                                       cmocka_unit_test(test_rank_correlation),
                                       cmocka_unit_test(test_refused), cmocka_unit_test(test_json)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
