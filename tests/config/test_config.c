/* SPDX-License-Identifier: Apache-2.0 */
/* Presets, YAML configs, and what is refused. */
#include "config/config.h"
#include "config/json.h"
#include "config/load.h"
#include "config/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sfdet/inspect.h>

#include "config/yaml_cases.h"

static void defaults_are_pyslowfasts(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "TRAIN:\n  ENABLE: True\n");
    assert_int_equal(c.arch, SFD_ARCH_SLOWFAST);
    assert_int_equal(c.head_act, SFD_HEAD_SOFTMAX);
    assert_int_equal(c.num_classes, 400);
    assert_int_equal(c.num_frames, 8);
    assert_int_equal(c.alpha, 8);
    assert_int_equal(c.fusion_kernel, 5);
    assert_int_equal(c.nonlocal_pool[2][0][0], 1);
    assert_int_equal(c.nonlocal_pool[2][0][1], 2);
    assert_true(c.aligned);
    assert_false(c.detection);
    assert_string_equal(c.name, "net.yaml");
}

static void golden_configs_are_read(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err;
    assert_int_equal(sfd_net_config_load(&c, "golden/sf_r101_nl/config.yaml", NULL, &err), SFD_OK);
    assert_int_equal(c.depth, 101);
    assert_int_equal(c.n_blocks[2], 23);
    assert_int_equal(c.num_frames, 20);
    assert_int_equal(c.width_per_group, 8);
    assert_int_equal(c.beta_inv, 4);
    assert_int_equal(c.num_block_temp_kernel[2][0], 6);
    assert_int_equal(c.spatial_strides[3][1], 1);
    assert_int_equal(c.spatial_dilations[3][0], 2);
    assert_true(c.nonlocal_blocks[2][0] == (1U << 6 | 1U << 13 | 1U << 20));
    assert_true(c.nonlocal_blocks[2][1] == 0);
    assert_int_equal(c.nonlocal_pool[2][0][0], 2);
    assert_int_equal(c.head_act, SFD_HEAD_SIGMOID);
    assert_true(c.detection);
    assert_false(c.aligned);

    assert_int_equal(sfd_net_config_load(&c, "golden/slow_r50/config.yaml", NULL, &err), SFD_OK);
    assert_int_equal(sfd_net_config_n_pathways(&c), 1);
    assert_int_equal(c.nonlocal_kind, SFD_NONLOCAL_SOFTMAX);
    assert_int_equal(c.spatial_dilations[3][0], 2);

    assert_int_equal(sfd_net_config_load(&c, "golden/sf_r50/config.yaml", NULL, &err), SFD_OK);
    assert_int_equal(sfd_net_config_load(&c, "golden/kinetics_sf_r50/config.yaml", NULL, &err),
                     SFD_OK);
    assert_int_equal(c.num_classes, 17);
    assert_int_equal(sfd_net_config_load(&c, "golden/kinetics_nln/config.yaml", NULL, &err),
                     SFD_OK);
    assert_true(c.nonlocal_blocks[1][0] == (1U << 1 | 1U << 3));
}

static void flow_block_and_alias_forms_agree(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "RESNET:\n"
                  "  SPATIAL_STRIDES:\n"
                  "  - &one\n    - 1\n    - 1\n"
                  "  - [2, 2]\n  - - 2\n    - 2\n"
                  "  - *one\n"
                  "DETECTION: {ENABLE: yes, ALIGNED: off}\n");
    assert_int_equal(c.spatial_strides[1][1], 2);
    assert_int_equal(c.spatial_strides[3][1], 1);
    assert_true(c.detection);
    assert_false(c.aligned);
}

static void mean_is_turned_into_rgb_for_ava_only(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "DATA:\n  MEAN: [0.1, 0.2, 0.3]\n  STD: [1, 2, 3]\nDETECTION:\n  ENABLE: True\n");
    assert_true(c.mean[0] == 0.3F && c.mean[2] == 0.1F && c.std[0] == 3.0F && c.std[2] == 1.0F);
    expect_ok(&c, "DATA:\n  MEAN: [0.1, 0.2, 0.3]\n");
    assert_true(c.mean[0] == 0.1F && c.mean[2] == 0.3F);
}

static void the_pytorchvideo_wrapper_has_its_own_ways(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "MODEL:\n  MODEL_NAME: PTVSlowFast\nDETECTION:\n  ENABLE: True\n"
                  "RESNET:\n  SPATIAL_DILATIONS: [[1, 1], [1, 1], [1, 1], [2, 2]]\n");
    assert_int_equal(c.family, SFD_FAMILY_PYTORCHVIDEO);
    assert_true(c.aligned); /* detectron2's RoIAlign, whatever DETECTION.ALIGNED says */
    assert_int_equal(c.spatial_dilations[3][0], 2);
    assert_int_equal(c.spatial_dilations[3][1], 1);
}

/* As PyYAML: yaml.safe_load("040") is 32. */
static void whole_numbers_are_yamls(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int value;
    } cases[] = {{"32", 32}, {"040", 32}, {"0x20", 32}, {"0b100000", 32}, {"3_2", 32}, {"+32", 32}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sfd_net_config c;
        char yaml[64];
        snprintf(yaml, sizeof yaml, "DATA:\n  NUM_FRAMES: %s\n", cases[i].text);
        expect_ok(&c, yaml);
        assert_int_equal(c.num_frames, cases[i].value);
    }
    static const char *const wrong[] = {"08", "0x", "0b2", "3 2", "0x-5", "_3", "1:20", "\"\""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char yaml[64];
        snprintf(yaml, sizeof yaml, "DATA:\n  NUM_FRAMES: %s\n", wrong[i]);
        expect_failure(yaml, SFD_ERR_FORMAT, "is not a whole number");
    }
}

static void bad_values_are_named(void **state)
{
    (void)state;
    expect_failure("", SFD_ERR_FORMAT, "net.yaml:1: not a mapping");
    expect_failure("- a\n- b\n", SFD_ERR_FORMAT, "not a mapping");
    expect_failure("MODEL: 3\n", SFD_ERR_FORMAT, "net.yaml:1: MODEL is not a mapping");
    expect_failure("a: [\n", SFD_ERR_FORMAT, "not valid YAML");
    expect_failure("DATA:\n  NUM_FRAMES: many\n", SFD_ERR_FORMAT,
                   "net.yaml:2: DATA.NUM_FRAMES: 'many' is not a whole number");
    expect_failure("DATA:\n  NUM_FRAMES: [8]\n", SFD_ERR_FORMAT, "'a list' is not a whole number");
    expect_failure("DATA:\n  NUM_FRAMES: 99999999999\n", SFD_ERR_FORMAT, "not a whole number");
    expect_failure("DATA:\n  MEAN: [0.1, x, 0.1]\n", SFD_ERR_FORMAT, "DATA.MEAN: 'x'");
    expect_failure("DATA:\n  STD: [0.1, 0, 0.1]\n", SFD_ERR_FORMAT, "DATA.STD");
    expect_failure("DATA:\n  MEAN: [.1, nan, .1]\n", SFD_ERR_FORMAT, "finite");
    expect_failure("DETECTION:\n  ENABLE: 7\n", SFD_ERR_FORMAT, "not True or False");
    expect_failure("RESNET:\n  SPATIAL_STRIDES: [[1], [2], [2], [2]]\n", SFD_ERR_FORMAT,
                   "two entries");
    expect_failure("RESNET:\n  SPATIAL_STRIDES: [[1,1], [2,2], [2,2]]\n", SFD_ERR_FORMAT,
                   "four lists");
    expect_failure("NONLOCAL:\n  LOCATION: [[[],[]],[[99],[]],[[],[]],[[],[]]]\n", SFD_ERR_FORMAT,
                   "'99' is not a block number");
    expect_failure("DATA:\n  INPUT_CHANNEL_NUM: [3]\n", SFD_ERR_FORMAT, "each of two pathways");
    expect_failure("NONLOCAL:\n  POOL: [[[1,2],[1,2,2]],1,1,1]\n", SFD_ERR_FORMAT, "three sizes");
}

static void unsupported_values_are_refused(void **state)
{
    (void)state;
    expect_failure("MODEL:\n  ARCH: mvit\n", SFD_ERR_UNSUPPORTED,
                   "net.yaml:2: MODEL.ARCH: 'mvit' is not supported; supported: slowfast, slow");
    expect_failure("MODEL:\n  MODEL_NAME: X3D\n", SFD_ERR_UNSUPPORTED, "MODEL.MODEL_NAME: 'X3D'");
    expect_failure("RESNET:\n  DEPTH: 34\n", SFD_ERR_UNSUPPORTED, "RESNET.DEPTH: '34'");
    expect_failure("RESNET:\n  TRANS_FUNC: basic_transform\n", SFD_ERR_UNSUPPORTED, "TRANS_FUNC");
    expect_failure("AVA:\n  IMG_PROC_BACKEND: pytorch\n", SFD_ERR_UNSUPPORTED,
                   "AVA.IMG_PROC_BACKEND: 'pytorch'");
    expect_failure("BN:\n  NORM_TYPE: layernorm\n", SFD_ERR_UNSUPPORTED, "BN.NORM_TYPE");
    expect_failure("BN:\n  EPSILON: 1e-3\n", SFD_ERR_UNSUPPORTED, "only 1e-5 is");
    expect_failure("DATA:\n  TARGET_FPS: 25\n", SFD_ERR_UNSUPPORTED, "DATA.TARGET_FPS");
    expect_failure("MODEL:\n  ARCH: x3d\nRESNET:\n  NUM_BLOCK_TEMP_KERNEL: [[3], [4], [6], [3]]\n",
                   SFD_ERR_UNSUPPORTED, "MODEL.ARCH: 'x3d'");
    expect_failure("MODEL:\n  MODEL_NAME: PTVResNet\n  ARCH: slow\nRESNET:\n  STRIDE_1X1: True\n",
                   SFD_ERR_UNSUPPORTED, "RESNET.STRIDE_1X1");
    expect_failure("DATA:\n  INPUT_CHANNEL_NUM: [1, 3]\n", SFD_ERR_UNSUPPORTED,
                   "INPUT_CHANNEL_NUM");
    expect_failure("CONTRASTIVE:\n  NUM_MLP_LAYERS: 3\n", SFD_ERR_UNSUPPORTED,
                   "net.yaml:2: CONTRASTIVE.NUM_MLP_LAYERS: '3' is not supported");
    expect_failure("TEST:\n  NUM_TEMPORAL_CLIPS: [5, 10]\n", SFD_ERR_UNSUPPORTED,
                   "TEST.NUM_TEMPORAL_CLIPS: 'a list' of several numbers");
    expect_failure("TEST:\n  NUM_TEMPORAL_CLIPS: 5\n", SFD_ERR_FORMAT, "is not a list");
    expect_failure("_BASE_: other.yaml\n", SFD_ERR_UNSUPPORTED, "_BASE_");
    expect_failure("x: &x {A: 1}\nMODEL:\n  <<: *x\n", SFD_ERR_UNSUPPORTED, "<<");
}

static void channel_order_follows_the_data_set(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "TEST:\n  DATASET: ssv2\nDATA:\n  REVERSE_INPUT_CHANNEL: True\n"
                  "  MEAN: [0.1, 0.2, 0.3]\n");
    assert_true(!c.bgr && c.mean[0] == 0.3F && c.mean[2] == 0.1F);
    expect_ok(&c, "TEST:\n  DATASET: charades\n");
    assert_true(c.bgr);
    expect_ok(&c, "TEST:\n  DATASET: kinetics\nDATA:\n  REVERSE_INPUT_CHANNEL: True\n");
    assert_true(c.bgr);
    expect_ok(&c, "DETECTION:\n  ENABLE: True\nAVA:\n  BGR: True\n");
    assert_true(c.bgr);
    expect_ok(&c, "DETECTION:\n  ENABLE: True\nAVA:\n  BGR: True\n"
                  "DATA:\n  REVERSE_INPUT_CHANNEL: True\n");
    assert_false(c.bgr);
}

static void input_and_head_keys_are_followed(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "DETECTION:\n  ENABLE: True\nAVA:\n  TEST_FORCE_FLIP: True\n"
                  "  DETECTION_SCORE_THRESH: 0.75\n  IMG_PROC_BACKEND: cv2\n");
    assert_true(c.flip && c.box_threshold == 0.75 && !c.keep_best_box);
    expect_ok(&c, "AVA:\n  DETECTION_SCORE_THRESH: -1\n");
    assert_true(c.box_threshold == 0); /* every box */
    expect_ok(&c, "MULTIGRID:\n  SHORT_CYCLE: True\nAVA:\n  TEST_FORCE_FLIP: True\n");
    assert_true(c.global_pool && !c.flip && c.box_threshold < 0);
    expect_ok(&c, "MULTIGRID:\n  SHORT_CYCLE: True\nMODEL:\n  MODEL_NAME: PTVSlowFast\n");
    assert_false(c.global_pool);
}

static void unbuildable_networks_are_refused(void **state)
{
    (void)state;
    expect_failure("SLOWFAST:\n  ALPHA: 3\n", SFD_ERR_FORMAT, "does not divide DATA.NUM_FRAMES 8");
    expect_failure("SLOWFAST:\n  ALPHA: 0\n", SFD_ERR_FORMAT, "SLOWFAST.ALPHA is 0");
    expect_failure("SLOWFAST:\n  BETA_INV: 65\n", SFD_ERR_FORMAT, "leaves no channel");
    expect_failure("SLOWFAST:\n  FUSION_KERNEL_SZ: 4\n", SFD_ERR_FORMAT, "wanted odd");
    expect_failure("RESNET:\n  NUM_GROUPS: 4\n  WIDTH_PER_GROUP: 9\n", SFD_ERR_FORMAT,
                   "does not divide the fast pathway's width 9");
    expect_failure("RESNET:\n  SPATIAL_STRIDES: [[1,1],[2,1],[2,2],[2,2]]\n", SFD_ERR_FORMAT,
                   "differ between the pathways");
    expect_failure("NONLOCAL:\n  LOCATION: [[[3],[]],[[],[]],[[],[]],[[],[]]]\n", SFD_ERR_FORMAT,
                   "has only 3");
    expect_failure("NONLOCAL:\n  LOCATION: [[[1],[]],[[],[]],[[],[]],[[],[]]]\n"
                   "  GROUP: [[2,1],[1,1],[1,1],[1,1]]\n",
                   SFD_ERR_FORMAT, "does not divide its 1 frame");
    expect_failure("MODEL:\n  NUM_CLASSES: 2147483647\n", SFD_ERR_FORMAT, "wanted 1 to 100000");
}

static char *repeat(const char *text, size_t n)
{
    size_t length = strlen(text);
    char *out = malloc(n * length + 1);
    for (size_t i = 0; i < n; i++)
        memcpy(out + i * length, text, length);
    out[n * length] = '\0';
    return out;
}

static void bombs_are_bounded(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err;
    char *deep = repeat("[", 100000), *large = repeat("0123456789abcdef", 20000);
    assert_int_equal(parse_yaml(&c, deep, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "net.yaml:1: nested deeper than 32"));
    assert_int_equal(parse_yaml(&c, large, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "larger than"));
    free(deep);
    free(large);
    char laughs[4096] = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
    for (int i = 1; i < 30; i++) {
        char line[128];
        snprintf(line, sizeof line, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1,
                 i - 1, i - 1, i - 1, i - 1, i - 1);
        strcat(laughs, line);
    }
    strcat(laughs, "DATA:\n  MEAN: *a29\n");
    expect_failure(laughs, SFD_ERR_FORMAT, "three numbers");
    expect_failure("RESNET:\n  SPATIAL_STRIDES: &a [*a, *a, *a, *a]\n", SFD_ERR_FORMAT,
                   "SPATIAL_STRIDES");
}

static void presets_are_valid_and_found(void **state)
{
    (void)state;
    size_t n = 0;
    for (; sfd_preset_name(n); n++) {
        sfd_net_config c;
        sfd_error err = {0};
        assert_non_null(sfd_preset_description(n));
        assert_int_equal(sfd_net_config_load(&c, sfd_preset_name(n), NULL, &err), SFD_OK);
        assert_string_equal(c.name, sfd_preset_name(n));
        if (sfd_net_config_check(&c, &err) != SFD_OK)
            fail_msg("%s", err.message);
    }
    assert_true(n >= 12);
    assert_null(sfd_preset_description(n));
}

static void zoo_values(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err;
    assert_int_equal(sfd_net_config_load(&c, "slowfast_r101_nl_8x8_ava", NULL, &err), SFD_OK);
    assert_int_equal(c.n_blocks[2], 23);
    assert_int_equal(c.num_block_temp_kernel[2][1], 6);
    assert_int_equal(c.nonlocal_pool[2][0][0], 2);
    assert_int_equal(c.fusion_kernel, 5);
    assert_int_equal(c.test_crop_size, 256);
    assert_false(c.aligned);
    assert_int_equal(sfd_net_config_load(&c, "slowfast_r50_8x8_ava", NULL, &err), SFD_OK);
    assert_int_equal(c.fusion_kernel, 7);
    assert_int_equal(c.alpha, 4);
    assert_int_equal(c.num_frames, 32);
    assert_true(c.aligned && c.detection);
    assert_int_equal(c.spatial_dilations[3][1], 2);
    assert_int_equal(sfd_net_config_load(&c, "mmaction2_slowonly_r101_8x8_ava", NULL, &err),
                     SFD_OK);
    assert_int_equal(c.num_block_temp_kernel[2][0], 23);
    assert_int_equal(sfd_net_config_load(&c, "slowfast_r50_4x16_kinetics", NULL, &err), SFD_OK);
    assert_int_equal(c.alpha, 8);
    assert_int_equal(c.spatial_strides[3][0], 2);
    assert_int_equal(
        sfd_net_config_load(&c, "mmaction2_slowonly_r50_16x4_mlp_ava_kinetics", NULL, &err),
        SFD_OK);
    assert_true(c.num_frames == 16 && c.sampling_rate == 4 && c.classifier == SFD_CLASSIFIER_MLP);
    assert_true(c.global_context && c.temporal_max && c.centre_offset_frames == -1);
    assert_int_equal(sfd_net_config_load(&c, "slowfast_r50_4x16_kinetics", NULL, &err), SFD_OK);
    assert_int_equal(c.head_act, SFD_HEAD_SOFTMAX);
}

static void python_configs_stand_alone(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err = {0};
    if (sfd_net_config_load(&c, "configs/slowfast_temporal_max.py", NULL, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_equal(c.family, SFD_FAMILY_MMACTION2);
    assert_int_equal(c.arch, SFD_ARCH_SLOWFAST);
    assert_int_equal(c.num_frames, 16);
    assert_int_equal(c.fusion_kernel, 7);
    assert_true(c.temporal_max && c.bare_lateral && !c.global_context);
    assert_int_equal(c.num_classes, 81);
    if (sfd_net_config_load(&c, "configs/slowonly_nonlocal.py", NULL, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_equal(c.arch, SFD_ARCH_SLOW);
    assert_int_equal(c.depth, 101);
    assert_int_equal(c.num_block_temp_kernel[2][0], 23);
    assert_true(c.nonlocal_blocks[1][0] == 5 && c.nonlocal_blocks[2][0] == 21);
    assert_int_equal(c.num_frames, 8);
    assert_int_equal(c.sampling_rate, 8);
    assert_true(c.global_context);
    assert_int_equal(sfd_net_config_load(&c, "configs/broken.py", NULL, &err), SFD_ERR_FORMAT);
}

/* Everything survives: a name that a struct comparison would miss is set to something else. */
static void json_carries_every_field(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err = {0};
    for (size_t i = 0; sfd_preset_name(i); i++) {
        assert_int_equal(sfd_net_config_load(&c, sfd_preset_name(i), NULL, &err), SFD_OK);
        expect_recorded(&c);
    }
    c.num_classes = 3;
    c.background = true;
    c.n_class_ids = 2;
    c.class_ids[0] = 10;
    c.class_ids[1] = 80;
    c.max_long_side = 340;
    c.fixed_size[0] = 320;
    c.fixed_size[1] = 256;
    c.bgr = c.flip = c.temporal_max_roi = c.global_pool = c.keep_best_box = c.reversed =
        c.fast_first = true;
    c.box_threshold = 0.7;
    c.relation_convs = 2;
    c.relation_channels = 2304;
    expect_recorded(&c);
}

/* Files of version 0.1: AVA's ids, and MMAction2's with the background as output 0. */
static void json_of_earlier_versions_is_read(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err = {0};
    assert_int_equal(sfd_net_config_from_json(&c, "{\"label_offset\":0}", "old", &err), SFD_OK);
    assert_int_equal(sfd_net_config_class_id(&c, 0), SFD_NO_CLASS);
    assert_int_equal(sfd_net_config_class_id(&c, 80), 80);
    assert_int_equal(sfd_net_config_from_json(&c, "{\"label_offset\":1}", "old", &err), SFD_OK);
    assert_int_equal(sfd_net_config_class_id(&c, 0), 1);
    assert_true(c.box_threshold < 0);
}

static void class_ids_follow_the_configuration(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err = {0};
    sfd_net_config_defaults(&c);
    c.label_offset = 0; /* MMAction2's background_class=False */
    assert_int_equal(sfd_net_config_class_id(&c, 0), 0);
    c.background = true;
    c.num_classes = 4;
    c.n_class_ids = 3;
    c.class_ids[0] = 10;
    c.class_ids[2] = 80;
    assert_int_equal(sfd_net_config_class_id(&c, 0), SFD_NO_CLASS);
    assert_int_equal(sfd_net_config_class_id(&c, 1), 10);
    assert_int_equal(sfd_net_config_class_id(&c, 3), 80);
    assert_int_equal(sfd_net_config_check(&c, &err), SFD_OK);
    c.num_classes = 5;
    assert_int_equal(sfd_net_config_check(&c, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "3 class ids for 5 outputs"));
}

static void unknown_names_are_explained(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err;
    assert_int_equal(sfd_net_config_load(&c, "slowfast_r50_8x8_avva", NULL, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "did you mean slowfast_r50_8x8_ava?"));
    assert_int_equal(sfd_net_config_load(&c, "missing/net.yaml", NULL, &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "missing/net.yaml: cannot open"));
    assert_int_equal(sfd_net_config_load(&c, "golden", NULL, &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "directory"));
}

/* How whole videos are looked at, and that it goes with weights. */
static void views_are_read(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, "MODEL: {NUM_CLASSES: 400}");
    assert_int_equal(c.clip_rule, SFD_CLIPS_UNIFORM);
    assert_int_equal(c.test_clips, 10);
    assert_int_equal(c.test_crops, 3);
    assert_int_equal(c.one_crop_side, 256);
    assert_int_equal(c.ensemble, SFD_VIEWS_MEAN);
    expect_ok(&c, "TEST: {DATASET: charades, NUM_ENSEMBLE_VIEWS: 7, NUM_SPATIAL_CROPS: 1}\n"
                  "DATA: {ENSEMBLE_METHOD: max, TRAIN_JITTER_SCALES: [288, 340]}");
    assert_int_equal(c.clip_rule, SFD_CLIPS_SPREAD);
    assert_int_equal(c.test_clips, 7);
    assert_int_equal(c.one_crop_side, 288);
    assert_int_equal(c.ensemble, SFD_VIEWS_MAX);
    assert_int_equal(c.test_crops, 1);
    expect_recorded(&c);
    expect_ok(&c, "DATA: {USE_OFFSET_SAMPLING: True}\nTEST: {DATASET: kinetics}");
    assert_int_equal(c.clip_rule, SFD_CLIPS_OFFSET);
    expect_ok(&c, "DATA: {USE_OFFSET_SAMPLING: True}\nTEST: {DATASET: ssv2}");
    assert_int_equal(c.clip_rule, SFD_CLIPS_SEGMENTS);
    expect_failure("TEST: {NUM_SPATIAL_CROPS: 4}", SFD_ERR_FORMAT, "TEST.NUM_SPATIAL_CROPS is 4");
    expect_failure("TEST: {NUM_ENSEMBLE_VIEWS: 0}", SFD_ERR_FORMAT, "NUM_ENSEMBLE_VIEWS is 0");
    expect_failure("DATA: {ENSEMBLE_METHOD: median}", SFD_ERR_UNSUPPORTED, "ENSEMBLE_METHOD");
}

/* The order of channels survives keys that have nothing to do with it, and follows its own. */
static void overrides_keep_channels(void **state)
{
    (void)state;
    sfd_net_config c;
    sfd_error err;
    static const struct {
        const char *base, *key;
        bool bgr;
    } cases[] = {
        {"TEST: {DATASET: charades}", "DATA: {TEST_CROP_SIZE: 224}", true},
        {"TEST: {DATASET: charades}", "DATA: {REVERSE_INPUT_CHANNEL: True}", false},
        {"TEST: {DATASET: charades}\nDATA: {REVERSE_INPUT_CHANNEL: True}",
         "DATA: {TEST_CROP_SIZE: 224}", false},
        {"TEST: {DATASET: charades}\nDATA: {REVERSE_INPUT_CHANNEL: True}",
         "DATA: {REVERSE_INPUT_CHANNEL: False}", true},
        {"TEST: {DATASET: charades}", "TEST: {DATASET: kinetics}", false},
        {"DETECTION: {ENABLE: True}\nAVA: {BGR: True}", "SLOWFAST: {ALPHA: 4}", true},
        {"DETECTION: {ENABLE: True}\nAVA: {BGR: True}", "AVA: {BGR: False}", false},
        {"DETECTION: {ENABLE: True}", "AVA: {BGR: True}", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_ok(&c, cases[i].base);
        assert_int_equal(sfd_net_config_override(&c, cases[i].key, NULL, &err), SFD_OK);
        if (c.bgr != cases[i].bgr)
            fail_msg("case %zu", i);
        assert_string_equal(c.name, "net.yaml");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_pyslowfasts),
        cmocka_unit_test(golden_configs_are_read),
        cmocka_unit_test(flow_block_and_alias_forms_agree),
        cmocka_unit_test(mean_is_turned_into_rgb_for_ava_only),
        cmocka_unit_test(the_pytorchvideo_wrapper_has_its_own_ways),
        cmocka_unit_test(whole_numbers_are_yamls),
        cmocka_unit_test(bad_values_are_named),
        cmocka_unit_test(unsupported_values_are_refused),
        cmocka_unit_test(channel_order_follows_the_data_set),
        cmocka_unit_test(input_and_head_keys_are_followed),
        cmocka_unit_test(unbuildable_networks_are_refused),
        cmocka_unit_test(bombs_are_bounded),
        cmocka_unit_test(presets_are_valid_and_found),
        cmocka_unit_test(zoo_values),
        cmocka_unit_test(python_configs_stand_alone),
        cmocka_unit_test(json_carries_every_field),
        cmocka_unit_test(json_of_earlier_versions_is_read),
        cmocka_unit_test(class_ids_follow_the_configuration),
        cmocka_unit_test(unknown_names_are_explained),
        cmocka_unit_test(views_are_read),
        cmocka_unit_test(overrides_keep_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
