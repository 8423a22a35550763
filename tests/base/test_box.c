/* SPDX-License-Identifier: Apache-2.0 */
/* Geometry of boxes, and the timeline. */
#include "base/box.h"
#include "base/timeline.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_iou(void **state)
{
    (void)state;
    const sfd_box_norm a = {0, 0, 0.5, 0.5}, b = {0.25, 0, 0.75, 0.5}, apart = {0.6, 0.6, 1, 1};
    const sfd_box_norm point = {0.2, 0.2, 0.2, 0.2}, broken = {NAN, 0, 1, 1};
    assert_true(sfd_box_iou(&a, &a) == 1 && sfd_box_iou_f32(&a, &a) == 1);
    assert_true(sfd_box_iou(&a, &b) == 0.125 / 0.375);
    assert_true(sfd_box_iou(&a, &apart) == 0);
    assert_true(isnan(sfd_box_iou(&point, &point)) && isnan(sfd_box_iou(&a, &broken)));
    assert_true(sfd_box_area(&a) == 0.25);
    const sfd_box_px p = {0, 0, 2, 2}, q = {1, 0, 3, 2}, far = {5, 5, 6, 6};
    assert_true(sfd_box_px_iou(&p, &q) == 2.0f / 6.0f && sfd_box_px_iou(&p, &far) == 0);
    assert_true(sfd_box_has_area(&a) && !sfd_box_has_area(&point) && !sfd_box_has_area(&broken));
}

static void test_states(void **state)
{
    (void)state;
    static const struct {
        sfd_box_norm box;
        sfd_box_state state;
        int corner;
    } cases[] = {
        {{0, 0, 1, 1}, SFD_BOX_FITS, -1},
        {{0.5, 0.5, 0.5, 0.5}, SFD_BOX_FITS, -1},
        {{-0.01, 0, 1.01, 1}, SFD_BOX_FITS, -1}, /* what detectors do */
        {{-0.1, 0.2, 0.3, 0.5}, SFD_BOX_CUT, 0}, /* a quarter of 0.4 */
        {{0.5, 0.8, 0.6, 1.05}, SFD_BOX_CUT, 3},
        {{-0.11, 0.2, 0.3, 0.5}, SFD_BOX_OUTSIDE, 0},
        {{0.2, 0.2, 0.6, 1.2}, SFD_BOX_CUT, 3},
        {{0.2, 0.2, 0.6, 1.5}, SFD_BOX_OUTSIDE, 3},
        {{10, 20, 200, 180}, SFD_BOX_OUTSIDE, 0},
        {{0, 0, 320, 240}, SFD_BOX_OUTSIDE, 2},
        {{-80, 10, 300, 200}, SFD_BOX_OUTSIDE, 0},
        {{1.02, 0.1, 1.1, 0.9}, SFD_BOX_OUTSIDE, 0},
        {{0.5, 0.1, 0.4, 0.9}, SFD_BOX_INVERTED, 2},
        {{0.1, 0.9, 0.4, 0.1}, SFD_BOX_INVERTED, 3},
        {{0.1, 0.9, INFINITY, 0.1}, SFD_BOX_NOT_FINITE, 2},
        {{0.1, 0.2, 0.3, NAN}, SFD_BOX_NOT_FINITE, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int corner = -1;
        if (sfd_box_examine(&cases[i].box, &corner) != cases[i].state || corner != cases[i].corner)
            fail_msg("case %zu: state %d, corner %d", i, sfd_box_examine(&cases[i].box, &corner),
                     corner);
    }
    sfd_box_norm cut = {-0.1, 0.2, 1.05, 0.5};
    sfd_box_clip(&cut);
    assert_true(sfd_box_same(&cut, &(sfd_box_norm){0, 0.2, 1, 0.5}));
}

static void test_timeline(void **state)
{
    (void)state;
    assert_int_equal(sfd_timeline_frame(1), 30);
    assert_int_equal(sfd_timeline_frame(0.05), 2); /* halves away from 0 */
    assert_int_equal(sfd_timeline_frame(-0.05), -2);
    assert_int_equal(sfd_timeline_frame(1e300), SFD_TIMELINE_MAX_FRAME);
    assert_int_equal(sfd_timeline_frame(-INFINITY), -SFD_TIMELINE_MAX_FRAME);
    assert_int_equal(sfd_timeline_frame(NAN), -SFD_TIMELINE_MAX_FRAME);
    assert_true(sfd_timeline_time(45) == 1.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_iou), cmocka_unit_test(test_states),
                                       cmocka_unit_test(test_timeline)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
