/* SPDX-License-Identifier: Apache-2.0 */
/* Every stride-th frame, from the first on. */
#ifndef SFD_GRAPH_OPS_SAMPLE_H
#define SFD_GRAPH_OPS_SAMPLE_H

#include "graph/op.h"

typedef struct sfd_sample_attributes {
    int stride;
} sfd_sample_attributes;

extern const sfd_op sfd_op_sample;

int sfd_graph_add_sample(sfd_graph *g, const char *name, int stride, int input);

#endif
