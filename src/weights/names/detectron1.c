/* SPDX-License-Identifier: Apache-2.0 */
/* Blob names of Detectron's Caffe2 networks with FPN. Batch norm is a scale and a shift: its
 * statistics were folded into them before training. */
#include "weights/names/rules.h"

#define BOTTOM_UP "backbone.bottom_up."
#define RPN       "proposal_generator.rpn_head."
#define LAYER(from, to)                                                                            \
    {from "_w", to ".weight", 0},                                                                  \
    {                                                                                              \
        from "_b", to ".bias", 0                                                                   \
    }

static const sfd_name_rule rules[] = {
    {"conv1_w", BOTTOM_UP "stem.conv1.weight", 0},
    {"res_conv1_bn_{F}", BOTTOM_UP "stem.conv1.norm.{F}", 0},
    {"res{K}_{B}_branch1_w", BOTTOM_UP "res{K}.{B}.shortcut.weight", 0},
    {"res{K}_{B}_branch1_bn_{F}", BOTTOM_UP "res{K}.{B}.shortcut.norm.{F}", 0},
    {"res{K}_{B}_branch2a_w", BOTTOM_UP "res{K}.{B}.conv1.weight", 0},
    {"res{K}_{B}_branch2a_bn_{F}", BOTTOM_UP "res{K}.{B}.conv1.norm.{F}", 0},
    {"res{K}_{B}_branch2b_w", BOTTOM_UP "res{K}.{B}.conv2.weight", 0},
    {"res{K}_{B}_branch2b_bn_{F}", BOTTOM_UP "res{K}.{B}.conv2.norm.{F}", 0},
    {"res{K}_{B}_branch2c_w", BOTTOM_UP "res{K}.{B}.conv3.weight", 0},
    {"res{K}_{B}_branch2c_bn_{F}", BOTTOM_UP "res{K}.{B}.conv3.norm.{F}", 0},
    LAYER("fpn_inner_res5_{B}_sum", "backbone.fpn_lateral5"), /* the topmost */
    LAYER("fpn_inner_res{K}_{B}_sum_lateral", "backbone.fpn_lateral{K}"),
    LAYER("fpn_inner_res{K}_{B}_sum", "backbone.fpn_lateral{K}"),
    LAYER("fpn_res{K}_{B}_sum", "backbone.fpn_output{K}"),
    LAYER("conv_rpn_fpn2", RPN "conv"),
    LAYER("rpn_cls_logits_fpn2", RPN "objectness_logits"),
    LAYER("rpn_bbox_pred_fpn2", RPN "anchor_deltas"),
    LAYER("fc6", "roi_heads.box_head.fc1"),
    LAYER("fc7", "roi_heads.box_head.fc2"),
    LAYER("cls_score", "roi_heads.box_predictor.cls_score"),
    LAYER("bbox_pred", "roi_heads.box_predictor.bbox_pred"),
    {NULL, NULL, 0},
};

const sfd_name_rules sfd_names_detectron1 = {
    .rules = rules, .naming = SFD_NAMING_DETECTRON1, .optional_prefix = ""};
