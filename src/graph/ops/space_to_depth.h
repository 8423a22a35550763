/* SPDX-License-Identifier: Apache-2.0 */
/* Height and width halved, the four neighbours' channels side by side: upper left, lower left,
 * upper right, lower right, as YOLOX's Focus stem takes them. */
#ifndef SFD_GRAPH_OPS_SPACE_TO_DEPTH_H
#define SFD_GRAPH_OPS_SPACE_TO_DEPTH_H

#include "graph/op.h"

extern const sfd_op sfd_op_space_to_depth;

/* The input's height and width are even. */
int sfd_graph_add_space_to_depth(sfd_graph *g, const char *name, int input);

#endif
