/* SPDX-License-Identifier: Apache-2.0 */
/* Tensor names of the Caffe2 models that PySlowFast's zoo lists. */
#include "weights/names/pyslowfast.h"
#include "weights/names/rules.h"

static const sfd_name_rule rules[] = {
    {"conv1_w", "s1.pathway0_stem.conv.weight", 0},
    {"res_conv1_bn_{F}", "s1.pathway0_stem.bn.{F}", 0},
    {"t_conv1_w", "s1.pathway1_stem.conv.weight", 0},
    {"t_res_conv1_bn_{F}", "s1.pathway1_stem.bn.{F}", 0},
    {"t_pool1_subsample_w", "s1_fuse.conv_f2s.weight", 0},
    {"t_pool1_subsample_bn_{F}", "s1_fuse.bn.{F}", 0},
    {"t_res{K}_{B}_branch2c_bn_subsample_w", "s{K}_fuse.conv_f2s.weight", 0},
    {"t_res{K}_{B}_branch2c_bn_subsample_bn_{F}", "s{K}_fuse.bn.{F}", 0},
    {"res{K}_{B}_branch1_w", "s{K}.pathway0_res{B}.branch1.weight", 0},
    {"res{K}_{B}_branch1_bn_{F}", "s{K}.pathway0_res{B}.branch1_bn.{F}", 0},
    {"res{K}_{B}_branch2{A}_w", "s{K}.pathway0_res{B}.branch2.{A}.weight", 0},
    {"res{K}_{B}_branch2{A}_bn_{F}", "s{K}.pathway0_res{B}.branch2.{A}_bn.{F}", 0},
    {"t_res{K}_{B}_branch1_w", "s{K}.pathway1_res{B}.branch1.weight", 0},
    {"t_res{K}_{B}_branch1_bn_{F}", "s{K}.pathway1_res{B}.branch1_bn.{F}", 0},
    {"t_res{K}_{B}_branch2{A}_w", "s{K}.pathway1_res{B}.branch2.{A}.weight", 0},
    {"t_res{K}_{B}_branch2{A}_bn_{F}", "s{K}.pathway1_res{B}.branch2.{A}_bn.{F}", 0},
    {"nonlocal_conv{K}_{B}_{H}_w", "s{K}.pathway0_nonlocal{B}.conv_{H}.weight", 0},
    {"nonlocal_conv{K}_{B}_{H}_b", "s{K}.pathway0_nonlocal{B}.conv_{H}.bias", 0},
    {"nonlocal_conv{K}_{B}_bn_{F}", "s{K}.pathway0_nonlocal{B}.bn.{F}", 0},
    {"pred_w", SFD_NAME_HEAD ".weight", 0},
    {"pred_b", SFD_NAME_HEAD ".bias", 0},
    {NULL, NULL, 0},
};

const sfd_name_rules sfd_names_caffe2 = {
    .rules = rules, .naming = SFD_NAMING_CAFFE2, .optional_prefix = ""};
