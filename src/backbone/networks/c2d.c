/* SPDX-License-Identifier: Apache-2.0 */
/* Networks without temporal kernels; c2d max-pools time by 2 behind res2. */
#include "backbone/networks/networks.h"

void sfd_network_c2d(sfd_net *net)
{
    sfd_build_single(net, &(sfd_single_desc){
                              .time_kernels = {1, 1, 1, 1, 1}, .narrow = 1, .halves_frames = true});
}

void sfd_network_2d(sfd_net *net)
{
    sfd_build_single(net, &(sfd_single_desc){.time_kernels = {1, 1, 1, 1, 1}, .narrow = 1});
}
