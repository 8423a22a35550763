/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest parts of networks. */
#include "backbone/parts.h"

#include "graph/ops/max_pool.h"

#include <stdio.h>

static const char *const pathway_names[SFD_MAX_PATHWAYS] = {"pathway0", "pathway1"};

int sfd_add_conv(sfd_net *net, const char *prefix, const char *suffix, const char *norm,
                 sfd_conv_attributes a, int input, int residual)
{
    char name[SFD_MAX_NODE_NAME];
    snprintf(name, sizeof name, "%s%s", prefix, suffix);
    if (norm)
        snprintf(a.norm, sizeof a.norm, "%s%s", prefix, norm);
    return sfd_graph_add_conv(&net->graph, name, &a, input, residual);
}

void sfd_name_stage(sfd_net *net, int tensor, const char *stage, int pathway)
{
    char name[SFD_MAX_PORT_NAME];
    snprintf(name, sizeof name, "%s.%s", stage, pathway_names[pathway]);
    sfd_graph_add_stage(&net->graph, name, tensor);
}

int sfd_add_pathway_input(sfd_net *net, int pathway)
{
    const sfd_pathway_input *in = &net->input.pathways[pathway];
    const int x =
        sfd_graph_add_input(&net->graph, pathway_names[pathway], in->channels, in->n_frames);
    sfd_graph_shrink_input(&net->graph, x, in->shrink);
    sfd_graph_let_input_be_bytes(&net->graph, x);
    return x;
}

void sfd_add_pathway_output(sfd_net *net, int pathway, int x)
{
    sfd_graph_add_output(&net->graph, pathway_names[pathway], x);
}

int sfd_add_stem(sfd_net *net, int pathway, int time_kernel, int channels, int x)
{
    const sfd_window pool = {
        .kernel = {1, 3, 3}, .stride = {1, 2, 2}, .padding = {0, 1, 1}, .dilation = {1, 1, 1}};
    sfd_conv_attributes conv = sfd_conv_defaults(channels);
    char prefix[SFD_MAX_PREFIX], name[SFD_MAX_NODE_NAME];
    snprintf(prefix, sizeof prefix, "s1.%s_stem", pathway_names[pathway]);
    snprintf(name, sizeof name, "%s.pool_layer", prefix);
    conv.window = (sfd_window){.kernel = {time_kernel, 7, 7},
                               .stride = {1, 2, 2},
                               .padding = {time_kernel / 2, 3, 3},
                               .dilation = {1, 1, 1}};
    conv.activation = SFD_ACTIVATION_RELU;
    x = sfd_add_conv(net, prefix, ".conv", ".bn", conv, x, SFD_NO_TENSOR);
    x = sfd_graph_add_max_pool(&net->graph, name, &pool, x);
    sfd_name_stage(net, x, "s1", pathway);
    return x;
}
