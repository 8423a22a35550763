/* SPDX-License-Identifier: Apache-2.0 */
/* J. Carreira, A. Zisserman, "Quo Vadis, Action Recognition? A New Model and the Kinetics Dataset",
 * CVPR 2017, as a ResNet: X. Wang et al., "Non-local Neural Networks", CVPR 2018. */
#include "backbone/networks/networks.h"

void sfd_network_slow_i3d(sfd_net *net)
{
    sfd_build_single(
        net, &(sfd_single_desc){5, .kernels = {{3, 3}, {3, 1}, {3, 1}, {1, 3}}, .narrow = 1});
}

void sfd_network_i3d(sfd_net *net)
{
    sfd_network_slow_i3d(net);
}
