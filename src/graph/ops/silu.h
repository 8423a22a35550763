/* SPDX-License-Identifier: Apache-2.0 */
/* x / (1 + exp(-x)), in place where nobody else reads the input. */
#ifndef SFD_GRAPH_OPS_SILU_H
#define SFD_GRAPH_OPS_SILU_H

#include "graph/op.h"

extern const sfd_op sfd_op_silu;

int sfd_graph_add_silu(sfd_graph *g, const char *name, int input);

#endif
