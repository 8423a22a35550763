/* SPDX-License-Identifier: Apache-2.0 */
/* The sum of two maps of one shape, for shortcuts that join behind an activation. */
#ifndef SFD_GRAPH_OPS_ADD_H
#define SFD_GRAPH_OPS_ADD_H

#include "graph/op.h"

extern const sfd_op sfd_op_add;

int sfd_graph_add_sum(sfd_graph *g, const char *name, int a, int b);

#endif
