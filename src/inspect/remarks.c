/* SPDX-License-Identifier: Apache-2.0 */
/* Networks and weight files in words. */
#include "inspect/remarks.h"

#include "base/error.h"
#include "base/labels.h"
#include "detect/params.h"
#include "weights/names/names.h"
#include "weights/weights_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More names than this are only counted. */
#define MAX_NAMED 12

/* ------------------------------------------------------------------ conventions */

static sfd_status remark_picture(sfd_notes *notes, const sfd_net_config *c, sfd_error *err)
{
    const char *boxes = c->boxes_scaled_per_axis ? "scaled per axis, not clipped"
                                                 : "clipped, scaled by one factor, clipped";
    char size[96];
    if (c->fixed_size[0] > 0)
        snprintf(size, sizeof size, "%d x %d", c->fixed_size[0], c->fixed_size[1]);
    else if (c->max_long_side > 0)
        snprintf(size, sizeof size, "short side %d, long side at most %d, both rounded to nearest",
                 c->test_crop_size, c->max_long_side);
    else
        snprintf(size, sizeof size, "short side %d, long side rounded %s", c->test_crop_size,
                 c->round_long_side ? "to nearest" : "down");
    return sfd_notes_add(notes, err, "picture: %s%s; boxes %s", size, c->flip ? ", mirrored" : "",
                         boxes);
}

/* Where the fast pathway is shown something else than the slow one. */
static sfd_status remark_fast_input(sfd_notes *notes, const sfd_net_config *c, sfd_error *err)
{
    static const char *const what[] = {
#define ENTRY(input, name, words) [SFD_FAST_INPUT_##input] = words,
        SFD_FAST_INPUTS(ENTRY)
#undef ENTRY
    };
    if (c->fast_input == SFD_FAST_INPUT_RGB && c->fast_shrink == 1)
        return SFD_OK;
    return sfd_notes_add(notes, err, "fast pathway: %s%s", what[c->fast_input],
                         c->fast_shrink > 1 ? ", half as large" : "");
}

/* "behind the stem, res3 and ..." */
static void name_stages(char text[64], int stages)
{
    size_t n = 0;
    text[0] = '\0';
    for (int i = 0; i < SFD_N_STAGES; i++) {
        const bool last = stages >> (i + 1) == 0;
        char stage[8] = "stem";
        if (!(stages >> i & 1))
            continue;
        if (i > 0)
            snprintf(stage, sizeof stage, "res%d", i + 1);
        n += (size_t)snprintf(text + n, 64 - n, "%s%s", n == 0 ? "" : last ? " and " : ", ", stage);
    }
}

static sfd_status remark_sound(sfd_notes *notes, const sfd_net_config *c, sfd_error *err)
{
    static const char *const how[] = {[SFD_AUDIO_FUSION_JOINT] = "A->FS",
                                      [SFD_AUDIO_FUSION_CHAIN] = "A->F->S",
                                      [SFD_AUDIO_FUSION_NONLOCAL] = "non-local"};
    const sfd_audio_config *a = &c->audio;
    char stages[64];
    if (!sfd_net_config_listens(c))
        return SFD_OK;
    if (sfd_net_config_n_pathways(c) == 0)
        return sfd_notes_add(
            notes, err,
            "sound: features of MMAction2, or made of %d Hz: %d of a clip's windows "
            "of %d ms, every %d ms, %d mel bands, dB from 0 to 1",
            a->rate, a->n_steps, a->window_ms, a->step_ms, a->n_mels);
    name_stages(stages, a->fused);
    const sfd_status status = sfd_notes_add(
        notes, err,
        "sound: %d Hz; %d windows of %d ms, every %d ms, spread over the clip, %d mel bands, ln, "
        "mean %g, std %g",
        a->rate, a->n_steps, a->window_ms, a->step_ms, a->n_mels, a->mean, a->std);
    if (status != SFD_OK)
        return status;
    return a->fused ? sfd_notes_add(notes, err, "sound joins behind %s: %s", stages, how[a->fusion])
                    : sfd_notes_add(notes, err, "sound joins in the head alone");
}

static sfd_status remark_clip(sfd_notes *notes, const sfd_net_config *c, sfd_error *err)
{
    const int offset = abs(c->centre_offset_frames);
    char centre[80] = "";
    if (offset > 0)
        snprintf(centre, sizeof centre, ", centre %d frame%s %s the keyframe", offset,
                 sfd_plural((size_t)offset), c->centre_offset_frames > 0 ? "after" : "before");
    return sfd_notes_add(notes, err, "clip: %d frame%s, every %d of %s%s", c->num_frames,
                         sfd_plural((size_t)c->num_frames), c->sampling_rate,
                         sfd_net_config_n_pathways(c) == 0 ? "the video's own, which are only heard"
                         : c->frame_timestamps
                             ? "the video's own; timestamps are their numbers, from 1"
                             : "a 30 fps video",
                         centre);
}

sfd_status sfd_remark_conventions(sfd_notes *notes, const sfd_head_desc *head, sfd_error *err)
{
    const sfd_net_config *c = head->config;
    sfd_status status =
        sfd_notes_add(notes, err, "conventions: those of %s", sfd_family_name(c->family));
    if (status == SFD_OK)
        status = remark_clip(notes, c, err);
    if (status == SFD_OK && sfd_net_config_n_pathways(c) == 2)
        status = sfd_notes_add(notes, err, "slow pathway: %d of them, %s", c->num_frames / c->alpha,
                               c->slow_sampling == SFD_SLOW_STRIDE
                                   ? "every alpha-th"
                                   : "evenly spread, both ends included");
    if (status == SFD_OK)
        status = remark_fast_input(notes, c, err);
    if (status == SFD_OK)
        status = remark_sound(notes, c, err);
    const bool sees = sfd_net_config_n_pathways(c) > 0;
    if (status == SFD_OK && sees)
        status = remark_picture(notes, c, err);
    if (status == SFD_OK && sees)
        status = sfd_notes_add(notes, err, "%s / 255, mean %g %g %g, std %g %g %g",
                               c->bgr ? "BGR" : "RGB", c->mean[0], c->mean[1], c->mean[2],
                               c->std[0], c->std[1], c->std[2]);
    if (status == SFD_OK)
        status = head->kind->remark(head, notes, err);
    return status;
}

/* ------------------------------------------------------------------ weights against network */

typedef struct comparison {
    const sfd_weights *weights;
    sfd_notes *notes;
    size_t n_wrong;
} comparison;

static sfd_status compare_param(void *user, const sfd_param_desc *p, sfd_error *err)
{
    comparison *c = user;
    const sfd_tensor_info *info;
    sfd_error why;
    if (sfd_param_find(&info, c->weights, p, &why) == SFD_OK)
        return SFD_OK;
    return c->n_wrong++ < MAX_NAMED ? sfd_notes_add(c->notes, err, "does not fit: %s", why.message)
                                    : SFD_OK;
}

static sfd_status remark_unknown(sfd_notes *notes, const sfd_net *net, const sfd_weights *weights,
                                 sfd_error *err)
{
    size_t n_unknown = 0;
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < sfd_weights_count(weights); i++) {
        const char *name = sfd_weights_info(weights, i)->name;
        if (sfd_is_bookkeeping(name) || sfd_model_has_param(net, name))
            continue;
        if (n_unknown++ < MAX_NAMED)
            status = sfd_notes_add(notes, err, "unknown: tensor \"%s\" has no place in the network",
                                   name);
    }
    if (status == SFD_OK && n_unknown > MAX_NAMED)
        status = sfd_notes_add(notes, err, "unknown: %zu more tensor%s", n_unknown - MAX_NAMED,
                               sfd_plural(n_unknown - MAX_NAMED));
    return status;
}

static sfd_status remark_ignored(sfd_notes *notes, const sfd_weights *weights, sfd_error *err)
{
    const char *reason, *name;
    size_t n = 0;
    sfd_status status = SFD_OK;
    for (; status == SFD_OK && (name = sfd_weights_ignored(weights, n, &reason)); n++)
        if (n < MAX_NAMED)
            status = sfd_notes_add(notes, err, "ignored: %s (%s)", name, reason);
    if (status == SFD_OK && n > MAX_NAMED)
        status = sfd_notes_add(notes, err, "ignored: %zu more entr%s", n - MAX_NAMED,
                               n - MAX_NAMED == 1 ? "y" : "ies");
    return status;
}

/* The classes that the weights name themselves; MAX_NAMED of them fit into the text. */
static sfd_status remark_classes(sfd_notes *notes, const sfd_weights *weights, sfd_error *err)
{
    const char *list = sfd_weights_metadata(weights, SFD_METADATA_LABELS);
    sfd_label_map map;
    char text[512] = "";
    size_t n = 0, n_named = 0;
    if (!list)
        return SFD_OK;
    sfd_status status = sfd_label_map_parse(&map, SFD_METADATA_LABELS, list, strlen(list),
                                            SFD_LABELS_ANY_LAYOUT, err);
    for (int id = 1; status == SFD_OK && id <= map.max_id && n_named < MAX_NAMED; id++) {
        if (!sfd_label_name(&map, id))
            continue;
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%d %.32s", n > 0 ? ", " : "", id,
                              sfd_label_name(&map, id));
        n_named++;
    }
    if (status == SFD_OK)
        status =
            sfd_notes_add(notes, err, "classes: %s%s", text, map.n_labels > n_named ? ", ..." : "");
    sfd_label_map_free(&map);
    return status;
}

sfd_status sfd_remark_weights(sfd_notes *notes, const sfd_net *net, const sfd_weights *weights,
                              sfd_error *err)
{
    const char *code_base = sfd_weights_code_base(weights);
    comparison c = {weights, notes, 0};
    sfd_status status =
        sfd_notes_add(notes, err, "weights: %zu tensor%s%s%s", sfd_weights_count(weights),
                      sfd_plural(sfd_weights_count(weights)),
                      code_base ? " with the names of " : "", code_base ? code_base : "");
    if (status == SFD_OK)
        status = remark_classes(notes, weights, err);
    if (status == SFD_OK)
        status = sfd_model_each_param(net, compare_param, &c, err);
    if (status == SFD_OK && c.n_wrong > MAX_NAMED)
        status = sfd_notes_add(notes, err, "does not fit: %zu more tensor%s", c.n_wrong - MAX_NAMED,
                               sfd_plural(c.n_wrong - MAX_NAMED));
    if (status == SFD_OK)
        status = remark_unknown(notes, net, weights, err);
    if (status == SFD_OK)
        status = remark_ignored(notes, weights, err);
    return status;
}
