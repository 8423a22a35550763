/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling; padding never wins. */
#ifndef SFD_GRAPH_OPS_MAX_POOL_H
#define SFD_GRAPH_OPS_MAX_POOL_H

#include "graph/op.h"

typedef struct sfd_max_pool_attributes {
    sfd_window window; /* not dilated */
} sfd_max_pool_attributes;

extern const sfd_op sfd_op_max_pool;

int sfd_graph_add_max_pool(sfd_graph *g, const char *name, const sfd_window *window, int input);

sfd_pool_shape sfd_max_pool_shape(const sfd_node_view *v);

#endif
