/* SPDX-License-Identifier: Apache-2.0 */
/* Time-to-channel: alpha frames are packed into the channels of one. */
#include "graph/ops/to_channel.h"
#include "backbone/laterals/laterals.h"

#include <stdio.h>

int sfd_lateral_to_channel(sfd_net *net, const char *stage, int fast)
{
    char name[SFD_MAX_NODE_NAME];
    snprintf(name, sizeof name, "%s.to_channel", stage);
    return sfd_graph_add_to_channel(&net->graph, name, net->config.alpha, fast);
}
