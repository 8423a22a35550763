/* SPDX-License-Identifier: Apache-2.0 */
/* The fast pathway alone ("Fast-only"). */
#include "backbone/networks/networks.h"

void sfd_network_fast(sfd_net *net)
{
    sfd_build_single(net, &(sfd_single_desc){5, .kernels = {{3, 3}, {3, 3}, {3, 3}, {3, 3}},
                                             .narrow = net->config.beta_inv});
}
