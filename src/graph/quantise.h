/* SPDX-License-Identifier: Apache-2.0 */
/* Weights of 8-bit integers (docs/weights.md tells how they are stored): which tensors of a graph
 * become bytes, and where between them and floats something is converted. */
#ifndef SFD_GRAPH_QUANTISE_H
#define SFD_GRAPH_QUANTISE_H

#include "graph/graph.h"
#include "weights/weights.h"

/* Whether any of the graph's convolutions has quantised weights. */
bool sfd_graph_is_quantised(const sfd_graph *g, const sfd_weights *w);

/* Errors: SFD_ERR_MISMATCH for bytes whose scale is missing, which would pass for floats. */
sfd_status sfd_graph_check_stored(const sfd_graph *g, const sfd_weights *w, sfd_error *err);

/* The sum that a convolution of bytes does beside its own work, after SiLU: the number of the node
 * that adds *other to its output; n_nodes where there is none. */
size_t sfd_graph_find_sum(const sfd_graph *g, size_t conv, int *other);

/* Makes the convolutions whose weights are quantised ones of bytes (ops/qconv.h). What they read
 * becomes bytes, but for the graph's inputs and outputs, and so do shortcuts whose scale is stored;
 * others that read or write these maps get conversions. All tensors are float32 before. Errors:
 * SFD_ERR_FORMAT (a scale or zero point that is none, two of one map that differ, a convolution
 * that cannot), SFD_ERR_MISMATCH (a scale is missing), SFD_ERR_NOMEM. */
sfd_status sfd_graph_quantise(sfd_graph *g, const sfd_weights *w, sfd_error *err);

#endif
