/* SPDX-License-Identifier: Apache-2.0 */
/* What the scores are computed from, as arrays. */
#include "base/alloc.h"
#include "base/arrays.h"
#include "base/error.h"
#include "base/f16.h"
#include "base/utf8.h"
#include "pipeline/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ABOUT     "sfdetect features 1" /* what the arrays are called */
#define NOT_KNOWN (-1)

typedef struct features {
    sfd_arrays *arrays;
    sfd_arrays_format format;
    sfd_feature_type type;
    int n_features, n_classes;
    size_t timestamps, person_ids, values, scores, boxes, box_scores, videos; /* arrays */
    uint16_t *half;                                                           /* [n_features] */
    char **ids; /* of videos, in UTF-8 */
    size_t n_ids, n_alloc;
} features;

static void release(void *own)
{
    features *f = own;
    sfd_arrays_free(f->arrays);
    for (size_t i = 0; i < f->n_ids; i++)
        free(f->ids[i]);
    free(f->ids);
    free(f->half);
    free(f);
}

/* -------------------------------------------------------------------- adding */

static sfd_status find_video(features *f, const char *path, const char *video_id, sfd_error *err)
{
    char *id = sfd_utf8_copy(video_id);
    if (id && f->n_ids > 0 && strcmp(id, f->ids[f->n_ids - 1]) == 0) {
        free(id);
        return SFD_OK;
    }
    if (!id || f->n_ids == INT32_MAX || !sfd_grow(&f->ids, &f->n_alloc, f->n_ids, sizeof *f->ids)) {
        free(id);
        return sfd_fail_nomem(err, path);
    }
    f->ids[f->n_ids++] = id;
    return SFD_OK;
}

static sfd_status add_values(features *f, const char *path, const float *values, sfd_error *err)
{
    bool finite = true;
    for (int i = 0; i < f->n_features; i++) {
        if (f->half)
            f->half[i] = sfd_f16_of(values[i]);
        finite = finite && isfinite(f->half ? sfd_f16_float(f->half[i]) : values[i]);
    }
    if (!finite)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: a feature is not finite%s", path,
                        f->half ? " in half precision" : "");
    return sfd_arrays_add(f->arrays, f->values, f->half ? (const void *)f->half : values, 1, err);
}

/* All columns of a person's row. */
static sfd_status add_person(const sfd_writer *w, double timestamp_s, const sfd_person *p,
                             sfd_error *err)
{
    features *f = w->own;
    const int64_t id = p->has_person_id ? p->person_id : NOT_KNOWN;
    const float box[4] = {(float)p->box.x1, (float)p->box.y1, (float)p->box.x2, (float)p->box.y2};
    const float box_score = (float)p->proposal_score;
    const int32_t video = (int32_t)(f->n_ids - 1);
    const struct {
        size_t array;
        const void *row;
    } columns[] = {{f->timestamps, &timestamp_s}, {f->person_ids, &id},
                   {f->scores, p->scores},        {f->boxes, box},
                   {f->box_scores, &box_score},   {f->videos, &video}};
    sfd_status status = add_values(f, w->path, p->features, err);
    for (size_t i = 0; i < sizeof columns / sizeof *columns && status == SFD_OK; i++)
        status = sfd_arrays_add(f->arrays, columns[i].array, columns[i].row, 1, err);
    return status;
}

static sfd_status add(sfd_writer *w, const sfd_keyframe *k, sfd_error *err)
{
    features *f = w->own;
    if (k->n_persons > 0 && (k->n_features != f->n_features || k->n_classes != f->n_classes))
        return sfd_fail(err, SFD_ERR_ARG,
                        "%s: the keyframe comes with %d features and %d scores of a person, wanted "
                        "%d and %d",
                        w->path, k->n_features, k->n_classes, f->n_features, f->n_classes);
    sfd_status status = k->n_persons > 0 ? find_video(f, w->path, k->video_id, err) : SFD_OK;
    for (size_t i = 0; i < k->n_persons && status == SFD_OK; i++)
        status = add_person(w, k->timestamp_s, &k->persons[i], err);
    return status;
}

/* ------------------------------------------------------------------ the file */

/* Their width is known at the end. */
static sfd_status add_ids(const features *f, const char *path, sfd_error *err)
{
    size_t longest = 1, array;
    for (size_t i = 0; i < f->n_ids; i++)
        longest = strlen(f->ids[i]) > longest ? strlen(f->ids[i]) : longest;
    char *row = sfd_calloc(longest, 1);
    sfd_status status =
        row ? sfd_arrays_declare(f->arrays, &array, "video_ids", SFD_U8, longest, true, err)
            : sfd_fail_nomem(err, path);
    for (size_t i = 0; i < f->n_ids && status == SFD_OK; i++) {
        memset(row, 0, longest);
        memcpy(row, f->ids[i], strlen(f->ids[i]));
        status = sfd_arrays_add(f->arrays, array, row, 1, err);
    }
    free(row);
    return status;
}

static sfd_status finish(sfd_writer *w, sfd_error *err)
{
    const features *f = w->own;
    const sfd_status status = add_ids(f, w->path, err);
    return status == SFD_OK
               ? sfd_arrays_write(f->arrays, f->format, ABOUT, sfd_outfile_stream(w->file), err)
               : status;
}

static sfd_status add_class_ids(features *f, size_t array, const int *ids, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int i = 0; i < f->n_classes && status == SFD_OK; i++) {
        const int64_t id = ids[i];
        status = sfd_arrays_add(f->arrays, array, &id, 1, err);
    }
    return status;
}

/* Wide elements first. */
static sfd_status declare(features *f, const int *ids, sfd_error *err)
{
    size_t class_ids;
    const size_t n_features = (size_t)f->n_features, n_classes = (size_t)f->n_classes;
    const sfd_dtype type = f->type == SFD_FEATURES_F16 ? SFD_F16 : SFD_F32;
    const struct {
        size_t *array;
        const char *name;
        sfd_dtype dtype;
        size_t width;
    } columns[] = {
        {&f->timestamps, "timestamps", SFD_F64, 0}, {&f->person_ids, "person_ids", SFD_I64, 0},
        {&class_ids, "class_ids", SFD_I64, 0},      {&f->scores, "scores", SFD_F32, n_classes},
        {&f->boxes, "boxes", SFD_F32, 4},           {&f->box_scores, "box_scores", SFD_F32, 0},
        {&f->videos, "videos", SFD_I32, 0},         {&f->values, "features", type, n_features}};
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns && status == SFD_OK; i++)
        status = sfd_arrays_declare(f->arrays, columns[i].array, columns[i].name, columns[i].dtype,
                                    columns[i].width, false, err);
    return status == SFD_OK ? add_class_ids(f, class_ids, ids, err) : status;
}

sfd_status sfd_writer_open_features(sfd_writer **out, const char *path, const sfd_model *model,
                                    sfd_feature_type type, sfd_error *err)
{
    const sfd_model_info *info = sfd_model_get_info(model);
    sfd_arrays_format format;
    *out = NULL;
    if (!sfd_arrays_format_of(&format, path))
        return sfd_fail(err, SFD_ERR_ARG, "%s: features are .safetensors or .npz", path);
    sfd_status status = sfd_writer_create(out, path, true, err);
    if (status != SFD_OK)
        return status;
    sfd_writer *w = *out;
    features *f = sfd_calloc(1, sizeof *f);
    if (f) {
        *f = (features){.format = format,
                        .type = type,
                        .n_features = info->n_features,
                        .n_classes = info->n_classes};
        w->add = add;
        w->finish = finish;
        w->own = f;
        w->release = release;
        f->half = type == SFD_FEATURES_F16
                      ? sfd_malloc_array((size_t)f->n_features, sizeof *f->half)
                      : NULL;
    }
    if (!f || (type == SFD_FEATURES_F16 && !f->half))
        status = sfd_fail_nomem(err, path);
    if (status == SFD_OK)
        status = sfd_arrays_create(&f->arrays, path, err);
    if (status == SFD_OK)
        status = declare(f, info->class_ids, err);
    if (status != SFD_OK) {
        sfd_writer_free(w);
        *out = NULL;
    }
    return status;
}
