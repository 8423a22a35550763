/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a model on clips of pictures that the caller has. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "media/picture.h"
#include "pipeline/detector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static sfd_status check_images(const sfd_detector *d, const sfd_image *const *frames,
                               size_t n_frames, sfd_error *err)
{
    if (n_frames != (size_t)d->info.n_frames)
        return sfd_fail(err, SFD_ERR_ARG, "%zu frame%s, the network takes %d", n_frames,
                        sfd_plural(n_frames), d->info.n_frames);
    for (size_t i = 0; i < n_frames; i++) {
        const sfd_image *f = frames[i];
        if (f->width < 1 || f->height < 1 || f->stride_bytes < 3 * (size_t)f->width)
            return sfd_fail(err, SFD_ERR_ARG, "frame %zu: %d x %d with %zu bytes a row", i,
                            f->width, f->height, f->stride_bytes);
        if (f->width != frames[0]->width || f->height != frames[0]->height)
            return sfd_fail(err, SFD_ERR_ARG, "frame %zu is %d x %d, frame 0 is %d x %d", i,
                            f->width, f->height, frames[0]->width, frames[0]->height);
    }
    return SFD_OK;
}

static sfd_status check_boxes(const sfd_box_norm *boxes, size_t n, sfd_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(boxes[i].x1) || !isfinite(boxes[i].y1) || !isfinite(boxes[i].x2) ||
            !isfinite(boxes[i].y2))
            return sfd_fail(err, SFD_ERR_ARG, "box %zu has a corner that is not a number", i);
    return SFD_OK;
}

static sfd_status resize_image(sfd_picture **out, const sfd_job *j, const sfd_image *image,
                               sfd_error *err)
{
    const sfd_picture lent = {image->width, image->height, image->stride_bytes,
                              (uint8_t *)image->rgb};
    return sfd_view_sheet_make(&j->sheet, out, &lent, err);
}

static sfd_status run_pictures(sfd_job *j, const sfd_image *const *frames, sfd_picture **resized,
                               const uint8_t **rows, const sfd_box_norm *boxes, size_t n_boxes,
                               float *scores, sfd_error *err)
{
    for (int i = 0; i < j->info.n_frames; i++) {
        sfd_status status = SFD_OK;
        if (i > 0 && frames[i] == frames[i - 1])
            resized[i] = sfd_picture_ref(resized[i - 1]);
        else
            status = resize_image(&resized[i], j, frames[i], err);
        if (status != SFD_OK)
            return status;
        rows[i] = resized[i]->rgb;
    }
    return sfd_job_run(j, rows, resized[0]->stride_bytes, boxes, n_boxes, scores, err);
}

void sfd_shown_clip_defaults_sized(sfd_shown_clip *s, size_t struct_size)
{
    const sfd_shown_clip defaults = {0};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static sfd_status prepare(sfd_detector *d, const sfd_shown_clip *c, const sfd_box_norm *boxes,
                          size_t n_boxes, sfd_error *err)
{
    sfd_job *j = &d->jobs[0];
    sfd_status status = check_images(d, c->frames, c->n_frames, err);
    if (status == SFD_OK)
        status = check_boxes(boxes, n_boxes, err);
    if (status == SFD_OK) {
        j->width = c->frames[0]->width;
        j->height = c->frames[0]->height;
        status = sfd_job_need_team(j, d->n_threads, 0, err);
    }
    if (status == SFD_OK)
        status = sfd_job_need_states(j, j->width, j->height, err);
    return status == SFD_OK ? sfd_job_need_boxes(j, n_boxes, err) : status;
}

sfd_status sfd_detector_run_clip(sfd_detector *d, const sfd_shown_clip *clip,
                                 const sfd_box_norm *boxes, size_t n_boxes, float *scores,
                                 float *features, sfd_error *err)
{
    sfd_job *j = &d->jobs[0];
    sfd_shown_clip c;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_shown_clip, &c, clip, err);
    sfd_job_want_features(j, features != NULL);
    if (status == SFD_OK)
        status = prepare(d, &c, boxes, n_boxes, err);
    if (status != SFD_OK)
        return status;
    const size_t n_silence = c.sound ? 0 : d->info.n_sound;
    float *silence = sfd_calloc(n_silence + 1, sizeof *silence);
    sfd_picture **resized = sfd_calloc(c.n_frames, sizeof *resized);
    const uint8_t **rows = sfd_calloc(c.n_frames, sizeof *rows);
    j->sound = c.sound ? c.sound : silence;
    if (resized && rows && silence)
        status = run_pictures(j, c.frames, resized, rows, boxes, n_boxes, scores, err);
    else
        status = sfd_fail_nomem(err, "clip");
    for (size_t i = 0; resized && i < c.n_frames; i++)
        sfd_picture_unref(resized[i]);
    free(resized);
    free(rows);
    free(silence);
    if (status == SFD_OK && features && n_boxes > 0)
        memcpy(features, j->features, n_boxes * (size_t)d->info.n_features * sizeof *features);
    return status;
}

sfd_status sfd_detector_run_features(sfd_detector *d, const sfd_image *const *frames,
                                     size_t n_frames, const sfd_box_norm *boxes, size_t n_boxes,
                                     float *scores, float *features, sfd_error *err)
{
    sfd_shown_clip clip;
    sfd_shown_clip_defaults(&clip);
    clip.frames = frames;
    clip.n_frames = n_frames;
    return sfd_detector_run_clip(d, &clip, boxes, n_boxes, scores, features, err);
}

sfd_status sfd_detector_run_frames(sfd_detector *d, const sfd_image *const *frames, size_t n_frames,
                                   const sfd_box_norm *boxes, size_t n_boxes, float *scores,
                                   sfd_error *err)
{
    return sfd_detector_run_features(d, frames, n_frames, boxes, n_boxes, scores, NULL, err);
}
