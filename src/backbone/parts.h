/* SPDX-License-Identifier: Apache-2.0 */
/* What networks are put together from. The functions append nodes to net->graph and return the
 * tensor of their result. */
#ifndef SFD_BACKBONE_PARTS_H
#define SFD_BACKBONE_PARTS_H

#include "backbone/net.h"
#include "graph/ops/conv.h"

#define SFD_MAX_PREFIX 48

/* A convolution named prefix + suffix; `norm` is the suffix of its batch norm, NULL without one. */
int sfd_add_conv(sfd_net *net, const char *prefix, const char *suffix, const char *norm,
                 sfd_conv_attributes a, int input, int residual);

/* Publishes a tensor as "stage.pathway". */
void sfd_name_stage(sfd_net *net, int tensor, const char *stage, int pathway);

/* The graph's input and output of a pathway. */
int sfd_add_pathway_input(sfd_net *net, int pathway);
void sfd_add_pathway_output(sfd_net *net, int pathway, int x);

/* Convolution of 7x7 and as many frames as `time_kernel`, then max pooling. */
int sfd_add_stem(sfd_net *net, int pathway, int time_kernel, int channels, int x);

/* Frames that the blocks 0, 2, ... and 1, 3, ... of a stage look at, as far as
 * RESNET.NUM_BLOCK_TEMP_KERNEL goes. */
typedef struct sfd_time_kernels {
    int even, odd;
} sfd_time_kernels;

/* A residual stage of one pathway. */
typedef struct sfd_stage_desc {
    int stage, pathway; /* stage 0 is res2 */
    int cmid, cout;
    sfd_time_kernels kernels;
} sfd_stage_desc;

/* Widths of a stage whose channels are divided by `narrow`. */
sfd_stage_desc sfd_describe_stage(const sfd_net *net, int stage, int pathway,
                                  sfd_time_kernels kernels, int narrow);

int sfd_add_stage(sfd_net *net, const sfd_stage_desc *s, int x);

/* X. Wang et al., "Non-local Neural Networks", CVPR 2018; behind block `block` of a stage. */
int sfd_add_nonlocal(sfd_net *net, const sfd_stage_desc *s, int block, int x);

/* Brings fast features into the slow pathway behind the stage called `stage`. */
int sfd_add_lateral(sfd_net *net, const char *stage, int slow, int fast);

/* net->relation, from the graph that is there. */
void sfd_build_relation(sfd_net *net);

#endif
