/* SPDX-License-Identifier: Apache-2.0 */
/* The slow pathway alone ("Slow-only"). */
#include "backbone/networks/networks.h"

void sfd_network_slow(sfd_net *net)
{
    sfd_build_single(
        net, &(sfd_single_desc){1, .kernels = {{1, 1}, {1, 1}, {3, 3}, {3, 3}}, .narrow = 1});
}
