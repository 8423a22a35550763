/* SPDX-License-Identifier: Apache-2.0 */
/* PySlowFast's tensor names, which everything here uses. */
#include "weights/names/pyslowfast.h"
#include "weights/names/rules.h"

static const sfd_name_rule rules[] = {
    {"s1.pathway{P}_stem.conv.weight", NULL, 0},
    {"s1.pathway{P}_stem.bn.{X}", NULL, 0},
    {"s{K}_fuse.conv_f2s.{Q}", NULL, 0},
    {"s{K}_fuse.bn.{X}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch1.{Q}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch1_bn.{X}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.{A}.{Q}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.{A}_bn.{X}", NULL, 0},
    {"s{K}.pathway{P}_nonlocal{B}.conv_{H}.{Q}", NULL, 0},
    {"s{K}.pathway{P}_nonlocal{B}.bn.{X}", NULL, 0},
    {SFD_NAME_HEAD ".{X}", NULL, 0},
    /* audiovisual SlowFast */
    {"s1.pathway{P}_stem.conv_t.{Q}", NULL, 0},
    {"s1.pathway{P}_stem.conv_f.{Q}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.t.{Q}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.t_bn.{X}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.f.{Q}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.f_bn.{X}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.out.{Q}", NULL, 0},
    {"s{K}.pathway{P}_res{B}.branch2.out_bn.{X}", NULL, 0},
    {"s{K}_fuse.bn_f2s.{X}", NULL, 0},
    {"s{K}_fuse.conv_a2fs_{B}.{Q}", NULL, 0},
    {"s{K}_fuse.bn_a2fs_{B}.{X}", NULL, 0},
    {"s{K}_fuse.conv_a2f_{B}.{Q}", NULL, 0},
    {"s{K}_fuse.bn_a2f_{B}.{X}", NULL, 0},
    {"s{K}_fuse.audio_nonlocal.conv_{H}.{Q}", NULL, 0},
    {"s{K}_fuse.audio_nonlocal.bn.{X}", NULL, 0},
    /* SubBatchNorm3d, saved by other means than PySlowFast's, which undoes it: scale and offset,
     * in `bn` the statistics of inference, in `split_bn` those of parts of batches */
    {"s1.pathway{P}_stem.bn.bn.{X}", "s1.pathway{P}_stem.bn.{X}", 0},
    {"s{K}_fuse.bn.bn.{X}", "s{K}_fuse.bn.{X}", 0},
    {"s{K}.pathway{P}_res{B}.branch1_bn.bn.{X}", "s{K}.pathway{P}_res{B}.branch1_bn.{X}", 0},
    {"s{K}.pathway{P}_res{B}.branch2.{A}_bn.bn.{X}", "s{K}.pathway{P}_res{B}.branch2.{A}_bn.{X}",
     0},
    {"s{K}.pathway{P}_nonlocal{B}.bn.bn.{X}", "s{K}.pathway{P}_nonlocal{B}.bn.{X}", 0},
    /* MMAction2's mlp_head and ACRN, converted */
    {SFD_NAME_HEAD ".{B}.{X}", NULL, 0},
    {"head.relation.conv{B}.{Q}", NULL, 0},
    {"head.relation.conv{B}_bn.{X}", NULL, 0},
    {"head.relation.convs{B}.{Q}", NULL, 0},
    {"head.relation.convs{B}_bn.{X}", NULL, 0},
    /* MMAction2's ResNetAudio, converted */
    {"s1.pathway{P}_stem.conv_t_bn.{X}", NULL, 0},
    {"s1.pathway{P}_stem.conv_f_bn.{X}", NULL, 0},
    {NULL, NULL, 0},
};

static const char *const synchronisation_unused[] = {"s1_fuse.avs.", "s2_fuse.avs.", "s3_fuse.avs.",
                                                     "s4_fuse.avs.", "s5_fuse.",     NULL};

const sfd_name_rules sfd_names_pyslowfast = {.rules = rules,
                                             .naming = SFD_NAMING_PYSLOWFAST,
                                             .optional_prefix = "",
                                             .unused = synchronisation_unused,
                                             .unused_why =
                                                 "of the audiovisual synchronisation loss"};

/* Backbones learned without labels (PySlowFast's ContrastiveModel): beside the network there is its
 * average over time, a head that projects features for the loss, and a memory of features. */
static const char *const contrastive_unused[] = {
    "backbone.head.", "backbone_hist.",   "ptr",     "iter",     "queue_x",
    "queue_swav",     "swav_prototypes.", "memory.", "knn_mem.", NULL};

const sfd_name_rules sfd_names_contrastive = {.rules = rules,
                                              .naming = SFD_NAMING_PYSLOWFAST,
                                              .optional_prefix = "backbone.",
                                              .unused = contrastive_unused,
                                              .unused_why = "of the contrastive loss"};
