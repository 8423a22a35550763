/* SPDX-License-Identifier: Apache-2.0 */
/* Detectron2's tensor names, which all detectors of the Faster R-CNN family get here. */
#include "weights/names/rules.h"

#define BACKBONE "backbone.bottom_up."

static const sfd_name_rule rules[] = {
    {BACKBONE "stem.conv1.weight", NULL, 0},
    {BACKBONE "stem.conv1.norm.{X}", NULL, 0},
    {BACKBONE "res{K}.{B}.conv{P}.weight", NULL, 0},
    {BACKBONE "res{K}.{B}.conv{P}.norm.{X}", NULL, 0},
    {BACKBONE "res{K}.{B}.shortcut.weight", NULL, 0},
    {BACKBONE "res{K}.{B}.shortcut.norm.{X}", NULL, 0},
    {"backbone.fpn_lateral{K}.{X}", NULL, 0},
    {"backbone.fpn_output{K}.{X}", NULL, 0},
    {"proposal_generator.rpn_head.conv.{X}", NULL, 0},
    {"proposal_generator.rpn_head.objectness_logits.{X}", NULL, 0},
    {"proposal_generator.rpn_head.anchor_deltas.{X}", NULL, 0},
    {"roi_heads.box_head.fc{K}.{X}", NULL, 0},
    {"roi_heads.box_predictor.cls_score.{X}", NULL, 0},
    {"roi_heads.box_predictor.bbox_pred.{X}", NULL, 0},
    {NULL, NULL, 0},
};

const sfd_name_rules sfd_names_detectron2 = {
    .rules = rules, .naming = SFD_NAMING_DETECTRON2, .optional_prefix = ""};
