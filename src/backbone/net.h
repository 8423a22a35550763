/* SPDX-License-Identifier: Apache-2.0 */
/* The networks of configurations as graphs. Names of layers and stages are PySlowFast's; inputs and
 * outputs are "pathway0", "pathway1": normalised RGB, and the last residual stage. */
#ifndef SFD_BACKBONE_NET_H
#define SFD_BACKBONE_NET_H

#include "config/config.h"
#include "graph/graph.h"
#include "graph/params.h"
#include "input/input.h"
#include "weights/weights.h"

typedef struct sfd_net {
    sfd_net_config config;
    int n_pathways;
    int n_features;  /* columns of the classifier */
    sfd_input input; /* what each pathway is shown */
    sfd_graph graph; /* inputs and outputs: one for each pathway */
} sfd_net;

/* Errors: what sfd_net_config_check gives, SFD_ERR_NOMEM. Freed by sfd_net_free, also after
 * failure. */
sfd_status sfd_net_build(sfd_net *net, const sfd_net_config *config, sfd_error *err);
void sfd_net_free(sfd_net *net);

/* The graph's parameters, then the classifier's. */
sfd_status sfd_net_each_param(const sfd_net *net, sfd_param_fn fn, void *user, sfd_error *err);

/* True when the network has a tensor of that name. */
bool sfd_net_has_param(const sfd_net *net, const char *tensor_name);

/* Number of learned values (batch norm's running statistics are not learned). */
size_t sfd_net_count_params(const sfd_net *net);

/* Random weights, the same on every machine: convolutions scaled by fan-in so that activations keep
 * a magnitude of about one, batch norm near the identity. The caller closes *out. */
sfd_status sfd_net_random_weights(sfd_weights **out, const sfd_net *net, uint64_t seed,
                                  sfd_error *err);

#endif
