/* SPDX-License-Identifier: Apache-2.0 */
/* Picture sizes and box mapping against figures of the public code bases. */
#include "input/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "json_support.h"

static void test_size(void **state)
{
    (void)state;
    cJSON *json = read_json("preprocess/sampling.json"), *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "sizes"))
    {
        const sfd_net_config c = {.test_crop_size = number(item, "short_side")};
        const sfd_view v = sfd_view_for_test(&c);
        const cJSON *resized = cJSON_GetObjectItem(item, "resized");
        int w, h;
        sfd_view_size(&v, &c, number(item, "width"), number(item, "height"), &w, &h);
        assert_int_equal(h, cJSON_GetArrayItem(resized, 0)->valueint);
        assert_int_equal(w, cJSON_GetArrayItem(resized, 1)->valueint);
    }
    cJSON_Delete(json);
}

static void test_size_rounding(void **state)
{
    (void)state;
    sfd_net_config c = {.test_crop_size = 256, .round_long_side = true};
    sfd_view v = sfd_view_for_test(&c);
    int w, h;
    sfd_view_size(&v, &c, 428, 300, &w, &h); /* 365.2 */
    assert_int_equal(w, 365);
    sfd_view_size(&v, &c, 431, 300, &w, &h); /* 367.8: floor has 367 */
    assert_int_equal(w, 368);
    assert_int_equal(h, 256);
    v.short_side = 224;
    c.round_long_side = false;
    sfd_view_size(&v, &c, 115, 112, &w, &h); /* 230 exactly, 229 in floating point */
    assert_int_equal(w, 229);
    sfd_view_size(&v, &c, 1 << 30, 1, &w, &h);
    assert_true(w > 0);
}

/* MMAction2's Resize: scale=(340, 256), and (320, 200) with keep_ratio=False. */
static void test_size_of_pairs(void **state)
{
    (void)state;
    sfd_net_config c = {.test_crop_size = 256, .max_long_side = 340, .round_long_side = true};
    sfd_view v = sfd_view_for_test(&c);
    int w, h;
    sfd_view_size(&v, &c, 640, 360, &w, &h); /* 455 x 256 would be too long */
    assert_int_equal(w, 340);
    assert_int_equal(h, 191); /* 191.25 */
    sfd_view_size(&v, &c, 360, 640, &w, &h);
    assert_int_equal(w, 191);
    assert_int_equal(h, 340);
    sfd_view_size(&v, &c, 400, 320, &w, &h);
    assert_int_equal(w, 320);
    assert_int_equal(h, 256);
    c.fixed_size[0] = 320;
    c.fixed_size[1] = 200;
    sfd_view_size(&v, &c, 640, 360, &w, &h);
    assert_int_equal(w, 320);
    assert_int_equal(h, 200);
}

static double component(const cJSON *row, int i)
{
    return cJSON_GetArrayItem(row, i)->valuedouble;
}

static void test_boxes(void **state)
{
    (void)state;
    cJSON *json = read_json("preprocess/boxes.json"), *item, *row;
    sfd_box_norm boxes[8];
    size_t n = 0;
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(json, "normalised")) boxes[n++] =
        (sfd_box_norm){component(row, 0), component(row, 1), component(row, 2), component(row, 3)};
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "cases"))
    {
        const sfd_net_config c = {.test_crop_size = number(item, "short_side")};
        const sfd_view v = sfd_view_for_test(&c);
        sfd_box_px out[8];
        sfd_view_boxes(&v, &c, number(item, "width"), number(item, "height"), boxes, n, out);
        size_t i = 0;
        cJSON_ArrayForEach(row, cJSON_GetObjectItem(item, "boxes"))
        {
            assert_true(out[i].x1 == (float)component(row, 0));
            assert_true(out[i].y1 == (float)component(row, 1));
            assert_true(out[i].x2 == (float)component(row, 2));
            assert_true(out[i].y2 == (float)component(row, 3));
            i++;
        }
        assert_int_equal(i, n);
    }
    cJSON_Delete(json);
}

static void test_boxes_per_axis(void **state)
{
    (void)state;
    sfd_net_config c = {
        .test_crop_size = 256, .round_long_side = true, .boxes_scaled_per_axis = true};
    const sfd_view v = sfd_view_for_test(&c);
    sfd_box_norm box = {-0.001, 0, 0.5, 1};
    sfd_box_px out;
    sfd_view_boxes(&v, &c, 426, 240, &box, 1, &out);
    assert_true(out.x1 < 0);
    assert_float_equal(out.x2, 227, 1e-4);
    assert_float_equal(out.y2, 256, 1e-4); /* not clipped to 255 */
}

/* A flipped view's boxes are mirrored in the network's picture. */
static void test_boxes_flipped(void **state)
{
    (void)state;
    const sfd_net_config c = {.test_crop_size = 256};
    const sfd_box_norm box = {0.25, 0.125, 0.5, 0.75};
    sfd_view v = sfd_view_for_test(&c);
    sfd_box_px plain, flipped;
    int w, h;
    sfd_view_size(&v, &c, 512, 256, &w, &h);
    sfd_view_boxes(&v, &c, 512, 256, &box, 1, &plain);
    v.flip = true;
    sfd_view_boxes(&v, &c, 512, 256, &box, 1, &flipped);
    assert_float_equal(flipped.x1, (float)w - 1 - plain.x2, 0);
    assert_float_equal(flipped.x2, (float)w - 1 - plain.x1, 0);
    assert_float_equal(flipped.x1, 255, 0);
    assert_float_equal(flipped.x2, 383, 0);
    assert_float_equal(flipped.y1, plain.y1, 0);
    assert_float_equal(flipped.y2, plain.y2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size),           cmocka_unit_test(test_size_rounding),
        cmocka_unit_test(test_size_of_pairs),  cmocka_unit_test(test_boxes),
        cmocka_unit_test(test_boxes_per_axis), cmocka_unit_test(test_boxes_flipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
