/* SPDX-License-Identifier: Apache-2.0 */
/* From a configuration to its network. */
#include "backbone/net.h"

#include "backbone/networks/networks.h"
#include "base/error.h"

#include <stdio.h>

static const sfd_network_fn networks[] = {
#define ENTRY(arch, name, ...) [SFD_ARCH_##arch] = sfd_network_##name,
    SFD_ARCHS(ENTRY)
#undef ENTRY
};

sfd_status sfd_net_build(sfd_net *net, const sfd_net_config *config, sfd_error *err)
{
    return sfd_net_build_synchronised(net, config, 0, 0, err);
}

sfd_status sfd_net_build_synchronised(sfd_net *net, const sfd_net_config *config,
                                      unsigned sync_stages, int width, sfd_error *err)
{
    *net = (sfd_net){.config = *config,
                     .n_pathways = sfd_net_config_n_pathways(config),
                     .sync_stages = sync_stages,
                     .sync_width = width};
    sfd_status status = sfd_net_config_check(config, err);
    if (status != SFD_OK)
        return status;
    snprintf(net->graph.name, sizeof net->graph.name, "%s", config->name);
    sfd_input_make(&net->input, config);
    networks[config->arch](net);
    if (config->relation_convs > 0)
        sfd_build_relation(net);
    return net->graph.failed || net->relation.failed ? sfd_fail_nomem(err, config->name) : SFD_OK;
}

void sfd_net_free(sfd_net *net)
{
    sfd_graph_free(&net->graph);
    sfd_graph_free(&net->relation);
    *net = (sfd_net){0};
}
