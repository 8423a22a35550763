/* SPDX-License-Identifier: Apache-2.0 */
/* Height and width doubled, each position repeated (nearest neighbour). */
#ifndef SFD_GRAPH_OPS_UPSAMPLE_H
#define SFD_GRAPH_OPS_UPSAMPLE_H

#include "graph/op.h"

extern const sfd_op sfd_op_upsample;

int sfd_graph_add_upsample(sfd_graph *g, const char *name, int input);

#endif
