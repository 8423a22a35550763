/* SPDX-License-Identifier: Apache-2.0 */
/* Features of a frozen backbone, kept from run to run. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/outfile.h"
#include "base/video_file.h"
#include "train/actions.h"
#include "train/validate.h"

#include <sfdet/model.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATH_LEN 4096
#define HASH_START   0xcbf29ce484222325u /* FNV-1a */
#define HASH_PRIME   0x100000001b3u

static uint64_t hash_bytes(uint64_t h, const void *data, size_t n)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++)
        h = (h ^ p[i]) * HASH_PRIME;
    return h;
}

/* Of all that the features follow from, but for the frames. */
static uint64_t hash_network(const sfd_trainer *t)
{
    const size_t n = t->params.items[t->first_learned].at;
    return hash_bytes(HASH_START, t->params.value, n * sizeof *t->params.value);
}

static uint64_t hash_boxes(const sfd_trainer *t, const sfd_samples *s)
{
    uint64_t h = hash_bytes(hash_network(t), s->boxes, s->n_boxes * sizeof *s->boxes);
    h = hash_bytes(h, &t->s.timestamp_offset_s, sizeof t->s.timestamp_offset_s);
    for (size_t i = 0; i < s->n; i++) {
        h = hash_bytes(h, &s->items[i].timestamp_s, sizeof s->items[i].timestamp_s);
        h = hash_bytes(h, &s->videos[s->items[i].video].frames.header, sizeof(sfd_frame_header));
        h = hash_bytes(h, &s->videos[s->items[i].video].sound.header, sizeof(sfd_sound_header));
    }
    return h;
}

/* Of videos that are looked at as `views` tell. A missing one fails later on. */
static uint64_t hash_videos(const sfd_trainer *t, const sfd_classify_settings *views)
{
    char path[SFD_MAX_SAMPLE_PATH];
    const int64_t how[] = {views->n_clips, views->n_crops, views->short_side_px, views->crop_px,
                           (int64_t)views->sampling};
    uint64_t h = hash_bytes(hash_network(t), how, sizeof how);
    for (size_t i = 0; i < t->val.n; i++) {
        int64_t file[2];
        if (!sfd_samples_find_video(path, &t->val, t->val.items[i].video, t->s.videos) ||
            !sfd_video_stamp(path, &file[0], &file[1]))
            continue;
        h = hash_bytes(hash_bytes(h, path, strlen(path)), file, sizeof file);
    }
    return h;
}

static bool load_features(float *features, size_t n, const char *path, uint64_t hash)
{
    sfd_mapping m;
    sfd_error missing;
    if (sfd_load_file(&m, path, &missing) != SFD_OK)
        return false;
    const bool ok =
        m.n_bytes == sizeof hash + n * sizeof *features && memcmp(m.data, &hash, sizeof hash) == 0;
    if (ok)
        memcpy(features, m.data + sizeof hash, n * sizeof *features);
    sfd_unmap(&m);
    return ok;
}

static sfd_status save_features(const float *features, size_t n, const char *path, uint64_t hash,
                                sfd_error *err)
{
    sfd_outfile *f;
    sfd_status status = sfd_outfile_open(&f, path, err);
    if (status != SFD_OK)
        return status;
    fwrite(&hash, sizeof hash, 1, sfd_outfile_stream(f));
    fwrite(features, sizeof *features, n, sfd_outfile_stream(f));
    return sfd_outfile_commit(f, err);
}

static void features_path(char path[MAX_PATH_LEN], const sfd_trainer *t, const char *name)
{
    snprintf(path, MAX_PATH_LEN, "%s/cache/%s.features", t->s.out, name);
}

static sfd_status prepare_boxes(sfd_trainer *t, const sfd_samples *s, const char *name, float **out,
                                sfd_error *err)
{
    char path[MAX_PATH_LEN];
    const size_t n = s->n_boxes * t->head_desc.n_features;
    const uint64_t hash = hash_boxes(t, s);
    *out = sfd_malloc_array(n, sizeof **out);
    if (!*out)
        return sfd_fail_nomem(err, "features");
    features_path(path, t, name);
    if (load_features(*out, n, path, hash))
        return SFD_OK;
    sfd_status status = sfd_compute_features(*out, &t->net, &t->params, s, &t->s, err);
    return status == SFD_OK ? save_features(*out, n, path, hash, err) : status;
}

/* Room for the validation videos' features; false where they are too many. */
static bool make_room(sfd_trainer *t, size_t *n)
{
    const sfd_view_rows *v = &t->val_views;
    const bool fits = sfd_mul_size(t->val.n, v->n_views, n) && sfd_mul_size(*n, v->n_rows, n) &&
                      sfd_mul_size(*n, v->n_features, n);
    t->val_features = fits ? sfd_malloc_array(*n, sizeof *t->val_features) : NULL;
    return t->val_features;
}

static sfd_status run_views(sfd_trainer *t, sfd_video_classifier *c, sfd_error *err)
{
    char path[MAX_PATH_LEN];
    size_t n;
    sfd_status status = sfd_video_classifier_rows(&t->val_views, c, err);
    if (status != SFD_OK)
        return status;
    const uint64_t hash = hash_videos(t, sfd_video_classifier_views(c));
    float *scores = sfd_malloc_array(t->val.n, t->val.n_classes * sizeof *scores);
    if (!scores || !make_room(t, &n)) {
        free(scores);
        return sfd_fail_nomem(err, "features");
    }
    features_path(path, t, "val");
    if (!load_features(t->val_features, n, path, hash)) {
        status = sfd_run_videos(c, "features", scores, t->val_features, &t->val, &t->s, err);
        if (status == SFD_OK)
            status = save_features(t->val_features, n, path, hash, err);
    }
    free(scores);
    return status;
}

/* Whole videos are scored in all their views. */
static sfd_status prepare_videos(sfd_trainer *t, sfd_error *err)
{
    sfd_model *model = NULL;
    sfd_video_classifier *c = NULL;
    sfd_status status = sfd_params_to_model(&model, &t->params, &t->net, err);
    if (status == SFD_OK)
        status = sfd_open_video_views(&c, model, &t->s, err);
    if (status == SFD_OK)
        status = run_views(t, c, err);
    sfd_video_classifier_free(c);
    sfd_model_free(model);
    return status;
}

sfd_status sfd_actions_prepare_features(sfd_trainer *t, sfd_error *err)
{
    sfd_status status = prepare_boxes(t, &t->train, "train", &t->features, err);
    if (status != SFD_OK || t->val.n == 0)
        return status;
    return t->val.whole_videos ? prepare_videos(t, err)
                               : prepare_boxes(t, &t->val, "val", &t->val_features, err);
}
