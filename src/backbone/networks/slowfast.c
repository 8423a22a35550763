/* SPDX-License-Identifier: Apache-2.0 */
/* C. Feichtenhofer et al., "SlowFast Networks for Video Recognition", ICCV 2019: a slow and a fast
 * pathway, joined behind the stem and behind every residual stage but the last. */
#include "backbone/audio.h"
#include "backbone/networks/networks.h"

#include <stdio.h>

#define N_PATHWAYS 2

/* [stem, res2 .. res5][pathway] */
static const int time_kernels[1 + SFD_N_STAGES][N_PATHWAYS] = {
    {1, 5}, {1, 3}, {1, 3}, {3, 3}, {3, 3}};

/* One stage of both pathways. */
static void add_stages(sfd_net *net, int stage, const int narrow[N_PATHWAYS], int x[N_PATHWAYS])
{
    size_t begin[N_PATHWAYS];
    for (int p = 0; p < N_PATHWAYS; p++) {
        const int frames = time_kernels[1 + stage][p];
        const sfd_stage_desc s =
            sfd_describe_stage(net, stage, p, (sfd_time_kernels){frames, frames}, narrow[p]);
        begin[p] = net->graph.n_nodes;
        x[p] = sfd_add_stage(net, &s, x[p]);
    }
    /* From res3 on a stage's output is half its input: the fast pathway's large input is gone
     * before the slow pathway needs most memory. */
    if (stage > 0)
        sfd_graph_run_second_first(&net->graph, begin[0], begin[1]);
}

static void add_inputs_and_stems(sfd_net *net, const int narrow[N_PATHWAYS], int x[N_PATHWAYS])
{
    size_t begin[N_PATHWAYS];
    for (int p = 0; p < N_PATHWAYS; p++)
        x[p] = sfd_add_pathway_input(net, p);
    for (int p = 0; p < N_PATHWAYS; p++) {
        begin[p] = net->graph.n_nodes;
        x[p] =
            sfd_add_stem(net, p, time_kernels[0][p], net->config.width_per_group / narrow[p], x[p]);
    }
    /* The fast pathway's pictures are gone before the slow pathway's stem, whose map is larger. */
    sfd_graph_run_second_first(&net->graph, begin[0], begin[1]);
}

void sfd_network_slowfast(sfd_net *net)
{
    const int narrow[N_PATHWAYS] = {1, net->config.beta_inv};
    int x[N_PATHWAYS];
    add_inputs_and_stems(net, narrow, x);
    for (int stage = 0; stage < SFD_N_STAGES; stage++) {
        char name[SFD_MAX_PREFIX];
        snprintf(name, sizeof name, "s%d_fuse", stage + 1);
        x[0] = sfd_add_lateral(net, name, x[0], x[1]);
        add_stages(net, stage, narrow, x);
    }
    for (int p = 0; p < N_PATHWAYS; p++)
        sfd_add_pathway_output(net, p, x[p]);
}

static void add_audio_outputs(sfd_net *net, const int x[N_PATHWAYS], int audio)
{
    for (int p = 0; p < N_PATHWAYS; p++)
        sfd_add_pathway_output(net, p, x[p]);
    sfd_add_audio_output(net, audio);
    for (int i = 0; i < net->n_sync_points; i++) {
        sfd_graph_add_output(&net->graph, "seen", net->sync_points[i].seen);
        sfd_graph_add_output(&net->graph, "heard", net->sync_points[i].heard);
    }
}

/* With a third pathway, backbone/audio.h. */
void sfd_network_avslowfast(sfd_net *net)
{
    const int narrow[N_PATHWAYS] = {1, net->config.beta_inv};
    int x[N_PATHWAYS];
    add_inputs_and_stems(net, narrow, x);
    int audio = sfd_add_audio_stem(net);
    for (int stage = 0; stage < SFD_N_STAGES; stage++) {
        char name[SFD_MAX_PREFIX];
        snprintf(name, sizeof name, "s%d_fuse", stage + 1);
        sfd_heard_and_seen all = {.audio = audio, .slow = x[0], .fast = x[1]};
        sfd_fuse_audio(net, name, stage, &all);
        x[0] = all.slow;
        x[1] = all.fast;
        add_stages(net, stage, narrow, x);
        audio = sfd_add_audio_stage(net, stage, audio);
    }
    sfd_add_last_sync_point(net, "s5_fuse", &(sfd_heard_and_seen){audio, x[0], x[1]});
    add_audio_outputs(net, x, audio);
}
