/* SPDX-License-Identifier: Apache-2.0 */
/* Joining what is heard with what is seen. */
#include "backbone/audio.h"

static const sfd_audio_fusion_fn fusions[] = {
#define ENTRY(fusion, name) [SFD_AUDIO_FUSION_##fusion] = sfd_audio_fusion_##name,
    SFD_AUDIO_FUSIONS(ENTRY)
#undef ENTRY
};

void sfd_fuse_audio(sfd_net *net, const char *stage, int after, sfd_heard_and_seen *x)
{
    const sfd_net_config *c = &net->config;
    if (c->audio.fused >> after & 1)
        fusions[c->audio.fusion](net, stage, after, x);
    else if (c->lateral_stages >> after & 1)
        x->slow = sfd_add_lateral(net, stage, x->slow, x->fast);
}
