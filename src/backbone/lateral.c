/* SPDX-License-Identifier: Apache-2.0 */
/* Joining the pathways as the configuration says. */
#include "backbone/laterals/laterals.h"
#include "graph/ops/upsample.h"

#include <stdio.h>

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
    int lateral = laterals[net->config.lateral](net, stage, fast);
    if (lateral == SFD_NO_TENSOR)
        return slow;
    if (net->input.pathways[1].shrink != net->input.pathways[0].shrink) {
        char name[SFD_MAX_NODE_NAME];
        snprintf(name, sizeof name, "%s.enlarge", stage);
        lateral = sfd_graph_add_upsample_to(&net->graph, name, lateral, slow);
    }
    const int both = merges[net->config.lateral_merge](net, stage, slow, lateral);
    sfd_name_stage(net, both, stage, 0);
    return both;
}
