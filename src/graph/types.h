/* SPDX-License-Identifier: Apache-2.0 */
/* Element types of a graph's tensors: what a precision makes of them. */
#ifndef SFD_GRAPH_TYPES_H
#define SFD_GRAPH_TYPES_H

#include "graph/op.h"

/* Gives every tensor the type that settings->precision asks for, or float32 where an operation that
 * reads or writes it wants that, at pictures of height x width; inputs and outputs stay float32,
 * and slices have the type of their map. Weights that are quantised (quantise.h) make bytes of what
 * they say, whether int8 is asked for or not. Errors: as sfd_plan_make; SFD_ERR_MISMATCH (int8, but
 * the weights tell no scales; bf16, but they do), SFD_ERR_FORMAT (their scales). */
sfd_status sfd_graph_set_types(sfd_graph *g, int height, int width,
                               const sfd_prepare_settings *settings, sfd_error *err);

#endif
