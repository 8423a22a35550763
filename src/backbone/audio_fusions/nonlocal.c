/* SPDX-License-Identifier: Apache-2.0 */
/* Audiovisual non-local block: each slow position, with what the fast pathway has brought, asks all
 * times and frequencies of what is heard. */
#include "backbone/audio.h"
#include "graph/ops/attention.h"

#include <stdio.h>

void sfd_audio_fusion_nonlocal(sfd_net *net, const char *stage, int after, sfd_heard_and_seen *x)
{
    const sfd_net_config *c = &net->config;
    const sfd_attention_attributes attention = {
        .pieces = 1, .softmax = c->nonlocal_kind == SFD_NONLOCAL_SOFTMAX};
    char prefix[SFD_MAX_PREFIX], name[SFD_MAX_NODE_NAME];
    if (c->lateral_stages >> after & 1)
        x->slow = sfd_add_lateral(net, stage, x->slow, x->fast);
    const int channels = sfd_graph_channels(&net->graph, x->slow);
    snprintf(prefix, sizeof prefix, "%.16s.audio_nonlocal", stage);
    snprintf(name, sizeof name, "%s.attention", prefix);
    sfd_conv_attributes conv = sfd_conv_defaults(channels / 2);
    conv.bias = true;
    const int heard = sfd_heard_by_network(net, stage, x->audio);
    sfd_note_sync_point(net, stage, after, x->slow, x->audio);
    const int queries =
        sfd_add_conv(net, prefix, ".conv_theta", NULL, conv, x->slow, SFD_NO_TENSOR);
    const int keys = sfd_add_conv(net, prefix, ".conv_phi", NULL, conv, heard, SFD_NO_TENSOR);
    const int values = sfd_add_conv(net, prefix, ".conv_g", NULL, conv, heard, SFD_NO_TENSOR);
    const int y =
        sfd_graph_add_attention(&net->graph, name, &attention, (int[]){queries, keys, values});
    conv.cout = channels;
    const int seen = x->slow;
    x->slow = sfd_add_conv(net, prefix, ".conv_out", ".bn", conv, y, seen);
    sfd_graph_let_skip(&net->graph, x->slow, seen);
}
