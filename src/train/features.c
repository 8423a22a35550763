/* SPDX-License-Identifier: Apache-2.0 */
/* Features of a frozen backbone, kept from run to run. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/outfile.h"
#include "train/actions.h"
#include "train/validate.h"

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

/* Of all that the features follow from. */
static uint64_t hash_features(const sfd_trainer *t, const sfd_samples *s)
{
    const size_t n = t->params.items[t->first_learned].at;
    uint64_t h = hash_bytes(HASH_START, t->params.value, n * sizeof *t->params.value);
    h = hash_bytes(h, s->boxes, s->n_boxes * sizeof *s->boxes);
    h = hash_bytes(h, &t->s.timestamp_offset_s, sizeof t->s.timestamp_offset_s);
    for (size_t i = 0; i < s->n; i++) {
        h = hash_bytes(h, &s->items[i].timestamp_s, sizeof s->items[i].timestamp_s);
        h = hash_bytes(h, &s->videos[s->items[i].video].frames.header, sizeof(sfd_frame_header));
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

static sfd_status prepare_set(sfd_trainer *t, const sfd_samples *s, const char *name, float **out,
                              sfd_error *err)
{
    char path[MAX_PATH_LEN];
    const size_t n = s->n_boxes * t->head_desc.n_features;
    const uint64_t hash = hash_features(t, s);
    *out = sfd_malloc_array(n, sizeof **out);
    if (!*out)
        return sfd_fail_nomem(err, "features");
    snprintf(path, sizeof path, "%s/cache/%s.features", t->s.out, name);
    if (load_features(*out, n, path, hash))
        return SFD_OK;
    sfd_status status = sfd_compute_features(*out, &t->net, &t->params, s, &t->s, err);
    return status == SFD_OK ? save_features(*out, n, path, hash, err) : status;
}

sfd_status sfd_actions_prepare_features(sfd_trainer *t, sfd_error *err)
{
    sfd_status status = prepare_set(t, &t->train, "train", &t->features, err);
    if (status == SFD_OK && t->val.n > 0)
        status = prepare_set(t, &t->val, "val", &t->val_features, err);
    return status;
}
