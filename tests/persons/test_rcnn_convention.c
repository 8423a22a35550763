/* SPDX-License-Identifier: Apache-2.0 */
/* Which conventions files are run by, as far as their configurations and names tell; sizes of
 * pictures, anchors and levels worked out by hand. */
#include "persons/anchors.h"
#include "persons/rcnn_picture.h"
#include "persons/roi_features.h"
#include "weights/weights_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The convention of a file of that name with that configuration (may be NULL), whose 3x3 has
 * outputs of `inputs` inputs each. */
static sfd_rcnn_convention convention_of(sfd_naming naming, const char *name, const char *config,
                                         size_t outputs, size_t inputs, char remark[128])
{
    const size_t dims[4] = {outputs, inputs, 3, 3};
    sfd_rcnn_convention c;
    sfd_weights *w;
    float *data;
    assert_int_equal(sfd_weights_create(&w, name, NULL), SFD_OK);
    assert_int_equal(
        sfd_weights_add(w, "backbone.bottom_up.res2.0.conv2.weight", 4, dims, &data, NULL), SFD_OK);
    w->naming = naming;
    if (config)
        assert_int_equal(sfd_weights_set_metadata(w, SFD_METADATA_MMACTION2, config, NULL), SFD_OK);
    assert_int_equal(sfd_rcnn_convention_of(&c, remark, 128, w, NULL), SFD_OK);
    sfd_weights_close(w);
    return c;
}

static void check_colours(const sfd_rcnn_convention *c, bool bgr, float mean, float std)
{
    assert_int_equal(c->bgr, bgr);
    assert_true(c->mean[0] == mean);
    assert_true(c->std[0] == std);
}

static void mmdetections_configuration_counts(void **state)
{
    (void)state;
    char remark[128];
    /* version 2 */
    sfd_rcnn_convention c = convention_of(
        SFD_NAMING_MMDETECTION, "a.pth",
        "model = dict(type='FasterRCNN', backbone=dict(type='ResNet', style='caffe'))\n"
        "img_norm_cfg = dict(mean=[103.53, 116.28, 123.675], std=[1.0, 1.0, 1.0], to_rgb=False)\n",
        64, 64, remark);
    check_colours(&c, true, 103.53F, 1);
    assert_true(c.stride_in_1x1);
    assert_string_equal(c.name, "MMDetection, Caffe style");
    assert_string_equal(remark, "");
    /* version 3, and a name that says otherwise */
    c = convention_of(SFD_NAMING_MMDETECTION, "caffe.pth",
                      "model = dict(backbone=dict(style='pytorch'), data_preprocessor=dict("
                      "mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], "
                      "bgr_to_rgb=True))\n",
                      64, 64, remark);
    check_colours(&c, false, 123.675F, 58.395F);
    assert_false(c.stride_in_1x1);
    assert_string_equal(remark, "");
}

static void mmdetections_names_count_without_it(void **state)
{
    (void)state;
    char remark[128];
    static const char *const useless[] = {NULL, "model = dict(", "model = 3\n"};
    for (size_t i = 0; i < 3; i++) {
        sfd_rcnn_convention c =
            convention_of(SFD_NAMING_MMDETECTION, "caffe/r50_fpn.pth", useless[i], 64, 64, remark);
        check_colours(&c, false, 123.675F, 58.395F);
        assert_string_equal(remark, "assumed: PyTorch style, by the file's name");
        c = convention_of(SFD_NAMING_MMDETECTION, "x/faster_rcnn_r50_caffe_fpn.pth", useless[i], 64,
                          64, remark);
        check_colours(&c, true, 103.53F, 1);
        assert_true(c.stride_in_1x1);
        c = convention_of(SFD_NAMING_MMDETECTION, "r50_fpn_1x_coco-person_2020.pth", useless[i], 64,
                          64, remark);
        check_colours(&c, true, 103.53F, 1);
        c = convention_of(SFD_NAMING_MMDETECTION, "x101_32x8d.pth", useless[i], 256, 8, remark);
        check_colours(&c, true, 103.53F, 57.375F);
        assert_false(c.stride_in_1x1);
        c = convention_of(SFD_NAMING_MMDETECTION, "x101_32x4d.pth", useless[i], 128, 4, remark);
        check_colours(&c, false, 123.675F, 58.395F);
    }
}

static void groups_move_strides(void **state)
{
    (void)state;
    char remark[128];
    sfd_rcnn_convention c = convention_of(SFD_NAMING_DETECTRON2, "a", NULL, 64, 64, remark);
    assert_true(c.stride_in_1x1 && c.std[0] == 1);
    c = convention_of(SFD_NAMING_DETECTRON2, "a", NULL, 256, 8, remark);
    assert_true(!c.stride_in_1x1 && c.std[0] == 57.375F);
    c = convention_of(SFD_NAMING_DETECTRON1, "a", NULL, 64, 64, remark);
    assert_true(c.stride_in_1x1 && c.std[0] == 1);
    c = convention_of(SFD_NAMING_DETECTRON1, "a", NULL, 256, 8, remark);
    assert_true(!c.stride_in_1x1 && c.std[0] == 1);
}

static void trained_batch_norm_has_an_epsilon(void **state)
{
    (void)state;
    sfd_weights *w;
    sfd_rcnn_convention c;
    char remark[128];
    assert_int_equal(sfd_weights_create(&w, "a", NULL), SFD_OK);
    w->naming = SFD_NAMING_TORCHVISION;
    assert_int_equal(sfd_rcnn_convention_of(&c, remark, sizeof remark, w, NULL), SFD_OK);
    assert_true(c.eps == 0);
    assert_int_equal(
        sfd_weights_ignore(w, "backbone.body.bn1.num_batches_tracked", "counter", NULL), SFD_OK);
    assert_int_equal(sfd_rcnn_convention_of(&c, remark, sizeof remark, w, NULL), SFD_OK);
    assert_true(c.eps == 1e-5);
    w->naming = SFD_NAMING_PYSLOWFAST;
    assert_int_equal(sfd_rcnn_convention_of(&c, remark, sizeof remark, w, NULL), SFD_ERR_MISMATCH);
    sfd_weights_close(w);
}

/* Memory would be theirs: maps of the stem are half as large as the picture. */
static void absurd_widths_are_refused(void **state)
{
    (void)state;
    static const size_t dims[4] = {257, 3, 7, 7};
    sfd_rcnn_config config;
    sfd_error err;
    sfd_weights *w;
    float *data;
    assert_int_equal(sfd_weights_create(&w, "a", NULL), SFD_OK);
    assert_int_equal(
        sfd_weights_add(w, "backbone.bottom_up.stem.conv1.weight", 4, dims, &data, NULL), SFD_OK);
    assert_int_equal(sfd_rcnn_infer(&config, w, &err), SFD_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "backbone.bottom_up.stem.conv1.weight"));
    sfd_weights_close(w);
}

/* ------------------------------------------------------------------ sizes */

static void check_size(sfd_rcnn_resize resize, int width, int height, int in_width, int in_height)
{
    const sfd_rcnn_convention c = {.resize = resize};
    const sfd_rcnn_sizes s = sfd_rcnn_sizes_of(&c, width, height);
    assert_int_equal(s.in_width, in_width);
    assert_int_equal(s.in_height, in_height);
    assert_true(s.padded_width % 32 == 0 && s.padded_width >= in_width &&
                s.padded_width < in_width + 32);
    assert_true(s.padded_height % 32 == 0 && s.padded_height >= in_height &&
                s.padded_height < in_height + 32);
}

static void sizes(void **state)
{
    (void)state;
    for (int i = SFD_RCNN_RESIZE_PILLOW; i <= SFD_RCNN_RESIZE_TORCH; i++) {
        const sfd_rcnn_resize resize = (sfd_rcnn_resize)i;
        check_size(resize, 800, 800, 800, 800);
        check_size(resize, 20, 2000, 13, 1333);
        check_size(resize, 1, 100000, 1, i < SFD_RCNN_RESIZE_TORCH ? 1333 : 1332);
        check_size(resize, 640, 480, resize == SFD_RCNN_RESIZE_TORCH ? 1066 : 1067, 800);
        /* 666.5: up, to the even number, or down */
        check_size(resize, 500, 1000, i < SFD_RCNN_RESIZE_OPENCV_FLOAT ? 667 : 666, 1333);
    }
    /* 1333.33 may be rounded to the limit, 1333.6 not */
    check_size(SFD_RCNN_RESIZE_OPENCV_FLOAT, 1500, 900, 1333, 800);
    check_size(SFD_RCNN_RESIZE_OPENCV, 1500, 900, 1333, 800);
}

static void check_box(const sfd_box_px *b, float x1, float y1, float x2, float y2)
{
    assert_true(b->x1 == x1 && b->y1 == y1 && b->x2 == x2 && b->y2 == y2);
}

static void anchors(void **state)
{
    (void)state;
    sfd_anchors a = sfd_anchors_make(SFD_RCNN_ANCHORS_EXACT, 1, 168, 100, 1344, 800);
    check_box(&a.first[1], -32, -32, 32, 32);
    assert_true(a.step_x == 8);
    a = sfd_anchors_make(SFD_RCNN_ANCHORS_ROUNDED, 0, 336, 200, 1344, 800);
    check_box(&a.first[0], -23, -11, 23, 11);
    a = sfd_anchors_make(SFD_RCNN_ANCHORS_ROUNDED, 4, 21, 13, 1344, 800);
    assert_true(a.step_x == 64 && a.step_y == 61); /* 800 / 13 */
    const sfd_box_px at = sfd_anchors_at(&a, 1, 2, 3);
    check_box(&at, 128 - 256, 183 - 256, 128 + 256, 183 + 256);
    /* a cell of 4x4: 6x3, 4x4, 3x6, eight times as long, around 1.5 */
    a = sfd_anchors_make(SFD_RCNN_ANCHORS_PIXELS, 0, 336, 200, 1344, 800);
    check_box(&a.first[0], -22, -10, 25, 13);
    check_box(&a.first[1], -14, -14, 17, 17);
    check_box(&a.first[2], -10, -22, 13, 25);
    /* 8x8 at 1/2: 11.3 -> 11, and 5.5 -> 6 */
    a = sfd_anchors_make(SFD_RCNN_ANCHORS_PIXELS, 1, 168, 100, 1344, 800);
    check_box(&a.first[0], 3.5F - 43.5F, 3.5F - 23.5F, 3.5F + 43.5F, 3.5F + 23.5F);
}

static void levels(void **state)
{
    (void)state;
    static const sfd_rcnn_levels rules[] = {SFD_RCNN_LEVEL_EPS_IN_LOG, SFD_RCNN_LEVEL_EPS_OUTSIDE,
                                            SFD_RCNN_LEVEL_FROM_FINEST};
    static const struct {
        float side;
        int level;
    } cases[] = {{0, 0}, {100, 0}, {111.9F, 0}, {112, 1}, {223, 1}, {224, 2}, {448, 3}, {2000, 3}};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            const sfd_rcnn_convention c = {.levels = rules[i], .level_eps = 1e-6F};
            const sfd_box_px b = {5, 7, 5 + cases[k].side, 7 + cases[k].side};
            assert_int_equal(sfd_roi_level(&c, &b), cases[k].level);
        }
    const sfd_rcnn_convention pixels = {.plus_one = true, .level_eps = 1e-6F};
    assert_int_equal(sfd_roi_level(&pixels, &(sfd_box_px){0, 0, 111, 111}), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mmdetections_configuration_counts),
        cmocka_unit_test(mmdetections_names_count_without_it),
        cmocka_unit_test(groups_move_strides),
        cmocka_unit_test(trained_batch_norm_has_an_epsilon),
        cmocka_unit_test(absurd_widths_are_refused),
        cmocka_unit_test(sizes),
        cmocka_unit_test(anchors),
        cmocka_unit_test(levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
