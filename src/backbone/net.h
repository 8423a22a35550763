/* SPDX-License-Identifier: Apache-2.0 */
/* The networks of configurations as graphs. Names of layers and stages are PySlowFast's; inputs and
 * outputs are "pathway0", "pathway1": normalised RGB, and the last residual stage; behind them
 * "audio" where the network listens, too. */
#ifndef SFD_BACKBONE_NET_H
#define SFD_BACKBONE_NET_H

#include "config/config.h"
#include "graph/graph.h"
#include "input/input.h"

typedef struct sfd_net {
    sfd_net_config config;
    int n_pathways;
    sfd_input input;    /* what each pathway is shown */
    sfd_graph graph;    /* inputs and outputs: one for each pathway, and the sound's */
    sfd_graph relation; /* of the head, run for each box over box and map; no nodes: none */
} sfd_net;

/* Errors: what sfd_net_config_check gives, SFD_ERR_NOMEM. Freed by sfd_net_free, also after
 * failure. */
sfd_status sfd_net_build(sfd_net *net, const sfd_net_config *config, sfd_error *err);
void sfd_net_free(sfd_net *net);

#endif
