/* SPDX-License-Identifier: Apache-2.0 */
/* The networks: how each is put together from parts. */
#ifndef SFD_BACKBONE_NETWORKS_H
#define SFD_BACKBONE_NETWORKS_H

#include "backbone/parts.h"

typedef void (*sfd_network_fn)(sfd_net *net);

#define SFD_ENTRY(arch, name, ...) void sfd_network_##name(sfd_net *net);
SFD_ARCHS(SFD_ENTRY)
#undef SFD_ENTRY

/* One pathway: stem, residual stages. */
typedef struct sfd_single_desc {
    int stem_kernel;                        /* frames */
    sfd_time_kernels kernels[SFD_N_STAGES]; /* res2 .. res5 */
    int narrow;                             /* divides all widths */
} sfd_single_desc;

void sfd_build_single(sfd_net *net, const sfd_single_desc *d);

#endif
