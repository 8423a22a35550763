/* SPDX-License-Identifier: Apache-2.0 */
/* Clip sampling, picture size and box mapping against figures of the public code bases. */
#include "base/file.h"
#include "input/sampling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <cjson/cJSON.h>

#define MAX_FRAMES 256

static cJSON *read_json(const char *path)
{
    char *text;
    size_t n;
    sfd_error err;
    if (sfd_read_text(&text, &n, path, 1 << 20, &err) != SFD_OK)
        fail_msg("%s", err.message);
    cJSON *json = cJSON_Parse(text);
    free(text);
    assert_non_null(json);
    return json;
}

static int number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    assert_non_null(item);
    return item->valueint;
}

static void test_clip_frames(void **state)
{
    (void)state;
    cJSON *json = read_json("preprocess/sampling.json"), *item;
    int n = 0;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "clips"))
    {
        sfd_net_config c = {.num_frames = number(item, "num_frames"),
                            .sampling_rate = number(item, "sampling_rate")};
        int64_t frames[MAX_FRAMES], centre;
        sfd_clip_frames(&c, number(item, "second") - 900.0, number(item, "total_frames"), frames,
                        &centre);
        assert_int_equal(centre, number(item, "centre"));
        const cJSON *expected = cJSON_GetObjectItem(item, "indices"), *e;
        assert_int_equal(cJSON_GetArraySize(expected), c.num_frames);
        int i = 0;
        cJSON_ArrayForEach(e, expected) assert_int_equal(frames[i++], e->valueint);
        n++;
    }
    assert_true(n > 5);
    cJSON_Delete(json);
}

static void test_clip_frames_limits(void **state)
{
    (void)state;
    sfd_net_config c = {.num_frames = 32, .sampling_rate = 2};
    int64_t frames[MAX_FRAMES], centre;
    sfd_clip_frames(&c, 100, 0, frames, &centre);
    assert_int_equal(centre, 3000);
    assert_int_equal(frames[16], 3000);
    assert_int_equal(frames[31], 3030); /* end unknown: not clamped */
    sfd_clip_frames(&c, -100, 0, frames, &centre);
    assert_int_equal(centre, -3000);
    assert_int_equal(frames[31], 0);
    sfd_clip_frames(&c, 1e300, 90, frames, &centre);
    assert_true(centre > 90);
    assert_int_equal(frames[0], 89);
    c.centre_offset_frames = 1;
    sfd_clip_frames(&c, 100, 0, frames, &centre);
    assert_int_equal(centre, 3000);
    assert_int_equal(frames[16], 3001);
}

static void test_slow_indices(void **state)
{
    (void)state;
    cJSON *json = read_json("preprocess/sampling.json"), *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "slow"))
    {
        sfd_net_config c = {.num_frames = number(item, "num_frames"),
                            .alpha = number(item, "alpha")};
        int indices[MAX_FRAMES], i = 0;
        const cJSON *expected = cJSON_GetObjectItem(item, "indices"), *e;
        assert_int_equal(sfd_slow_indices(&c, indices), cJSON_GetArraySize(expected));
        cJSON_ArrayForEach(e, expected) assert_int_equal(indices[i++], e->valueint);
    }
    cJSON_Delete(json);
}

/* Lengths at which PyTorch's float32 linspace, truncated, is one below the exact floor. */
static void test_slow_indices_float32(void **state)
{
    (void)state;
    static const struct {
        int num_frames, alpha, entry, index;
    } cases[] = {
        {107, 2, 26, 52},  {119, 2, 29, 58},  {66, 4, 9, 38},    {85, 4, 15, 62},
        {106, 4, 15, 62},  {127, 4, 15, 62},  {172, 4, 28, 113}, {197, 4, 36, 146},
        {206, 4, 30, 122}, {213, 4, 26, 105}, {215, 4, 26, 106}, {237, 4, 29, 117},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sfd_net_config c = {.num_frames = cases[i].num_frames, .alpha = cases[i].alpha};
        int indices[MAX_FRAMES];
        sfd_slow_indices(&c, indices);
        assert_int_equal(indices[cases[i].entry], cases[i].index);
    }
}

static void test_slow_indices_stride(void **state)
{
    (void)state;
    sfd_net_config c = {.num_frames = 32, .alpha = 8, .slow_sampling = SFD_SLOW_STRIDE};
    int indices[MAX_FRAMES];
    assert_int_equal(sfd_slow_indices(&c, indices), 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(indices[i], 8 * i);
}

static void test_input_size(void **state)
{
    (void)state;
    cJSON *json = read_json("preprocess/sampling.json"), *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "sizes"))
    {
        sfd_net_config c = {.test_crop_size = number(item, "short_side")};
        const cJSON *resized = cJSON_GetObjectItem(item, "resized");
        int w, h;
        sfd_input_size(&c, number(item, "width"), number(item, "height"), &w, &h);
        assert_int_equal(h, cJSON_GetArrayItem(resized, 0)->valueint);
        assert_int_equal(w, cJSON_GetArrayItem(resized, 1)->valueint);
    }
    cJSON_Delete(json);
}

static void test_input_size_rounding(void **state)
{
    (void)state;
    sfd_net_config c = {.test_crop_size = 256, .round_long_side = true};
    int w, h;
    sfd_input_size(&c, 428, 300, &w, &h); /* 365.2 */
    assert_int_equal(w, 365);
    sfd_input_size(&c, 431, 300, &w, &h); /* 367.8: floor has 367 */
    assert_int_equal(w, 368);
    assert_int_equal(h, 256);
    c.test_crop_size = 224;
    c.round_long_side = false;
    sfd_input_size(&c, 115, 112, &w, &h); /* 230 exactly, 229 in floating point */
    assert_int_equal(w, 229);
    sfd_input_size(&c, 1 << 30, 1, &w, &h);
    assert_true(w > 0);
}

static double component(const cJSON *row, int i)
{
    return cJSON_GetArrayItem(row, i)->valuedouble;
}

static void test_map_boxes(void **state)
{
    (void)state;
    cJSON *json = read_json("preprocess/boxes.json"), *item, *row;
    sfd_box_norm boxes[8];
    size_t n = 0;
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(json, "normalised")) boxes[n++] =
        (sfd_box_norm){component(row, 0), component(row, 1), component(row, 2), component(row, 3)};
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "cases"))
    {
        sfd_net_config c = {.test_crop_size = number(item, "short_side")};
        sfd_box_px out[8];
        sfd_map_boxes(&c, number(item, "width"), number(item, "height"), boxes, n, out);
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

static void test_map_boxes_per_axis(void **state)
{
    (void)state;
    sfd_net_config c = {
        .test_crop_size = 256, .round_long_side = true, .boxes_scaled_per_axis = true};
    sfd_box_norm box = {-0.001, 0, 0.5, 1};
    sfd_box_px out;
    sfd_map_boxes(&c, 426, 240, &box, 1, &out);
    assert_true(out.x1 < 0);
    assert_float_equal(out.x2, 227, 1e-4);
    assert_float_equal(out.y2, 256, 1e-4); /* not clipped to 255 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clip_frames),         cmocka_unit_test(test_clip_frames_limits),
        cmocka_unit_test(test_slow_indices),        cmocka_unit_test(test_slow_indices_float32),
        cmocka_unit_test(test_slow_indices_stride), cmocka_unit_test(test_input_size),
        cmocka_unit_test(test_input_size_rounding), cmocka_unit_test(test_map_boxes),
        cmocka_unit_test(test_map_boxes_per_axis),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
