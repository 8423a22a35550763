/* SPDX-License-Identifier: Apache-2.0 */
/* Where training compares what is heard with what is seen. */
#include "backbone/audio.h"
#include "graph/ops/sample.h"

#include <stdio.h>

int sfd_heard_by_network(sfd_net *net, const char *stage, int heard)
{
    char name[SFD_MAX_NODE_NAME];
    snprintf(name, sizeof name, "%s.own_sound", stage);
    return net->sync_stages ? sfd_graph_add_sample(&net->graph, name, 2, heard) : heard;
}

void sfd_note_sync_point(sfd_net *net, const char *stage, int after, int seen, int heard)
{
    if (!(net->sync_stages >> after & 1))
        return;
    sfd_sync_point *p = &net->sync_points[net->n_sync_points++];
    *p = (sfd_sync_point){.after = after, .seen = seen, .heard = heard};
    snprintf(p->name, sizeof p->name, "%s", stage);
}

void sfd_add_last_sync_point(sfd_net *net, const char *stage, const sfd_heard_and_seen *x)
{
    if (!(net->sync_stages >> SFD_N_STAGES & 1))
        return;
    const int seen = sfd_add_lateral(net, stage, x->slow, x->fast);
    const int heard =
        sfd_add_audio_convs(net, stage, "a2fs", SFD_N_STAGES, x->audio,
                            sfd_graph_channels(&net->graph, seen), net->config.audio.alpha);
    sfd_note_sync_point(net, stage, SFD_N_STAGES, seen, heard);
}
