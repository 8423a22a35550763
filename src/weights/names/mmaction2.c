/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's tensor names. */
#include "weights/names/pyslowfast.h"
#include "weights/names/rules.h"

#define MMACTION2_PATHWAY(from, to)                                                                \
    {from "conv1.conv.weight", "s1." to "_stem.conv.weight", 0},                                   \
        {from "conv1.bn.{X}", "s1." to "_stem.bn.{X}", 0},                                         \
        {from "layer{K}.{B}.downsample.conv.weight", "s{K+1}." to "_res{B}.branch1.weight", 0},    \
        {from "layer{K}.{B}.downsample.bn.{X}", "s{K+1}." to "_res{B}.branch1_bn.{X}", 0},         \
        {from "layer{K}.{B}.conv{C}.conv.weight", "s{K+1}." to "_res{B}.branch2.{C}.weight", 0},   \
        {from "layer{K}.{B}.conv{C}.bn.{X}", "s{K+1}." to "_res{B}.branch2.{C}_bn.{X}", 0},        \
        {from "layer{K}.{B}.non_local_block.conv_out.bn.{X}", "s{K+1}." to "_nonlocal{B}.bn.{X}",  \
         0},                                                                                       \
        {from "layer{K}.{B}.non_local_block.conv_{H}.conv.{X}",                                    \
         "s{K+1}." to "_nonlocal{B}.conv_{H}.{X}", 0},                                             \
        {from "layer{K}.{B}.non_local_block.{H}.conv.{X}",                                         \
         "s{K+1}." to "_nonlocal{B}.conv_{H}.{X}", 0},                                             \
    {                                                                                              \
        from "layer{K}.{B}.non_local_block.{H}.0.conv.{X}",                                        \
            "s{K+1}." to "_nonlocal{B}.conv_{H}.{X}", 0                                            \
    }

static const sfd_name_rule rules[] = {
    MMACTION2_PATHWAY("backbone.{S}_path.", "pathway{S}"),
    MMACTION2_PATHWAY("backbone.", "pathway0"),
    {"backbone.slow_path.conv1_lateral.conv.weight", "s1_fuse.conv_f2s.weight", 0},
    {"backbone.slow_path.conv1_lateral.bn.{X}", "s1_fuse.bn.{X}", 0},
    {"backbone.slow_path.layer{K}_lateral.conv.weight", "s{K+1}_fuse.conv_f2s.weight", 0},
    {"backbone.slow_path.layer{K}_lateral.bn.{X}", "s{K+1}_fuse.bn.{X}", 0},
    {"roi_head.bbox_head.fc_cls.{X}", SFD_NAME_HEAD ".{X}", SFD_NAMED_HEAD_DETECTION},
    {"roi_head.bbox_head.fc_cls.{B}.{X}", SFD_NAME_HEAD ".{B}.{X}", SFD_NAMED_HEAD_DETECTION},
    {"roi_head.shared_head.conv{B}.conv.weight", "head.relation.conv{B}.weight",
     SFD_NAMED_HEAD_DETECTION},
    {"roi_head.shared_head.conv{B}.bn.{X}", "head.relation.conv{B}_bn.{X}",
     SFD_NAMED_HEAD_DETECTION},
    {"roi_head.shared_head.convs.{B}.conv.weight", "head.relation.convs{B}.weight",
     SFD_NAMED_HEAD_DETECTION},
    {"roi_head.shared_head.convs.{B}.bn.{X}", "head.relation.convs{B}_bn.{X}",
     SFD_NAMED_HEAD_DETECTION},
    /* ResNetAudio: windows along time (conv_1) and frequency (conv_2) */
    {"backbone.conv1.conv.conv_1.conv.weight", "s1.pathway0_stem.conv_t.weight", 0},
    {"backbone.conv1.conv.conv_1.bn.{X}", "s1.pathway0_stem.conv_t_bn.{X}", 0},
    {"backbone.conv1.conv.conv_2.conv.weight", "s1.pathway0_stem.conv_f.weight", 0},
    {"backbone.conv1.conv.conv_2.bn.{X}", "s1.pathway0_stem.conv_f_bn.{X}", 0},
    {"backbone.layer{K}.{B}.conv2.conv.conv_1.conv.weight",
     "s{K+1}.pathway0_res{B}.branch2.t.weight", 0},
    {"backbone.layer{K}.{B}.conv2.conv.conv_1.bn.{X}", "s{K+1}.pathway0_res{B}.branch2.t_bn.{X}",
     0},
    {"backbone.layer{K}.{B}.conv2.conv.conv_2.conv.weight",
     "s{K+1}.pathway0_res{B}.branch2.f.weight", 0},
    {"backbone.layer{K}.{B}.conv2.conv.conv_2.bn.{X}", "s{K+1}.pathway0_res{B}.branch2.f_bn.{X}",
     0},
    {"cls_head.fc_cls.{X}", SFD_NAME_HEAD ".{X}", SFD_NAMED_HEAD_CLASSIFICATION},
    {NULL, NULL, 0},
};

const sfd_name_rules sfd_names_mmaction2 = {
    .rules = rules, .naming = SFD_NAMING_MMACTION2, .optional_prefix = ""};
