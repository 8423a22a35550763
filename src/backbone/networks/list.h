/* SPDX-License-Identifier: Apache-2.0 */
/* The networks: SFD_NETWORK(A, x) stands for sfd_network_x of networks/x.c, for SFD_ARCH_A. */
SFD_NETWORK(SLOWFAST, slowfast)
SFD_NETWORK(SLOW, slow)
SFD_NETWORK(C2D, c2d)
SFD_NETWORK(2D, 2d)
