/* SPDX-License-Identifier: Apache-2.0 */
/* Networks without temporal kernels. */
#include "backbone/networks/networks.h"

void sfd_network_2d(sfd_net *net)
{
    sfd_build_single(
        net, &(sfd_single_desc){1, .kernels = {{1, 1}, {1, 1}, {1, 1}, {1, 1}}, .narrow = 1});
}

void sfd_network_slow_c2d(sfd_net *net)
{
    sfd_network_2d(net);
}

void sfd_network_c2d(sfd_net *net)
{
    sfd_network_2d(net);
}
