/* SPDX-License-Identifier: Apache-2.0 */
/* MMDetection's tensor names (version 2 on). */
#include "weights/names/rules.h"

#define BOTTOM_UP "backbone.bottom_up."
#define RPN       "proposal_generator.rpn_head."

static const sfd_name_rule rules[] = {
    {"backbone.conv1.weight", BOTTOM_UP "stem.conv1.weight", 0},
    {"backbone.bn1.{X}", BOTTOM_UP "stem.conv1.norm.{X}", 0},
    {"backbone.layer{K}.{B}.conv{P}.weight", BOTTOM_UP "res{K+1}.{B}.conv{P}.weight", 0},
    {"backbone.layer{K}.{B}.bn{P}.{X}", BOTTOM_UP "res{K+1}.{B}.conv{P}.norm.{X}", 0},
    {"backbone.layer{K}.{B}.downsample.0.weight", BOTTOM_UP "res{K+1}.{B}.shortcut.weight", 0},
    {"backbone.layer{K}.{B}.downsample.1.{X}", BOTTOM_UP "res{K+1}.{B}.shortcut.norm.{X}", 0},
    {"neck.lateral_convs.{K}.conv.{X}", "backbone.fpn_lateral{K+2}.{X}", 0},
    {"neck.fpn_convs.{K}.conv.{X}", "backbone.fpn_output{K+2}.{X}", 0},
    {"rpn_head.rpn_conv.{X}", RPN "conv.{X}", 0},
    {"rpn_head.rpn_cls.{X}", RPN "objectness_logits.{X}", 0},
    {"rpn_head.rpn_reg.{X}", RPN "anchor_deltas.{X}", 0},
    {"roi_head.bbox_head.shared_fcs.{K}.{X}", "roi_heads.box_head.fc{K+1}.{X}", 0},
    {"roi_head.bbox_head.fc_cls.{X}", "roi_heads.box_predictor.cls_score.{X}", 0},
    {"roi_head.bbox_head.fc_reg.{X}", "roi_heads.box_predictor.bbox_pred.{X}", 0},
    {NULL, NULL, 0},
};

const sfd_name_rules sfd_names_mmdetection = {
    .rules = rules, .naming = SFD_NAMING_MMDETECTION, .optional_prefix = ""};
