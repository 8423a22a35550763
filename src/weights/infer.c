/* SPDX-License-Identifier: Apache-2.0 */
/* The architecture that names and shapes of the tensors tell. */
#include "weights/infer.h"

#include "base/error.h"
#include "weights/infer_audio.h"
#include "weights/infer_listener.h"
#include "weights/kind.h"
#include "weights/names/pyslowfast.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const sfd_tensor_info *find(const sfd_weights *w, const char *fmt, ...) SFD_PRINTF(2, 3);

static const sfd_tensor_info *find(const sfd_weights *w, const char *fmt, ...)
{
    char name[SFD_MAX_TENSOR_NAME];
    va_list args;
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    return sfd_weights_find(w, name);
}

static sfd_status fail_missing(const sfd_weights *w, sfd_error *err, const char *fmt, ...)
    SFD_PRINTF(3, 4);

static sfd_status fail_missing(const sfd_weights *w, sfd_error *err, const char *fmt, ...)
{
    char name[SFD_MAX_TENSOR_NAME], spelled[SFD_MAX_TENSOR_NAME];
    va_list args;
    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor %s is missing", w->origin,
                    sfd_weights_spelling(w, name, spelled));
}

static sfd_status fail_tensor(const sfd_weights *w, const sfd_tensor_info *t, const char *problem,
                              sfd_error *err)
{
    char shape[8 * 24] = "";
    for (int i = 0; i < t->n_dims; i++)
        snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%s%zu", i ? "x" : "",
                 t->dims[i]);
    return sfd_fail(err, SFD_ERR_MISMATCH, "%s: tensor %s of shape %s: %s", w->origin,
                    sfd_tensor_spelling((const sfd_tensor *)t), shape, problem);
}

/* A convolution's weights [Cout][Cin][T][H][W], with sizes that fit an int. */
static sfd_status check_conv(const sfd_weights *w, const sfd_tensor_info *t, sfd_error *err)
{
    if (t->n_dims == 4)
        return fail_tensor(w, t, "a network for single pictures, not for video", err);
    if (t->n_dims != 5)
        return fail_tensor(w, t, "wanted a three-dimensional convolution", err);
    for (int i = 0; i < t->n_dims; i++)
        if (t->dims[i] == 0 || t->dims[i] > 65536)
            return fail_tensor(w, t, "wanted sizes from 1 to 65536", err);
    return SFD_OK;
}

/* Pooling of time leaves no trace in the tensors. */
static sfd_arch i3d_or_as_it_was(const sfd_net_config *c)
{
    return c->arch == SFD_ARCH_SLOW_I3D ? c->arch : SFD_ARCH_I3D;
}

static bool listens(const sfd_weights *w)
{
    return find(w, SFD_NAME_STEM ".conv_t.weight", 2) || find(w, SFD_NAME_STEM ".bn.weight", 2);
}

static sfd_status infer_stems(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    static const size_t frames[SFD_MAX_PATHWAYS] = {1, 5};
    const sfd_tensor_info *stem[SFD_MAX_PATHWAYS];
    for (int p = 0; p < SFD_MAX_PATHWAYS; p++) {
        stem[p] = find(w, SFD_NAME_STEM ".conv.weight", p);
        if (!stem[p])
            continue;
        sfd_status status = check_conv(w, stem[p], err);
        if (status != SFD_OK)
            return status;
        if (stem[p]->dims[1] != 3)
            return fail_tensor(w, stem[p], "takes pictures of other than 3 channels: optical flow?",
                               err);
        const bool i3d = p == 0 && stem[p]->dims[2] == 5;
        if ((stem[p]->dims[2] != frames[p] && !i3d) || stem[p]->dims[3] != 7)
            return fail_tensor(w, stem[p],
                               p == 0 ? "no stem of 3 channels, 1x7x7 or, of I3D, 5x7x7"
                                      : "no fast pathway's stem (3 channels, 5x7x7)",
                               err);
    }
    if (stem[0] && stem[1] && stem[0]->dims[2] != 1)
        return fail_tensor(w, stem[0], "no slow pathway's stem (3 channels, 1x7x7)", err);
    for (int p = 0; p < SFD_MAX_PATHWAYS; p++)
        if (!stem[p] && (find(w, SFD_NAME_STEM ".bn.weight", p) ||
                         find(w, SFD_NAME_BLOCK ".branch2.a.weight", 2, p, 0)))
            return fail_missing(w, err, SFD_NAME_STEM ".conv.weight", p);
    if (!stem[0])
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: has no s1.pathway0_stem.conv.weight: not a SlowFast or Slow network "
                        "(X3D, MViT?), or only a part of one",
                        w->origin);
    c->arch = stem[1] && listens(w)   ? SFD_ARCH_AVSLOWFAST
              : stem[1]               ? SFD_ARCH_SLOWFAST
              : stem[0]->dims[2] == 1 ? SFD_ARCH_SLOW
                                      : i3d_or_as_it_was(c);
    c->width_per_group = (int)stem[0]->dims[0];
    if (stem[1])
        c->beta_inv = (int)(stem[0]->dims[0] / stem[1]->dims[0]);
    return c->beta_inv > 0 ? SFD_OK : fail_tensor(w, stem[1], "wider than the slow pathway's", err);
}

static sfd_status infer_fusion(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    const sfd_tensor_info *t = find(w, SFD_NAME_FUSE ".conv_f2s.weight", 1);
    if (c->arch == SFD_ARCH_AVSLOWFAST)
        return sfd_infer_audio(w, c, err);
    if (c->arch != SFD_ARCH_SLOWFAST)
        return SFD_OK;
    if (!t &&
        (find(w, SFD_NAME_FUSE ".bn.weight", 1) || find(w, SFD_NAME_FUSE ".conv_f2s.weight", 2)))
        return fail_missing(w, err, SFD_NAME_FUSE ".conv_f2s.weight", 1);
    if (!t)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: two pathways, but no s1_fuse.conv_f2s.weight to join them", w->origin);
    sfd_status status = check_conv(w, t, err);
    if (status != SFD_OK)
        return status;
    c->fusion_ratio = (int)(t->dims[0] / t->dims[1]);
    c->fusion_kernel = (int)t->dims[2];
    c->bare_lateral =
        !find(w, SFD_NAME_FUSE ".bn.weight", 1) && !find(w, SFD_NAME_FUSE ".bn.running_mean", 1);
    return SFD_OK;
}

/* True when any convolution of a block is there. */
static bool has_block(const sfd_weights *w, int stage, int pathway, int block)
{
    return find(w, SFD_NAME_BLOCK ".branch2.a.weight", stage, pathway, block) ||
           find(w, SFD_NAME_BLOCK ".branch2.b.weight", stage, pathway, block) ||
           find(w, SFD_NAME_BLOCK ".branch2.c.weight", stage, pathway, block);
}

/* True when any block of the first stage has a third one, so that all should. */
static bool has_three_convolutions(const sfd_weights *w)
{
    for (int block = 0; block < 2; block++)
        for (int stage = 2; stage < 4; stage++)
            if (find(w, SFD_NAME_BLOCK ".branch2.c.weight", stage, 0, block))
                return true;
    return false;
}

/* I3D looks at three frames in every other block, beginning with the second one in res5. */
static bool is_i3d_kernel(int stage, int block, size_t frames)
{
    const bool one = stage > 0 && block % 2 == (stage < SFD_N_STAGES - 1);
    return frames == (one ? 1 : 3);
}

static sfd_status check_time_kernel(const sfd_weights *w, const sfd_tensor_info *a, sfd_arch arch,
                                    int stage, int pathway, int block, int n_temporal,
                                    sfd_error *err)
{
    const size_t frames = a->dims[2];
    if (arch == SFD_ARCH_I3D || arch == SFD_ARCH_SLOW_I3D)
        return is_i3d_kernel(stage, block, frames)
                   ? SFD_OK
                   : fail_tensor(w, a, "a temporal kernel that I3D has not", err);
    if (frames > 3 || frames == 2 || (frames == 3 && pathway == 0 && stage < 2))
        return fail_tensor(w, a, "a temporal kernel that SlowFast has not", err);
    if (frames == 3 && n_temporal < block)
        return fail_tensor(w, a, "a temporal kernel behind a block without one", err);
    return SFD_OK;
}

/* Blocks of one stage and pathway: their number, temporal kernels, non-local positions. */
static sfd_status infer_stage(const sfd_weights *w, sfd_net_config *c, int i, int p, sfd_error *err)
{
    const sfd_tensor_info *a;
    int n = 0, n_temporal = 0;
    c->nonlocal_blocks[i][p] = 0;
    for (; (a = find(w, SFD_NAME_BLOCK ".branch2.a.weight", i + 2, p, n)); n++) {
        if (n == SFD_MAX_STAGE_BLOCKS)
            return fail_tensor(w, a, "more blocks in a stage than supported", err);
        sfd_status status = check_conv(w, a, err);
        if (status != SFD_OK)
            return status;
        if (!find(w, SFD_NAME_BLOCK ".branch2.c.weight", i + 2, p, n))
            return has_three_convolutions(w)
                       ? fail_missing(w, err, SFD_NAME_BLOCK ".branch2.c.weight", i + 2, p, n)
                       : fail_tensor(w, a,
                                     "a block of two convolutions (depth 18 or 34): not supported",
                                     err);
        status = check_time_kernel(w, a, c->arch, i, p, n, n_temporal, err);
        if (status != SFD_OK)
            return status;
        n_temporal += a->dims[2] == 3;
        if (find(w, SFD_NAME_NONLOCAL ".conv_theta.weight", i + 2, p, n))
            c->nonlocal_blocks[i][p] |= UINT64_C(1) << n;
    }
    if (has_block(w, i + 2, p, n) || has_block(w, i + 2, p, n + 1))
        return fail_missing(w, err, SFD_NAME_BLOCK ".branch2.a.weight", i + 2, p, n);
    if (n == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: pathway %d of res%d has %d blocks", w->origin,
                        p, i + 2, n);
    if (p == 0)
        c->n_blocks[i] = n;
    else
        c->fast_blocks[i] = n == c->n_blocks[i] ? 0 : n;
    /* The slow pathway's res2 and res3 have no temporal kernels to count, I3D all that it can. */
    const bool all = p == 0 && (i < 2 || c->arch == SFD_ARCH_I3D || c->arch == SFD_ARCH_SLOW_I3D);
    c->num_block_temp_kernel[i][p] = all ? n : n_temporal;
    return SFD_OK;
}

static int depth_of(const int n_blocks[SFD_N_STAGES])
{
    int n = 0;
    for (int i = 0; i < SFD_N_STAGES; i++)
        n += n_blocks[i];
    return n == 8 ? 18 : 3 * n + 2; /* PySlowFast calls its smallest bottleneck network 18 */
}

static sfd_status infer_groups(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    const sfd_tensor_info *b = find(w, SFD_NAME_BLOCK ".branch2.b.weight", 2, 0, 0);
    if (!b)
        return fail_missing(w, err, SFD_NAME_BLOCK ".branch2.b.weight", 2, 0, 0);
    sfd_status status = check_conv(w, b, err);
    if (status == SFD_OK && b->dims[0] % b->dims[1] != 0)
        status = fail_tensor(w, b, "its channels do not divide into groups", err);
    if (status == SFD_OK)
        c->num_groups = (int)(b->dims[0] / b->dims[1]);
    return status;
}

static sfd_status infer_head(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    const sfd_tensor_info *head = find(w, SFD_NAME_HEAD ".weight"), *first = head, *last;
    size_t n_features = 0;
    c->classifier = SFD_CLASSIFIER_LINEAR;
    if (!head && (head = find(w, SFD_NAME_HEAD ".2.weight"))) {
        first = find(w, SFD_NAME_HEAD ".0.weight");
        c->classifier = SFD_CLASSIFIER_MLP;
    }
    if (!head && (find(w, SFD_NAME_HEAD ".bias") || find(w, SFD_NAME_HEAD ".2.bias")))
        return fail_missing(w, err, SFD_NAME_HEAD "%s.weight",
                            find(w, SFD_NAME_HEAD ".bias") ? "" : ".2");
    if (head && !first)
        return fail_missing(w, err, SFD_NAME_HEAD ".0.weight");
    if (!head)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: has no classifier (" SFD_NAME_HEAD
                        ".weight): a backbone alone, which training can give one",
                        w->origin);
    if (head->n_dims != 2 || head->dims[0] == 0 || head->dims[0] > 100000)
        return fail_tensor(w, head, "wanted classes x features", err);
    if (first->n_dims != 2)
        return fail_tensor(w, first, "wanted a matrix", err);
    for (int p = 0; p < sfd_net_config_n_pathways(c); p++) { /* none where it only listens */
        last = find(w, SFD_NAME_BLOCK ".branch2.c.weight", 5, p, 0);
        if (last && last->n_dims == 5)
            n_features += last->dims[0];
    }
    c->num_classes = (int)head->dims[0];
    c->global_context =
        n_features > 0 && !sfd_net_config_listens(c) && first->dims[1] == 2 * n_features;
    return SFD_OK;
}

/* MMAction2's ACRN: a first convolution of 1x1, then those of 3x3. */
static sfd_status infer_relation(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    const sfd_tensor_info *first = find(w, "head.relation.conv1.weight");
    c->relation_convs = c->relation_channels = 0;
    if (!first)
        return SFD_OK;
    sfd_status status = check_conv(w, first, err);
    if (status != SFD_OK)
        return status;
    c->relation_convs = 1;
    c->relation_channels = (int)first->dims[0];
    c->global_context = false;
    while (find(w, "head.relation.convs%d.weight", c->relation_convs - 1))
        if (++c->relation_convs > SFD_MAX_RELATION_CONVS)
            return fail_tensor(w, first, "more convolutions behind it than supported", err);
    return SFD_OK;
}

sfd_status sfd_infer_architecture(const sfd_weights *w, sfd_net_config *c, sfd_error *err)
{
    const sfd_arch before = c->arch;
    if (sfd_only_listens(w)) {
        const sfd_status heard = sfd_infer_listener(w, c, err);
        return heard == SFD_OK ? infer_head(w, c, err) : heard;
    }
    sfd_status status = infer_stems(w, c, err);
    if (status == SFD_OK)
        status = infer_fusion(w, c, err);
    for (int i = 0; status == SFD_OK && i < SFD_N_STAGES; i++)
        for (int p = 0; status == SFD_OK && p < sfd_net_config_n_pathways(c); p++)
            status = infer_stage(w, c, i, p, err);
    if (status == SFD_OK)
        status = infer_groups(w, c, err);
    if (status == SFD_OK)
        status = infer_head(w, c, err);
    if (status == SFD_OK)
        status = infer_relation(w, c, err);
    if (status != SFD_OK)
        return status;
    c->depth = depth_of(c->n_blocks);
    if (c->arch == SFD_ARCH_SLOW && c->num_block_temp_kernel[2][0] == 0 &&
        c->num_block_temp_kernel[3][0] == 0)
        c->arch = before == SFD_ARCH_2D || before == SFD_ARCH_SLOW_C2D ? before : SFD_ARCH_C2D;
    return SFD_OK;
}

/* Tensors that belong to no known SlowFast: what they seem to be instead. */
sfd_status sfd_infer_fail_foreign(const sfd_weights *w, sfd_error *err)
{
    const sfd_weights_guess guess = sfd_weights_guess_kind(w);
    if (w->n_tensors == 0)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: holds no tensors", w->origin);
    if (guess.what)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: seems to be %s%s; wanted a SlowFast or Slow network of PySlowFast, "
                        "MMAction2 or PyTorchVideo",
                        w->origin, guess.what,
                        guess.kind == SFD_KIND_PERSONS
                            ? ", a detector, which finds persons and does not know what they do"
                        : guess.kind == SFD_KIND_DETECTOR ? ", a detector for single pictures"
                                                          : "");
    return sfd_fail(err, SFD_ERR_MISMATCH,
                    "%s: its %zu tensor%s (the first is %.80s) %s not named as PySlowFast, Caffe2, "
                    "MMAction2 or PyTorchVideo name them",
                    w->origin, w->n_tensors, sfd_plural(w->n_tensors), w->tensors[0]->name,
                    w->n_tensors == 1 ? "is" : "are");
}
