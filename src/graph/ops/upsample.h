/* SPDX-License-Identifier: Apache-2.0 */
/* Height and width doubled, or made those of another map: each position of the result takes the
 * value of the one that it lies in (nearest neighbour). */
#ifndef SFD_GRAPH_OPS_UPSAMPLE_H
#define SFD_GRAPH_OPS_UPSAMPLE_H

#include "graph/op.h"

extern const sfd_op sfd_op_upsample;

int sfd_graph_add_upsample(sfd_graph *g, const char *name, int input);
int sfd_graph_add_upsample_to(sfd_graph *g, const char *name, int input, int like);

#endif
