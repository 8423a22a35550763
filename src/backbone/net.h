/* SPDX-License-Identifier: Apache-2.0 */
/* The networks of configurations as graphs. Names of layers and stages are PySlowFast's; inputs and
 * outputs are "pathway0", "pathway1": normalised RGB, and the last residual stage; behind them
 * "audio" where the network listens, too. */
#ifndef SFD_BACKBONE_NET_H
#define SFD_BACKBONE_NET_H

#include "config/config.h"
#include "graph/graph.h"
#include "input/input.h"

#define SFD_MAX_SYNC_POINTS (1 + SFD_N_STAGES)

/* Where the loss of synchronisation compares what is heard with what is seen: maps whose mean it
 * takes. What is heard is two frames, the clip's own sound and another. */
typedef struct sfd_sync_point {
    char name[16]; /* "s3_fuse" */
    int after;     /* 0: the stem, 1 to 4: res2 to res5 */
    int seen, heard;
} sfd_sync_point;

typedef struct sfd_net {
    sfd_net_config config;
    int n_pathways;
    sfd_input input;      /* what each pathway is shown */
    sfd_graph graph;      /* inputs and outputs: one for each pathway, and the sound's */
    sfd_graph relation;   /* of the head, run for each box over box and map; no nodes: none */
    unsigned sync_stages; /* wanted, bits */
    int sync_width;       /* channels in which maps are compared */
    int n_sync_points;
    sfd_sync_point sync_points[SFD_MAX_SYNC_POINTS];
} sfd_net;

/* Errors: what sfd_net_config_check gives, SFD_ERR_NOMEM. Freed by sfd_net_free, also after
 * failure. */
sfd_status sfd_net_build(sfd_net *net, const sfd_net_config *config, sfd_error *err);
/* To be trained with that loss behind `sync_stages` (bit 0: the stem, 1 to 4: res2 to res5), as far
 * as sound joins there: the sound's input has two frames, of which the network hears the first, and
 * the maps of sync_points, compared in `width` channels, are outputs behind the others. 0 stages:
 * as above. */
sfd_status sfd_net_build_synchronised(sfd_net *net, const sfd_net_config *config,
                                      unsigned sync_stages, int width, sfd_error *err);
void sfd_net_free(sfd_net *net);

#endif
