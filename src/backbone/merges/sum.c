/* SPDX-License-Identifier: Apache-2.0 */
#include "backbone/laterals/laterals.h"
#include "graph/ops/add.h"

#include <stdio.h>

int sfd_merge_sum(sfd_net *net, const char *stage, int slow, int lateral)
{
    char name[SFD_MAX_NODE_NAME];
    snprintf(name, sizeof name, "%s.sum", stage);
    return sfd_graph_add_sum(&net->graph, name, slow, lateral);
}
