/* SPDX-License-Identifier: Apache-2.0 */
/* Quantised weights as what tells how others are to be quantised: which convolutions become bytes,
 * and the scales of the maps that they read. */
#ifndef SFD_QUANT_SCALES_H
#define SFD_QUANT_SCALES_H

#include "backbone/net.h"
#include "weights/weights.h"

/* Errors: what opening gives; SFD_ERR_MISMATCH when none of the graph's convolutions is bytes
 * there, or one has another shape. The caller closes *out. */
sfd_status sfd_scales_open(sfd_weights **out, const char *path, const sfd_graph *g, sfd_error *err);

/* A network's weights, quantised as `scales` are. The caller closes *out. */
sfd_status sfd_quantise_as(sfd_weights **out, const sfd_net *net, sfd_weights *weights,
                           sfd_weights *scales, sfd_error *err);

#endif
