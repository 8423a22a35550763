/* SPDX-License-Identifier: Apache-2.0 */
/* A->FS: added to the slow features and those that the fast pathway has brought beside them. */
#include "backbone/audio.h"
#include "graph/ops/add_to_frames.h"

#include <stdio.h>

void sfd_audio_fusion_joint(sfd_net *net, const char *stage, int after, sfd_heard_and_seen *x)
{
    char name[SFD_MAX_NODE_NAME];
    if (net->config.lateral_stages >> after & 1)
        x->slow = sfd_add_lateral(net, stage, x->slow, x->fast);
    const int heard =
        sfd_add_audio_convs(net, stage, "a2fs", after, x->audio,
                            sfd_graph_channels(&net->graph, x->slow), net->config.audio.alpha);
    snprintf(name, sizeof name, "%s.audio", stage);
    const int seen = x->slow;
    sfd_note_sync_point(net, stage, after, seen, heard);
    x->slow =
        sfd_graph_add_to_frames(&net->graph, name, seen, sfd_heard_by_network(net, stage, heard));
    sfd_graph_let_skip(&net->graph, x->slow, seen);
}
