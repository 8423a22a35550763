/* SPDX-License-Identifier: Apache-2.0 */
/* What files of the code bases call their tensors, there or missing. */
#include "weights/names/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 16

typedef struct question {
    const char *ours, *spelled;
} question;

typedef struct file {
    const char *names[MOST]; /* of its tensors */
    question questions[MOST];
} file;

static void check(const file *f)
{
    sfd_weights *w;
    assert_int_equal(sfd_weights_create(&w, "file", NULL), SFD_OK);
    for (size_t i = 0; i < MOST && f->names[i]; i++) {
        float *data;
        assert_int_equal(sfd_weights_add(w, f->names[i], 1, (size_t[]){1}, &data, NULL), SFD_OK);
    }
    assert_int_equal(sfd_weights_translate_names(w, NULL), SFD_OK);
    for (const question *q = f->questions; q->ours; q++) {
        char text[SFD_MAX_TENSOR_NAME];
        assert_string_equal(sfd_weights_spelling(w, q->ours, text), q->spelled);
    }
    sfd_weights_close(w);
}

#define BOTTOM_UP "backbone.bottom_up."
#define BRANCH    "s2.pathway0_res0.branch2."

static void networks(void **state)
{
    (void)state;
    static const file files[] = {
        /* MMAction2's: of two pathways, and of one */
        {{"backbone.slow_path.conv1.conv.weight", "backbone.slow_path.layer1.0.conv1.conv.weight",
          "backbone.fast_path.conv1.conv.weight"},
         {{BRANCH "a.weight", "backbone.slow_path.layer1.0.conv1.conv.weight"},
          {BRANCH "b.weight", "backbone.slow_path.layer1.0.conv2.conv.weight"},
          {BRANCH "b_bn.running_var", "backbone.slow_path.layer1.0.conv2.bn.running_var"},
          {"s5.pathway1_res2.branch1.weight", "backbone.fast_path.layer4.2.downsample.conv.weight"},
          {"s1_fuse.conv_f2s.weight", "backbone.slow_path.conv1_lateral.conv.weight"}}},
        {{"backbone.conv1.conv.weight", "backbone.layer1.0.conv1.conv.weight"},
         {{BRANCH "c.weight", "backbone.layer1.0.conv3.conv.weight"}}},
        /* PyTorchVideo's, with the wrapper's prefix and without */
        {{"model.blocks.0.conv.weight", "model.blocks.1.res_blocks.0.branch2.conv_a.weight"},
         {{BRANCH "b.weight", "model.blocks.1.res_blocks.0.branch2.conv_b.weight"}}},
        {{"blocks.0.multipathway_blocks.1.conv.weight",
          "blocks.1.multipathway_blocks.1.res_blocks.0.branch2.conv_a.weight"},
         {{"s2.pathway1_res0.branch2.b.weight",
           "blocks.1.multipathway_blocks.1.res_blocks.0.branch2.conv_b.weight"}}},
        /* Caffe2's */
        {{"conv1_w", "res2_0_branch2a_w", "res2_0_branch2a_bn_riv"},
         {{BRANCH "a_bn.running_var", "res2_0_branch2a_bn_riv"},
          {BRANCH "b.weight", "res2_0_branch2b_w"},
          {"head.projection.bias", "pred_b"}}},
        /* PySlowFast's own, wrapped */
        {{"module.s1.pathway0_stem.conv.weight", "module.s1.pathway0_stem.bn.weight",
          "module." BRANCH "a.weight"},
         {{BRANCH "a.weight", "module." BRANCH "a.weight"},
          {BRANCH "b.weight", "module." BRANCH "b.weight"}}},
        /* of nobody */
        {{"a.weight", "b.weight"}, {{"a.weight", "a.weight"}, {"c.weight", "c.weight"}}},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check(&files[i]);
}

static void detectors(void **state)
{
    (void)state;
    static const file files[] = {
        /* MMDetection's counts stages and levels from other numbers */
        {{"backbone.conv1.weight", "neck.lateral_convs.0.conv.weight"},
         {{"backbone.fpn_lateral2.weight", "neck.lateral_convs.0.conv.weight"},
          {"backbone.fpn_output5.bias", "neck.fpn_convs.3.conv.bias"},
          {"roi_heads.box_head.fc2.weight", "roi_head.bbox_head.shared_fcs.1.weight"},
          {BOTTOM_UP "res2.0.conv2.norm.running_mean", "backbone.layer1.0.bn2.running_mean"}}},
        /* torchvision's before and since 0.13 */
        {{"backbone.body.conv1.weight", "backbone.fpn.inner_blocks.0.weight",
          "rpn.head.conv.weight"},
         {{"backbone.fpn_lateral3.weight", "backbone.fpn.inner_blocks.1.weight"},
          {"proposal_generator.rpn_head.conv.bias", "rpn.head.conv.bias"}}},
        {{"backbone.body.conv1.weight", "backbone.fpn.inner_blocks.1.0.bias",
          "rpn.head.conv.0.0.weight"},
         {{"backbone.fpn_lateral3.weight", "backbone.fpn.inner_blocks.1.0.weight"},
          {"proposal_generator.rpn_head.conv.bias", "rpn.head.conv.0.0.bias"},
          {"roi_heads.box_predictor.bbox_pred.bias", "roi_heads.box_predictor.bbox_pred.bias"}}},
        /* Detectron's levels have the number of the stage's last block */
        {{"conv1_w", "fpn_inner_res5_2_sum_b", "fpn_inner_res4_22_sum_lateral_b",
          "fpn_res2_2_sum_w"},
         {{"backbone.fpn_lateral5.weight", "fpn_inner_res5_2_sum_w"},
          {"backbone.fpn_lateral4.weight", "fpn_inner_res4_22_sum_lateral_w"},
          {"backbone.fpn_output2.bias", "fpn_res2_2_sum_b"},
          {"backbone.fpn_output3.bias", "fpn_res3_*_sum_b"},
          {"roi_heads.box_head.fc1.weight", "fc6_w"}}},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check(&files[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks),
        cmocka_unit_test(detectors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
