/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from a network's kind. */
#include "config/config.h"

int sfd_net_config_n_pathways(const sfd_net_config *c)
{
#define ENTRY(arch, name, n_pathways, ...) [SFD_ARCH_##arch] = n_pathways,
    static const int n_pathways[] = {SFD_ARCHS(ENTRY)};
#undef ENTRY
    return n_pathways[c->arch];
}

int sfd_net_config_time_pool(const sfd_net_config *c)
{
#define ENTRY(arch, name, n_pathways, pool, ...) [SFD_ARCH_##arch] = pool,
    static const int pools[] = {SFD_ARCHS(ENTRY)};
#undef ENTRY
    return pools[c->arch];
}

bool sfd_net_config_listens(const sfd_net_config *c)
{
#define ENTRY(arch, name, n_pathways, pool, listens) [SFD_ARCH_##arch] = listens,
    static const bool listens[] = {SFD_ARCHS(ENTRY)};
#undef ENTRY
    return listens[c->arch];
}

int sfd_net_config_frames(const sfd_net_config *c, int pathway)
{
    const bool slow_of_two = sfd_net_config_n_pathways(c) == 2 && pathway == 0;
    return slow_of_two ? c->num_frames / c->alpha : c->num_frames;
}

bool sfd_net_config_is_fast(const sfd_net_config *c, int pathway)
{
    return c->arch == SFD_ARCH_FAST || (sfd_net_config_n_pathways(c) == 2 && pathway == 1);
}
