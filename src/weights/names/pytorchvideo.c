/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorchVideo's tensor names. */
#include "weights/names/pyslowfast.h"
#include "weights/names/rules.h"

#define PYTORCHVIDEO_PATHWAY(from, to)                                                             \
    {"blocks.0." from "conv.weight", "s1." to "_stem.conv.weight", 0},                             \
        {"blocks.0." from "norm.{X}", "s1." to "_stem.bn.{X}", 0},                                 \
        {"blocks.{K}." from "res_blocks.{B}.branch1_conv.weight",                                  \
         "s{K+1}." to "_res{B}.branch1.weight", 0},                                                \
        {"blocks.{K}." from "res_blocks.{B}.branch1_norm.{X}",                                     \
         "s{K+1}." to "_res{B}.branch1_bn.{X}", 0},                                                \
        {"blocks.{K}." from "res_blocks.{B}.branch2.conv_{A}.weight",                              \
         "s{K+1}." to "_res{B}.branch2.{A}.weight", 0},                                            \
    {                                                                                              \
        "blocks.{K}." from "res_blocks.{B}.branch2.norm_{A}.{X}",                                  \
            "s{K+1}." to "_res{B}.branch2.{A}_bn.{X}", 0                                           \
    }

static const sfd_name_rule rules[] = {
    PYTORCHVIDEO_PATHWAY("multipathway_blocks.{P}.", "pathway{P}"),
    PYTORCHVIDEO_PATHWAY("", "pathway0"),
    {"blocks.{K}.multipathway_fusion.conv_fast_to_slow.weight", "s{K+1}_fuse.conv_f2s.weight", 0},
    {"blocks.{K}.multipathway_fusion.norm.{X}", "s{K+1}_fuse.bn.{X}", 0},
    {"detection_head.proj.{X}", SFD_NAME_HEAD ".{X}", SFD_NAMED_HEAD_DETECTION},
    {"blocks.{K}.proj.{X}", SFD_NAME_HEAD ".{X}", SFD_NAMED_HEAD_CLASSIFICATION},
    {NULL, NULL, 0},
};

const sfd_name_rules sfd_names_pytorchvideo = {
    .rules = rules, .naming = SFD_NAMING_PYTORCHVIDEO, .optional_prefix = "model."};

/* C2D has a pool for blocks.2, so that res3 is blocks.3. */
static const sfd_name_rule c2d_rules[] = {
    {"blocks.0.conv.weight", "s1.pathway0_stem.conv.weight", 0},
    {"blocks.0.norm.{X}", "s1.pathway0_stem.bn.{X}", 0},
    {"blocks.1.res_blocks.{B}.branch1_conv.weight", "s2.pathway0_res{B}.branch1.weight", 0},
    {"blocks.1.res_blocks.{B}.branch1_norm.{X}", "s2.pathway0_res{B}.branch1_bn.{X}", 0},
    {"blocks.1.res_blocks.{B}.branch2.conv_{A}.weight", "s2.pathway0_res{B}.branch2.{A}.weight", 0},
    {"blocks.1.res_blocks.{B}.branch2.norm_{A}.{X}", "s2.pathway0_res{B}.branch2.{A}_bn.{X}", 0},
    {"blocks.{K}.res_blocks.{B}.branch1_conv.weight", "s{K}.pathway0_res{B}.branch1.weight", 0},
    {"blocks.{K}.res_blocks.{B}.branch1_norm.{X}", "s{K}.pathway0_res{B}.branch1_bn.{X}", 0},
    {"blocks.{K}.res_blocks.{B}.branch2.conv_{A}.weight", "s{K}.pathway0_res{B}.branch2.{A}.weight",
     0},
    {"blocks.{K}.res_blocks.{B}.branch2.norm_{A}.{X}", "s{K}.pathway0_res{B}.branch2.{A}_bn.{X}",
     0},
    {"detection_head.proj.{X}", SFD_NAME_HEAD ".{X}", SFD_NAMED_HEAD_DETECTION},
    {"blocks.{K}.proj.{X}", SFD_NAME_HEAD ".{X}", SFD_NAMED_HEAD_CLASSIFICATION},
    {NULL, NULL, 0},
};

const sfd_name_rules sfd_names_pytorchvideo_c2d = {
    .rules = c2d_rules,
    .naming = SFD_NAMING_PYTORCHVIDEO,
    .optional_prefix = "model.",
    .without = "blocks.2.res_blocks.0.branch2.conv_a.weight"};
