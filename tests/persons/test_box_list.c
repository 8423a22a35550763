/* SPDX-License-Identifier: Apache-2.0 */
/* Order and non-maximum suppression. */
#include "persons/boxes.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void add(sfd_box_list *list, float x1, float x2, float score)
{
    const sfd_box_px box = {x1, 0, x2, 1};
    assert_int_equal(sfd_box_list_add(list, &box, score, NULL), SFD_OK);
}

static void equal_scores_keep_their_order(void **state)
{
    (void)state;
    sfd_box_list list = {0};
    static const float scores[] = {0.5F, 0.9F, 0.5F, 0.1F, 0.9F};
    static const float order[] = {1, 4, 0, 2, 3};
    for (int i = 0; i < 5; i++)
        add(&list, (float)i, (float)i + 1, scores[i]);
    assert_int_equal(sfd_box_list_sort(&list, NULL), SFD_OK);
    for (size_t i = 0; i < 5; i++)
        assert_true(list.items[i].box.x1 == order[i]);
    sfd_box_list_free(&list);
    assert_int_equal(sfd_box_list_sort(&list, NULL), SFD_OK);
}

static void suppression(void **state)
{
    (void)state;
    sfd_box_list list = {0};
    add(&list, 0, 10, 0.9F);
    add(&list, 5, 15, 0.8F);  /* a third of the union: stays */
    add(&list, 1, 11, 0.7F);  /* 9 of 11: goes */
    add(&list, 4, 14, 0.6F);  /* 6 of 14 with the first, 9 of 11 with the second: goes */
    add(&list, 20, 20, 0.5F); /* without area: overlaps nothing */
    add(&list, 20, 20, 0.4F); /* nor itself: 0 of 0 is no overlap */
    add(&list, 0, NAN, 0.3F); /* is not compared */
    sfd_box_list_suppress(&list, 0.45F);
    static const float stay[] = {0.9F, 0.8F, 0.5F, 0.4F, 0.3F};
    assert_int_equal(list.n, 5);
    for (size_t i = 0; i < list.n; i++)
        assert_true(list.items[i].score == stay[i]);
    sfd_box_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equal_scores_keep_their_order),
                                       cmocka_unit_test(suppression)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
