/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration that belongs to weights: inferred, stored, given. */
#include "weights/weights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/load.h"
#include "weights/checkpoint_support.h"
#include "weights/formats/safetensors.h"
#include "weights/open.h"
#include "weights/weights_config.h"

static sfd_status config_of(const char *file, const char *config, sfd_net_config *c,
                            sfd_notes *notes, sfd_error *err)
{
    sfd_weights *w;
    sfd_status status = sfd_weights_open(&w, file, err);
    if (status == SFD_OK)
        status = sfd_weights_config(w, config, c, notes, err);
    sfd_weights_close(w);
    return status;
}

static void expect_config(const char *file, const char *config, sfd_net_config *c,
                          size_t n_notes_min)
{
    sfd_error err = {0};
    sfd_notes notes = {0};
    if (config_of(file, config, c, &notes, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_true(notes.n_lines >= n_notes_min);
    if (n_notes_min == 0)
        assert_int_equal(notes.n_lines, 0);
    sfd_notes_free(&notes);
}

static void architecture_is_inferred(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_config("golden/sf_r101_nl/weights.safetensors", NULL, &c, 3);
    assert_int_equal(c.arch, SFD_ARCH_SLOWFAST);
    assert_int_equal(c.depth, 101);
    assert_int_equal(c.n_blocks[2], 23);
    assert_int_equal(c.width_per_group, 8);
    assert_int_equal(c.beta_inv, 4);
    assert_int_equal(c.fusion_kernel, 5);
    assert_int_equal(c.num_block_temp_kernel[2][0], 6);
    assert_int_equal(c.num_block_temp_kernel[2][1], 6);
    assert_true(c.nonlocal_blocks[2][0] == (1U << 6 | 1U << 13 | 1U << 20));
    assert_int_equal(c.nonlocal_pool[2][0][0], 2);
    assert_true(c.detection && !c.aligned);
    assert_int_equal(c.num_classes, 80);
    assert_int_equal(c.num_frames, 32); /* assumed, as in the zoo's 32x2 */

    expect_config("golden/slow_r50/weights.safetensors", NULL, &c, 2);
    assert_int_equal(c.arch, SFD_ARCH_SLOW);
    assert_int_equal(c.num_frames, 4);
    assert_int_equal(c.sampling_rate, 16);

    expect_config("golden/kinetics_nln/weights.safetensors", NULL, &c, 2);
    assert_false(c.detection);
    assert_int_equal(c.num_classes, 17);
    assert_true(c.nonlocal_blocks[1][0] == (1U << 1 | 1U << 3));
    assert_int_equal(c.head_act, SFD_HEAD_SOFTMAX);

    expect_config("golden/sf_r50/weights.safetensors", "golden/sf_r50/config.yaml", &c, 0);
    assert_int_equal(c.num_frames, 8);
    assert_true(c.aligned);
}

static void stored_configs_are_used(void **state)
{
    (void)state;
    char path[512];
    sfd_net_config c, yaml;
    sfd_error err;
    if (!shared_path("sf_r50.pyth", path))
        skip();
    expect_config(path, NULL, &c, 0);
    assert_int_equal(sfd_net_config_load(&yaml, "golden/sf_r50/config.yaml", NULL, &err), SFD_OK);
    memcpy(c.name, yaml.name, sizeof c.name);
    assert_true(c.box_threshold == 0.9); /* PySlowFast stores its defaults as well */
    c.box_threshold = yaml.box_threshold;
    assert_memory_equal(&c, &yaml, sizeof c);
}

static void mmaction2_conventions_hold(void **state)
{
    (void)state;
    char path[512];
    sfd_net_config c;
    sfd_error err = {0};
    if (!shared_path("sf_r50_mmaction2.pth", path))
        skip();
    expect_config(path, NULL, &c, 1);
    assert_int_equal(c.family, SFD_FAMILY_MMACTION2);
    assert_int_equal(c.num_classes, 81);
    assert_int_equal(c.label_offset, 0);
    assert_int_equal(c.roi_resolution, 8);
    assert_int_equal(c.alpha, 4);
    assert_int_equal(c.spatial_dilations[3][0], 1);
    assert_int_equal(c.spatial_strides[3][0], 1);
    assert_int_equal(c.slow_sampling, SFD_SLOW_STRIDE);
    assert_true(c.aligned && c.round_long_side && c.boxes_scaled_per_axis);
    assert_int_equal(c.centre_offset_frames, 1);
    assert_false(c.bare_lateral);
    assert_true(c.mean[0] > 0.48F && c.mean[0] < 0.49F && c.std[2] > 0.224F && c.std[2] < 0.226F);

    /* a PySlowFast YAML is laid over that */
    expect_config(path, "golden/sf_r50/config.yaml", &c, 0);
    assert_int_equal(c.num_frames, 8);
    assert_int_equal(c.num_classes, 81);
    assert_int_equal(c.roi_resolution, 8);
    assert_int_equal(c.spatial_dilations[3][0], 2);
    assert_int_equal(c.slow_sampling, SFD_SLOW_STRIDE);

    expect_config(path, "mmaction2_slowfast_r50_8x8_temporal_max_ava", &c, 0);
    assert_true(c.temporal_max && !c.bare_lateral);
    assert_int_equal(config_of(path, "slowfast_r50_8x8_ava", &c, NULL, &err), SFD_ERR_MISMATCH);
    assert_non_null(strstr(err.message, "presets begin with mmaction2_"));

    assert_non_null(shared_path("sf_r50_mmaction2_training.pth", path));
    expect_config(path, NULL, &c, 1);
    assert_true(c.bare_lateral);

    sfd_weights *w;
    assert_int_equal(sfd_weights_open(&w, path, &err), SFD_OK);
    assert_int_equal(sfd_weights_set_metadata(w, SFD_METADATA_MMACTION2, "\nmodel = dict(", &err),
                     SFD_OK);
    assert_int_equal(sfd_weights_config(w, NULL, &c, NULL, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "_training.pth, its stored configuration:2: a bracket"));
    sfd_weights_close(w);
}

static void pytorchvideo_conventions_hold(void **state)
{
    (void)state;
    char path[512];
    sfd_net_config c;
    if (!shared_path("sf_r50_pytorchvideo.pyth", path))
        skip();
    expect_config(path, NULL, &c, 2);
    assert_int_equal(c.family, SFD_FAMILY_PYTORCHVIDEO);
    assert_true(c.detection && !c.aligned);
    assert_int_equal(c.num_classes, 80);
    assert_int_equal(c.spatial_dilations[3][1], 2);
    assert_int_equal(c.fusion_kernel, 7);

    assert_non_null(shared_path("sf_r50_caffe2.pkl", path));
    expect_config(path, NULL, &c, 2);
    assert_int_equal(c.family, SFD_FAMILY_PYSLOWFAST);
    assert_false(c.aligned);
    assert_non_null(shared_path("sf_r101_nl_torch.pkl", path));
    expect_config(path, NULL, &c, 3);
    assert_int_equal(c.n_blocks[2], 23);
}

static void python_configs_are_read(void **state)
{
    (void)state;
    char path[512];
    sfd_net_config c;
    sfd_error err = {0};
    if (!shared_path("sf_r50_mmaction2_training.pth", path))
        skip();
    expect_config(path, "configs/slowfast_temporal_max.py", &c, 0);
    assert_true(c.temporal_max && c.bare_lateral);
    assert_int_equal(c.num_frames, 16);
    assert_int_equal(c.sampling_rate, 4);
    assert_int_equal(c.alpha, 4);
    assert_int_equal(c.test_crop_size, 224);
    assert_int_equal(c.roi_resolution, 6);
    assert_true(c.mean[1] > 0.39F && c.mean[1] < 0.4F);
    assert_string_equal(c.name, "slowfast_temporal_max.py");
    assert_int_equal(config_of(path, "configs/broken.py", &c, NULL, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "configs/broken.py:3: a bracket without end"));
    assert_int_equal(
        config_of("golden/sf_r50/weights.safetensors", "configs/broken.py", &c, NULL, &err),
        SFD_ERR_MISMATCH);
}

static void converted_files_need_no_config(void **state)
{
    (void)state;
    sfd_net_config c, back;
    sfd_error err = {0};
    sfd_weights *w = open_or_fail("golden/sf_r101_nl/weights.safetensors");
    assert_int_equal(sfd_weights_config(w, "golden/sf_r101_nl/config.yaml", &c, NULL, &err),
                     SFD_OK);
    c.mean[0] = 0.1F;
    c.slow_sampling = SFD_SLOW_STRIDE;
    c.family = SFD_FAMILY_MMACTION2;
    assert_int_equal(sfd_weights_set_config(w, &c, &err), SFD_OK);
    assert_int_equal(sfd_weights_write(w, scratch, SFD_BF16, &err), SFD_OK);
    sfd_weights_close(w);
    expect_config(scratch, NULL, &back, 0);
    assert_memory_equal(&back, &c, sizeof c);
}

static void foreign_networks_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *name, *other, *part;
        int n_dims;
    } cases[] = {
        {"conv1.weight", "layer1.0.conv1.weight", "a ResNet for single pictures", 4},
        {"conv1.weight", "layer1.0.conv1.weight", "three-dimensional ResNet", 5},
        {"cls_token", "blocks.0.attn.qkv.weight", "a vision transformer", 3},
        {"roi_heads.box_head.fc1.weight", "backbone.x", "a network of Detectron2", 2},
        {"backbone.conv1.conv.weight", "roi_head.shared_head.fbo.st_feat_conv.weight",
         "feature bank", 5},
        {"foo", "bar", "its 2 tensors (the first is bar)", 1},
        {"conv1_w", "pred_w", "a network for single pictures", 4},
        {"s1.pathway0_stem.conv_xy.weight", "s1.pathway0_stem.bn.weight", "X3D", 5},
        {"s1.pathway0_stem.conv.weight", "s1.pathway0_stem.bn.weight", "no stem", 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sfd_weights *w;
        sfd_net_config c;
        sfd_error err = {0};
        float *data;
        const size_t dims[] = {2, 3, 3, 1, 1};
        assert_int_equal(sfd_weights_create(&w, "made", &err), SFD_OK);
        assert_int_equal(sfd_weights_add(w, cases[i].name, cases[i].n_dims, dims, &data, &err), 0);
        assert_int_equal(sfd_weights_add(w, cases[i].other, cases[i].n_dims, dims, &data, &err), 0);
        assert_int_equal(sfd_weights_write(w, scratch, SFD_F32, &err), SFD_OK);
        sfd_weights_close(w);
        sfd_status status = config_of(scratch, NULL, &c, NULL, &err);
        const sfd_status want =
            strstr(cases[i].part, "feature bank") ? SFD_ERR_UNSUPPORTED : SFD_ERR_MISMATCH;
        if (status != want || !strstr(err.message, cases[i].part))
            fail_msg("%s: status %d, '%s'", cases[i].name, status, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(architecture_is_inferred),
        cmocka_unit_test(stored_configs_are_used),
        cmocka_unit_test(mmaction2_conventions_hold),
        cmocka_unit_test(pytorchvideo_conventions_hold),
        cmocka_unit_test(python_configs_are_read),
        cmocka_unit_test(converted_files_need_no_config),
        cmocka_unit_test(foreign_networks_are_named),
    };
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
