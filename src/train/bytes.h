/* SPDX-License-Identifier: Apache-2.0 */
/* What of a network will be bytes when it is quantised, for training that takes this into account:
 * maps and weights are rounded as the quantised network rounds them, and gradients go straight
 * through the rounding, but not to values beyond the last step (B. Jacob et al., "Quantization and
 * Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018). */
#ifndef SFD_TRAIN_BYTES_H
#define SFD_TRAIN_BYTES_H

#include "backbone/net.h"
#include "graph/ops/qconv.h"
#include "train/op.h"

struct sfd_train_bytes {
    sfd_weights *scales;  /* quantised weights that tell it (quant/scales.h) */
    bool *convs;          /* [nodes] whose weights are bytes */
    sfd_byte_scale *maps; /* [tensors]; scale 0: floats */
};

/* From quantised weights of the same network. Errors: as sfd_scales_open and sfd_graph_quantise.
 * Freed by sfd_train_bytes_free, also after failure. */
sfd_status sfd_train_bytes_open(sfd_train_bytes *b, const sfd_net *net, const char *path,
                                sfd_error *err);
void sfd_train_bytes_free(sfd_train_bytes *b);

/* Rounds a tensor's values, of all samples, where it will be bytes. Values that are clipped, and
 * those above zero that become zero, end a sliver beside the step, so that one still sees it. */
void sfd_train_round_map(const sfd_train_graph *g, int tensor);

/* Clears the gradient of the values that were clipped. */
void sfd_train_clear_clipped(const sfd_train_graph *g, int tensor);

#endif
