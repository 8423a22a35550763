/* SPDX-License-Identifier: Apache-2.0 */
/* The mean of each row: a map of width 1. */
#ifndef SFD_GRAPH_OPS_ROW_MEAN_H
#define SFD_GRAPH_OPS_ROW_MEAN_H

#include "graph/op.h"

extern const sfd_op sfd_op_row_mean;

int sfd_graph_add_row_mean(sfd_graph *g, const char *name, int input);

#endif
