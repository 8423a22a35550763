/* SPDX-License-Identifier: Apache-2.0 */
#include "backbone/laterals/laterals.h"

int sfd_merge_concat(sfd_net *net, const char *stage, int slow, int lateral)
{
    (void)stage;
    return sfd_graph_concat(&net->graph, 2, (int[]){slow, lateral});
}
