/* SPDX-License-Identifier: Apache-2.0 */
/* A->F->S: added to the fast features, which then are brought to the slow ones and go on. */
#include "backbone/audio.h"
#include "graph/ops/add_to_frames.h"

#include <stdio.h>

void sfd_audio_fusion_chain(sfd_net *net, const char *stage, int after, sfd_heard_and_seen *x)
{
    const sfd_net_config *c = &net->config;
    char name[SFD_MAX_NODE_NAME];
    const int heard =
        sfd_add_audio_convs(net, stage, "a2f", after, x->audio,
                            sfd_graph_channels(&net->graph, x->fast), c->audio.alpha / c->alpha);
    snprintf(name, sizeof name, "%s.audio", stage);
    const int seen = x->fast;
    sfd_note_sync_point(net, stage, after, seen, heard);
    x->fast =
        sfd_graph_add_to_frames(&net->graph, name, seen, sfd_heard_by_network(net, stage, heard));
    sfd_graph_let_skip(&net->graph, x->fast, seen);
    if (c->lateral_stages >> after & 1)
        x->slow = sfd_add_lateral(net, stage, x->slow, x->fast);
}
