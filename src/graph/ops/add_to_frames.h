/* SPDX-License-Identifier: Apache-2.0 */
/* Adds to all positions of a frame the one position that another map has for it. */
#ifndef SFD_GRAPH_OPS_ADD_TO_FRAMES_H
#define SFD_GRAPH_OPS_ADD_TO_FRAMES_H

#include "graph/op.h"

extern const sfd_op sfd_op_add_to_frames;

/* `each` has as many positions, along whichever axes, as `x` has frames. */
int sfd_graph_add_to_frames(sfd_graph *g, const char *name, int x, int each);

#endif
