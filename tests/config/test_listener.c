/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's Python configs of recognisers of sound: what is followed, and what is refused. */
#include "config/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/python_cases.h"

#define AUDIO(more, head)                                                                          \
    "model = dict(type='RecognizerAudio',\n"                                                       \
    "  backbone=dict(type='ResNetAudio', depth=50" more "),\n"                                     \
    "  cls_head=dict(type='TSNAudioHead', num_classes=9" head "))\n"
#define RESNET(more, channels)                                                                     \
    "model = dict(type='RecognizerAudio', backbone=dict(type='ResNet'" more "),\n"                 \
    "  cls_head=dict(type='TSNAudioHead', num_classes=9, in_channels=" channels "))\n"
#define PIPELINE(more)                                                                             \
    "test_pipeline = [dict(type='LoadAudioFeature'),\n"                                            \
    "  dict(type='SampleFrames', clip_len=32, frame_interval=2, num_clips=5, test_mode=True),\n"   \
    "  dict(type='AudioFeatureSelector', fixed_length=96)" more ",\n"                              \
    "  dict(type='FormatAudioShape', input_format='NCTF'), dict(type='PackActionInputs')]\n"

static void test_followed(void **state)
{
    (void)state;
    sfd_net_config c;
    expect_ok(&c, AUDIO("", ""));
    assert_int_equal(c.arch, SFD_ARCH_AUDIOONLY);
    assert_true(sfd_net_config_listens(&c) && sfd_net_config_n_pathways(&c) == 0);
    assert_int_equal(c.width_per_group, 32);
    assert_int_equal(c.audio.separate_stages, 2);
    assert_int_equal(c.audio.n_steps, 128);
    assert_int_equal(c.audio.n_mels, 80);
    assert_int_equal(c.num_frames, 64);
    assert_int_equal(c.num_classes, 9);
    assert_int_equal(c.head_act, SFD_HEAD_SOFTMAX);
    assert_true(!c.detection && c.global_pool);
    expect_ok(&c,
              AUDIO(", base_channels=16, factorize=(1, (0, 0, 0, 0), 0, 0), strides=(1, 2, 2, 1),"
                    " dilations=(1, 1, 1, 2)",
                    ", in_channels=512, average_clips='score'") PIPELINE(""));
    assert_int_equal(c.audio.separate_stages, 1);
    assert_int_equal(c.spatial_strides[3][0], 1);
    assert_int_equal(c.spatial_dilations[3][0], 2);
    assert_int_equal(c.head_act, SFD_HEAD_NONE);
    assert_int_equal(c.num_frames, 32);
    assert_int_equal(c.sampling_rate, 2);
    assert_int_equal(c.test_clips, 5);
    assert_int_equal(c.test_crops, 1);
    assert_int_equal(c.audio.n_steps, 96);
    assert_int_equal(c.clip_rule, SFD_CLIPS_SPREAD);
}

static void test_resnets(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int depth, n_res4;
        bool basic;
    } cases[] = {
        {RESNET(", depth=18, in_channels=1", "512"), 18, 2, true},
        {RESNET(", depth=34, in_channels=1", "512"), 34, 6, true},
        {RESNET(", depth=50, in_channels=1, style='caffe'", "2048"), 50, 6, false},
        {RESNET(", depth=101, in_channels=1", "2048"), 101, 23, false},
    };
    sfd_net_config c;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_ok(&c, cases[i].text);
        assert_int_equal(c.arch, SFD_ARCH_TSN_AUDIO);
        assert_int_equal(c.depth, cases[i].depth);
        assert_int_equal(c.n_blocks[2], cases[i].n_res4);
        assert_int_equal(c.basic_blocks, cases[i].basic);
        assert_int_equal(c.stride_1x1, i == 2);
    }
}

/* As metadata of converted weights. */
static void test_kept(void **state)
{
    (void)state;
    sfd_net_config c, again;
    sfd_error err;
    expect_ok(&c, RESNET(", depth=34, in_channels=1", "512") PIPELINE(""));
    char *json = sfd_net_config_to_json(&c);
    assert_non_null(json);
    assert_int_equal(sfd_net_config_from_json(&again, json, "weights", &err), SFD_OK);
    assert_int_equal(again.arch, SFD_ARCH_TSN_AUDIO);
    assert_true(again.basic_blocks);
    assert_int_equal(again.audio.n_mels, 80);
    assert_int_equal(again.audio.n_steps, 96);
    assert_int_equal(again.test_clips, 5);
    free(json);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {AUDIO(", in_channels=3", ""), "net.py:2: model.backbone.in_channels"},
        {AUDIO(", conv1_kernel=7", ""), "model.backbone.conv1_kernel"},
        {AUDIO(", conv1_stride=2", ""), "model.backbone.conv1_stride"},
        {AUDIO(", num_stages=3", ""), "model.backbone.num_stages"},
        {AUDIO(", factorize=(0, 1, 0, 0)", ""), "the stages that are factorised come first"},
        {AUDIO(", factorize=((1, 0, 1), 0, 0, 0)", ""), "the same in all blocks of a stage"},
        {AUDIO(", factorize=('x', 0, 0, 0)", ""), "the same in all blocks"},
        {AUDIO(", norm_cfg=None", ""), "without a norm_cfg"},
        {AUDIO(", norm_cfg=dict(type='GN')", ""), "norm_cfg.type"},
        {AUDIO(", conv2_kernel=3", ""), "model.backbone.conv2_kernel"},
        {AUDIO("", ", in_channels=2048"), "model.cls_head.in_channels"},
        {AUDIO("", ", spatial_type='max'"), "model.cls_head.spatial_type"},
        {AUDIO("", ", multi_class=True"), "model.cls_head.multi_class"},
        {AUDIO("", "") PIPELINE(", dict(type='AudioAmplify', ratio=1.5)"), "AudioAmplify"},
        {AUDIO("", "") PIPELINE(", dict(type='Resize', scale=(-1, 256))"), "Resize"},
        {RESNET(", depth=50", "2048"), "unless in_channels is 1"},
        {RESNET(", depth=19, in_channels=1", "2048"), "depth is 18, 34, 50, 101 or 152"},
        {RESNET(", depth=18, in_channels=1", "2048"), "model.cls_head.in_channels"},
        {"model = dict(type='RecognizerAudio', backbone=dict(type='ResNetTSM'))",
         "of recognisers of sound ResNetAudio and ResNet are"},
        {"model = dict(type='Recognizer2D', backbone=dict(type='ResNetAudio'))", "model.type"},
        {"model = dict(type='RecognizerAudio', backbone=dict(type='ResNetAudio', depth=18))",
         "depth is 50, 101 or 152"},
        {"model = dict(type='RecognizerAudio', backbone=dict(type='ResNetAudio'),\n"
         "  data_preprocessor=dict(type='ActionDataPreprocessor', mean=[1.0], std=[1.0]))",
         "model.data_preprocessor.mean"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refused(cases[i].text, cases[i].part);
}

/* What keys of PySlowFast's can make of them, or a recorded configuration. */
static void test_checked(void **state)
{
    (void)state;
    sfd_net_config c, bad;
    sfd_error err;
    assert_int_equal(sfd_net_config_load(&c, "mmaction2_audioonly_r50_kinetics", NULL, &err),
                     SFD_OK);
    assert_int_equal(sfd_net_config_check(&c, &err), SFD_OK);
    bad = c;
    bad.detection = true;
    assert_int_equal(sfd_net_config_check(&bad, &err), SFD_ERR_UNSUPPORTED);
    bad = c;
    bad.audio.n_steps = 1 << 20;
    assert_int_equal(sfd_net_config_check(&bad, &err), SFD_ERR_FORMAT);
    bad = c;
    bad.n_blocks[3] = 0;
    assert_int_equal(sfd_net_config_check(&bad, &err), SFD_ERR_FORMAT);
    bad = c;
    bad.spatial_strides[1][0] = 9;
    assert_int_equal(sfd_net_config_check(&bad, &err), SFD_ERR_FORMAT);
    bad = c;
    bad.basic_blocks = true;
    assert_int_equal(sfd_net_config_check(&bad, &err), SFD_ERR_UNSUPPORTED);
    bad = c;
    bad.nonlocal_blocks[1][0] = 1;
    assert_int_equal(sfd_net_config_check(&bad, &err), SFD_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_followed), cmocka_unit_test(test_resnets),
        cmocka_unit_test(test_kept),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
