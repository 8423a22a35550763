/* SPDX-License-Identifier: Apache-2.0 */
/* The networks: how each is put together from parts. */
#ifndef SFD_BACKBONE_NETWORKS_H
#define SFD_BACKBONE_NETWORKS_H

#include "backbone/parts.h"

typedef void (*sfd_network_fn)(sfd_net *net);

#define SFD_ENTRY(arch, name, n_pathways) void sfd_network_##name(sfd_net *net);
SFD_ARCHS(SFD_ENTRY)
#undef SFD_ENTRY

/* One pathway: stem, residual stages. */
typedef struct sfd_single_desc {
    int time_kernels[1 + SFD_N_STAGES]; /* stem, res2 .. res5 */
    int narrow;                         /* divides all widths */
    bool halves_frames;                 /* behind res2 */
} sfd_single_desc;

void sfd_build_single(sfd_net *net, const sfd_single_desc *d);

#endif
