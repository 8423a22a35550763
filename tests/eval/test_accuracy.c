/* SPDX-License-Identifier: Apache-2.0 */
/* Accuracy and average precision, worked out by hand. */
#include <sfdet/accuracy.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CLOSE(a, b) assert_true(fabs((a) - (b)) < 1e-12)

static void add(sfd_accuracy *a, const float *scores, int label)
{
    assert_int_equal(sfd_accuracy_add(a, scores, &label, 1, NULL), SFD_OK);
}

static void test_single(void **state)
{
    (void)state;
    static const float falling[7] = {9, 8, 7, 6, 5, 4, 3}, equal[7] = {1, 1, 1, 1, 1, 1, 1};
    sfd_accuracy *a;
    sfd_accuracy_result r;
    assert_int_equal(sfd_accuracy_create(&a, 7, NULL), SFD_OK);
    add(a, falling, 0); /* first */
    add(a, falling, 4); /* fifth */
    add(a, falling, 5); /* sixth */
    add(a, equal, 0);   /* of equal ones the first */
    add(a, equal, 1);   /* the second */
    assert_int_equal(sfd_accuracy_get(a, &r, NULL), SFD_OK);
    assert_int_equal(r.n_videos, 5);
    assert_true(r.single);
    CLOSE(r.top1, 2.0 / 5);
    CLOSE(r.top5, 4.0 / 5);
    assert_int_equal(r.n_present, 4);
    assert_int_equal(r.class_videos[0], 2);
    CLOSE(r.class_top1[0], 1);
    CLOSE(r.class_top1[1], 0);
    assert_true(isnan(r.class_top1[2]));
    CLOSE(r.class_mean, 1.0 / 4); /* classes 0, 1, 4, 5 */
    /* class 0: 9 9 9 | 1 1; a positive among the first three, one among all five */
    CLOSE(r.class_ap[0], 0.5 * 1 / 3 + 0.5 * 2 / 5);
    CLOSE(r.class_ap[1], 1.0 / 5);
    sfd_accuracy_free(a);
}

/* As scikit-learn's documentation has it for y = 0 0 1 1 and 0.1 0.4 0.35 0.8: 0.83. */
static void test_several(void **state)
{
    (void)state;
    static const float scores[4][3] = {
        {0.1f, 0.9f, 0}, {0.4f, 0.1f, 0}, {0.35f, 0.2f, 0}, {0.8f, 0.3f, 0}};
    static const int one[] = {1}, both[] = {0, 1};
    sfd_accuracy *a;
    sfd_accuracy_result r;
    assert_int_equal(sfd_accuracy_create(&a, 3, NULL), SFD_OK);
    assert_int_equal(sfd_accuracy_add(a, scores[0], one, 1, NULL), SFD_OK);
    assert_int_equal(sfd_accuracy_add(a, scores[1], one, 1, NULL), SFD_OK);
    assert_int_equal(sfd_accuracy_add(a, scores[2], both, 2, NULL), SFD_OK);
    assert_int_equal(sfd_accuracy_add(a, scores[3], both, 2, NULL), SFD_OK);
    assert_int_equal(sfd_accuracy_get(a, &r, NULL), SFD_OK);
    assert_false(r.single);
    assert_true(isnan(r.top1) && isnan(r.top5) && isnan(r.class_mean));
    CLOSE(r.class_ap[0], 0.5 * 1 + 0.5 * 2 / 3);
    CLOSE(r.class_ap[1], 1);
    assert_true(isnan(r.class_ap[2])); /* nobody has it: left out of the mean */
    CLOSE(r.map, (0.5 + 1.0 / 3 + 1) / 2);
    sfd_accuracy_free(a);
}

static void test_refused(void **state)
{
    (void)state;
    static const float scores[2] = {1, 2}, broken[2] = {1, NAN};
    static const int good = 1, high = 2, low = -1;
    sfd_accuracy *a;
    sfd_accuracy_result r;
    assert_int_equal(sfd_accuracy_create(&a, 0, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_accuracy_create(&a, 2, NULL), SFD_OK);
    assert_int_equal(sfd_accuracy_add(a, scores, &high, 1, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_accuracy_add(a, scores, &low, 1, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_accuracy_add(a, scores, &good, 0, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_accuracy_add(a, broken, &good, 1, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_accuracy_get(a, &r, NULL), SFD_OK);
    assert_int_equal(r.n_videos, 0);
    assert_true(isnan(r.map) && isnan(r.top1));
    sfd_accuracy_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
