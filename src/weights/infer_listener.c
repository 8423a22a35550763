/* SPDX-License-Identifier: Apache-2.0 */
/* What tensors tell of a network that only listens: MMAction2's recognisers of sound. */
#include "weights/infer_listener.h"

#include "base/error.h"
#include "weights/names/pyslowfast.h"

#include <stdio.h>
#include <string.h>

#define MAX_WIDTH 1024

static const char stem_t[] = "s1.pathway0_stem.conv_t.weight";
static const char stem[] = "s1.pathway0_stem.conv.weight";

bool sfd_only_listens(const sfd_weights *w)
{
    const sfd_tensor_info *t = sfd_weights_find(w, stem);
    return sfd_weights_find(w, stem_t) || (t && t->n_dims >= 4 && t->dims[1] == 1);
}

static sfd_status fail_tensor(const sfd_weights *w, const sfd_tensor_info *t, const char *problem,
                              sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor %s: %s", w->origin,
                    sfd_tensor_spelling((const sfd_tensor *)t), problem);
}

static const sfd_tensor_info *find(const sfd_weights *w, int stage, int block, const char *layer)
{
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, SFD_NAME_BLOCK ".branch2.%s.weight", stage + 2, 0, block, layer);
    return sfd_weights_find(w, name);
}

static sfd_status fail_missing(const sfd_weights *w, int stage, int block, const char *layer,
                               sfd_error *err)
{
    char name[SFD_MAX_TENSOR_NAME], spelled[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, SFD_NAME_BLOCK ".branch2.%s.weight", stage + 2, 0, block, layer);
    return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor %s is missing", w->origin,
                    sfd_weights_spelling(w, name, spelled));
}

static sfd_status infer_stem(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    const sfd_tensor_info *t = sfd_weights_find(w, stem_t);
    const bool before = sfd_net_config_n_pathways(c) == 0;
    c->arch = t ? SFD_ARCH_AUDIOONLY : SFD_ARCH_TSN_AUDIO;
    if (!t)
        t = sfd_weights_find(w, stem);
    if (t->n_dims < 4 || t->n_dims > 5)
        return fail_tensor(w, t, "wanted a convolution over time and frequency", err);
    if (t->dims[1] != 1 || t->dims[0] == 0 || t->dims[0] > MAX_WIDTH)
        return fail_tensor(w, t, "wanted one channel in, and 1 to 1024 out", err);
    c->width_per_group = (int)t->dims[0];
    c->num_groups = 1;
    c->detection = c->global_context = false;
    c->relation_convs = 0;
    if (!before)
        sfd_net_config_set_features(c);
    return SFD_OK;
}

static sfd_status infer_stage(const sfd_weights *w, sfd_net_config *c, int stage, sfd_error *err)
{
    int n = 0;
    while (find(w, stage, n, "a"))
        if (++n > SFD_MAX_STAGE_BLOCKS)
            return fail_tensor(w, find(w, stage, 0, "a"), "more blocks in a stage than supported",
                               err);
    if (n == 0 || find(w, stage, n + 1, "a"))
        return fail_missing(w, stage, n, "a", err);
    c->n_blocks[stage] = n;
    c->nonlocal_blocks[stage][0] = 0;
    return SFD_OK;
}

/* Blocks of two convolutions, of three, and of three whose second one is in two parts; those parts
 * come in the first stages. */
static sfd_status infer_blocks(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    c->basic_blocks = c->arch == SFD_ARCH_TSN_AUDIO && !find(w, 0, 0, "c") && !find(w, 1, 0, "c");
    c->audio.separate_stages = 0;
    for (int i = 0; c->arch == SFD_ARCH_AUDIOONLY && i < SFD_N_STAGES; i++) {
        const sfd_tensor_info *t = find(w, i, 0, "t");
        if (t && c->audio.separate_stages < i)
            return fail_tensor(
                w, t, "looks at time and frequency apart behind a stage that does not", err);
        c->audio.separate_stages += t != NULL;
    }
    return SFD_OK;
}

static int depth_of(const sfd_net_config *c)
{
    int n = 0;
    for (int i = 0; i < SFD_N_STAGES; i++)
        n += c->n_blocks[i];
    return (c->basic_blocks ? 2 : 3) * n + 2;
}

sfd_status sfd_infer_listener(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    sfd_status status = infer_stem(w, c, err);
    for (int i = 0; status == SFD_OK && i < SFD_N_STAGES; i++)
        status = infer_stage(w, c, i, err);
    if (status == SFD_OK)
        status = infer_blocks(w, c, err);
    if (status == SFD_OK)
        c->depth = depth_of(c);
    return status;
}
