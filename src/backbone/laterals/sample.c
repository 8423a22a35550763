/* SPDX-License-Identifier: Apache-2.0 */
/* Time-strided sampling: one of every alpha frames. */
#include "graph/ops/sample.h"
#include "backbone/laterals/laterals.h"

#include <stdio.h>

int sfd_lateral_sample(sfd_net *net, const char *stage, int fast)
{
    char name[SFD_MAX_NODE_NAME];
    snprintf(name, sizeof name, "%s.sample", stage);
    return sfd_graph_add_sample(&net->graph, name, net->config.alpha, fast);
}
