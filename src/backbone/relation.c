/* SPDX-License-Identifier: Apache-2.0 */
/* The convolutions of an actor-centric relation (detect/heads/relation.c), a graph of their own
 * that is run for each box. Its picture is the last map. */
#include "backbone/parts.h"

#include <stdio.h>

static int add_conv(sfd_net *net, const char *layer, int side, int x)
{
    char name[SFD_MAX_NODE_NAME];
    sfd_conv_attributes conv = sfd_conv_defaults(net->config.relation_channels);
    conv.window.kernel[1] = conv.window.kernel[2] = side;
    conv.window.padding[1] = conv.window.padding[2] = side / 2;
    conv.activation = SFD_ACTIVATION_RELU;
    snprintf(name, sizeof name, "head.relation.%.16s", layer);
    snprintf(conv.norm, sizeof conv.norm, "head.relation.%.16s_bn", layer);
    return sfd_graph_add_conv(&net->relation, name, &conv, x, SFD_NO_TENSOR);
}

void sfd_build_relation(sfd_net *net)
{
    int n_channels = 0;
    for (size_t p = 0; p < net->graph.n_outputs; p++)
        n_channels += sfd_graph_channels(&net->graph, net->graph.outputs[p].tensor);
    snprintf(net->relation.name, sizeof net->relation.name, "%s", net->config.name);
    int x = sfd_graph_add_input(&net->relation, "box and map", 2 * n_channels, 1);
    x = add_conv(net, "conv1", 1, x);
    x = add_conv(net, "conv2", 3, x);
    for (int i = 0; i + 1 < net->config.relation_convs; i++) {
        char name[SFD_MAX_PREFIX];
        snprintf(name, sizeof name, "convs%d", i);
        x = add_conv(net, name, 3, x);
    }
    sfd_graph_add_output(&net->relation, "relation", x);
}
