/* SPDX-License-Identifier: Apache-2.0 */
/* Joining the pathways as the configuration says. */
#include "backbone/laterals/laterals.h"

static const sfd_lateral_fn laterals[] = {
#define ENTRY(lateral, name, channels) [SFD_LATERAL_##lateral] = sfd_lateral_##name,
    SFD_LATERALS(ENTRY)
#undef ENTRY
};

static const sfd_merge_fn merges[] = {
#define ENTRY(merge, name, equal) [SFD_MERGE_##merge] = sfd_merge_##name,
    SFD_MERGES(ENTRY)
#undef ENTRY
};

int sfd_add_lateral(sfd_net *net, const char *stage, int slow, int fast)
{
    const int lateral = laterals[net->config.lateral](net, stage, fast);
    if (lateral == SFD_NO_TENSOR)
        return slow;
    const int both = merges[net->config.lateral_merge](net, stage, slow, lateral);
    sfd_name_stage(net, both, stage, 0);
    return both;
}
