/* SPDX-License-Identifier: Apache-2.0 */
/* What tensors tell of a pathway that listens. */
#include "weights/infer_audio.h"

#include "base/error.h"

#include <stdio.h>

#define MAX_CHANNELS 65536

/* A convolution's weights, *out NULL where it is not there. */
static sfd_status find_conv(const sfd_tensor_info **out, const sfd_weights *w, const char *name,
                            sfd_error *err)
{
    const sfd_tensor_info *t = *out = sfd_weights_find(w, name);
    for (int i = 0; t && i < t->n_dims; i++)
        if (t->dims[i] == 0 || t->dims[i] > MAX_CHANNELS)
            return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor %s: wanted sizes from 1 to %d",
                            w->origin, name, MAX_CHANNELS);
    if (t && t->n_dims != 5)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: tensor %s: wanted a three-dimensional convolution", w->origin, name);
    return SFD_OK;
}

static sfd_status infer_width(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    static const char name[] = "s1.pathway2_stem.conv_t.weight";
    const sfd_tensor_info *t;
    const sfd_status status = find_conv(&t, w, name, err);
    if (status != SFD_OK)
        return status;
    if (!t)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor %s is missing", w->origin, name);
    if (t->dims[0] > (size_t)c->width_per_group)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor %s: wider than the slow pathway's",
                        w->origin, name);
    c->audio.beta_inv = c->width_per_group / (int)t->dims[0];
    return SFD_OK;
}

static sfd_status infer_laterals(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    c->lateral_stages = 0;
    c->bare_lateral = false;
    for (int i = 0; i < SFD_N_STAGES; i++) {
        char name[SFD_MAX_TENSOR_NAME];
        const sfd_tensor_info *t;
        snprintf(name, sizeof name, "s%d_fuse.conv_f2s.weight", i + 1);
        const sfd_status status = find_conv(&t, w, name, err);
        if (status != SFD_OK)
            return status;
        if (!t)
            continue;
        c->lateral_stages |= 1 << i;
        c->fusion_ratio = (int)(t->dims[0] / t->dims[1]);
        c->fusion_kernel = (int)t->dims[2];
    }
    return SFD_OK;
}

/* Convolutions along time behind one stage, called conv_KIND_0 ... */
static sfd_status infer_convs(const sfd_weights *w, sfd_audio_config *a, int stage,
                              const char *kind, sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME];
    const sfd_tensor_info *first;
    snprintf(name, sizeof name, "s%d_fuse.conv_%s_0.weight", stage + 1, kind);
    const sfd_status status = find_conv(&first, w, name, err);
    if (status != SFD_OK || !first)
        return status;
    const bool again = a->fused != 0;
    const int channels = (int)first->dims[0];
    a->fused |= 1 << stage;
    a->fusion_kernel = (int)first->dims[3];
    /* as many everywhere, or in proportion to the stage's */
    a->fusion_channels = again && channels != a->fusion_channels ? 0 : channels;
    a->fusion_ratio = (float)channels / (float)first->dims[1];
    for (a->fusion_convs = 1;; a->fusion_convs++) {
        snprintf(name, sizeof name, "s%d_fuse.conv_%s_%d.weight", stage + 1, kind, a->fusion_convs);
        if (!sfd_weights_find(w, name))
            return SFD_OK;
    }
}

static sfd_status infer_fusions(const sfd_weights *w, sfd_audio_config *a, sfd_error *err)
{
    static const char *const kinds[] = {
        [SFD_AUDIO_FUSION_JOINT] = "a2fs", [SFD_AUDIO_FUSION_CHAIN] = "a2f"};
    sfd_status status = SFD_OK;
    a->fused = 0;
    a->fusion = SFD_AUDIO_FUSION_JOINT;
    for (int k = 0; k < 2 && a->fused == 0; k++)
        for (int i = 0; status == SFD_OK && i < SFD_N_STAGES; i++) {
            status = infer_convs(w, a, i, kinds[k], err);
            if (a->fused != 0)
                a->fusion = (sfd_audio_fusion)k;
        }
    for (int i = 0; status == SFD_OK && i < SFD_N_STAGES; i++) {
        char name[SFD_MAX_TENSOR_NAME];
        snprintf(name, sizeof name, "s%d_fuse.audio_nonlocal.conv_theta.weight", i + 1);
        if (!sfd_weights_find(w, name))
            continue;
        a->fusion = SFD_AUDIO_FUSION_NONLOCAL;
        a->fused |= 1 << i;
    }
    return status;
}

sfd_status sfd_infer_audio(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    sfd_status status = infer_width(w, c, err);
    if (status == SFD_OK)
        status = infer_laterals(w, c, err);
    if (status == SFD_OK)
        status = infer_fusions(w, &c->audio, err);
    c->audio.separate_stages = 0;
    for (int i = 0; i < SFD_N_STAGES; i++) {
        char name[SFD_MAX_TENSOR_NAME];
        snprintf(name, sizeof name, "s%d.pathway2_res0.branch2.t.weight", i + 2);
        c->audio.separate_stages += sfd_weights_find(w, name) != NULL;
    }
    return status;
}
