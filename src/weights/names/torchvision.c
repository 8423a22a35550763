/* SPDX-License-Identifier: Apache-2.0 */
/* Tensor names of torchvision's detectors, those since 0.13 with a ".0" more in FPN and RPN. */
#include "weights/names/rules.h"

#define BOTTOM_UP "backbone.bottom_up."
#define RPN       "proposal_generator.rpn_head."

static const sfd_name_rule rules[] = {
    {"backbone.body.conv1.weight", BOTTOM_UP "stem.conv1.weight", 0},
    {"backbone.body.bn1.{X}", BOTTOM_UP "stem.conv1.norm.{X}", 0},
    {"backbone.body.layer{K}.{B}.conv{P}.weight", BOTTOM_UP "res{K+1}.{B}.conv{P}.weight", 0},
    {"backbone.body.layer{K}.{B}.bn{P}.{X}", BOTTOM_UP "res{K+1}.{B}.conv{P}.norm.{X}", 0},
    {"backbone.body.layer{K}.{B}.downsample.0.weight", BOTTOM_UP "res{K+1}.{B}.shortcut.weight", 0},
    {"backbone.body.layer{K}.{B}.downsample.1.{X}", BOTTOM_UP "res{K+1}.{B}.shortcut.norm.{X}", 0},
    {"backbone.fpn.inner_blocks.{K}.{X}", "backbone.fpn_lateral{K+2}.{X}", 0},
    {"backbone.fpn.inner_blocks.{K}.0.{X}", "backbone.fpn_lateral{K+2}.{X}", 0},
    {"backbone.fpn.layer_blocks.{K}.{X}", "backbone.fpn_output{K+2}.{X}", 0},
    {"backbone.fpn.layer_blocks.{K}.0.{X}", "backbone.fpn_output{K+2}.{X}", 0},
    {"rpn.head.conv.{X}", RPN "conv.{X}", 0},
    {"rpn.head.conv.0.0.{X}", RPN "conv.{X}", 0},
    {"rpn.head.cls_logits.{X}", RPN "objectness_logits.{X}", 0},
    {"rpn.head.bbox_pred.{X}", RPN "anchor_deltas.{X}", 0},
    {"roi_heads.box_head.fc6.{X}", "roi_heads.box_head.fc1.{X}", 0},
    {"roi_heads.box_head.fc7.{X}", "roi_heads.box_head.fc2.{X}", 0},
    {"roi_heads.box_predictor.cls_score.{X}", NULL, 0},
    {"roi_heads.box_predictor.bbox_pred.{X}", NULL, 0},
    {NULL, NULL, 0},
};

const sfd_name_rules sfd_names_torchvision = {
    .rules = rules, .naming = SFD_NAMING_TORCHVISION, .optional_prefix = ""};
