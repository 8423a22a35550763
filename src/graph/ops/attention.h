/* SPDX-License-Identifier: Apache-2.0 */
/* The pairwise part of a non-local block: softmax(queries keys^T / sqrt(C)) values, or the mean of
 * the products. Inputs: queries, keys, values. */
#ifndef SFD_GRAPH_OPS_ATTENTION_H
#define SFD_GRAPH_OPS_ATTENTION_H

#include "graph/op.h"
#include "kernels/attention/attention.h"

typedef struct sfd_attention_attributes {
    int pieces; /* parts of the time axis that do not see each other */
    bool softmax;
} sfd_attention_attributes;

extern const sfd_op sfd_op_attention;

int sfd_graph_add_attention(sfd_graph *g, const char *name, const sfd_attention_attributes *a,
                            const int inputs[3]);

/* The first piece, and floats from piece to piece in the queries' and y's and in the keys' and
 * values' maps. */
typedef struct sfd_attention_pieces {
    sfd_attention first;
    size_t n, queries, keys, values, y;
} sfd_attention_pieces;

sfd_attention_pieces sfd_attention_cut(const sfd_node_view *v);
sfd_attention sfd_attention_piece(const sfd_attention_pieces *p, size_t i);

#endif
