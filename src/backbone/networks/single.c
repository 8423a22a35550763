/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of one pathway. */
#include "backbone/networks/networks.h"
#include "graph/ops/max_pool.h"

static int add_time_pool(sfd_net *net, int x)
{
    sfd_window window = sfd_window_one;
    window.kernel[0] = window.stride[0] = sfd_net_config_time_pool(&net->config);
    x = sfd_graph_add_max_pool(&net->graph, "pathway0_pool", &window, x);
    sfd_name_stage(net, x, "s2_pool", 0);
    return x;
}

void sfd_build_single(sfd_net *net, const sfd_single_desc *d)
{
    int x = sfd_add_pathway_input(net, 0);
    x = sfd_add_stem(net, 0, d->stem_kernel, net->config.width_per_group / d->narrow, x);
    for (int stage = 0; stage < SFD_N_STAGES; stage++) {
        const sfd_stage_desc s = sfd_describe_stage(net, stage, 0, d->kernels[stage], d->narrow);
        x = sfd_add_stage(net, &s, x);
        if (stage == 0 && sfd_net_config_time_pool(&net->config) > 1)
            x = add_time_pool(net, x);
    }
    sfd_add_pathway_output(net, 0, x);
}
