/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a model on the keyframes of videos and on clips of pictures. */
#include "base/alloc.h"
#include "base/error.h"
#include "detect/proposals.h"
#include "media/picture.h"
#include "pipeline/clip_source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sfd_detector {
    const sfd_model *model;
    sfd_model_info info;
    int n_threads;

    sfd_state *state; /* for pictures of in_width x in_height; NULL until the first clip */
    int in_width, in_height;

    /* one keyframe, room for n_room boxes */
    sfd_box_norm *boxes;
    sfd_box_px *boxes_px;
    sfd_person *persons;
    float *scores; /* [n_room][n_classes] */
    size_t n_room;
};

sfd_status sfd_detector_create(sfd_detector **out, const sfd_model *model, int n_threads,
                               sfd_error *err)
{
    *out = NULL;
    sfd_detector *d = sfd_calloc(1, sizeof *d);
    if (!d)
        return sfd_fail_nomem(err, "detector");
    d->model = model;
    d->n_threads = n_threads;
    sfd_model_get_info(model, &d->info);
    if (!d->info.detection) {
        sfd_status status = sfd_fail(
            err, SFD_ERR_MISMATCH,
            "%s: the network labels whole clips, wanted one with a detection head", d->info.name);
        sfd_detector_destroy(d);
        return status;
    }
    *out = d;
    return SFD_OK;
}

static void free_boxes(sfd_detector *d)
{
    free(d->boxes);
    free(d->boxes_px);
    free(d->persons);
    free(d->scores);
    d->boxes = NULL;
    d->boxes_px = NULL;
    d->persons = NULL;
    d->scores = NULL;
    d->n_room = 0;
}

void sfd_detector_destroy(sfd_detector *d)
{
    if (!d)
        return;
    sfd_state_destroy(d->state);
    free_boxes(d);
    free(d);
}

/* The state is kept while videos have the same size. */
static sfd_status need_state(sfd_detector *d, int width, int height, sfd_error *err)
{
    int in_width, in_height;
    sfd_model_input_size(d->model, width, height, &in_width, &in_height);
    if (d->state && in_width == d->in_width && in_height == d->in_height)
        return SFD_OK;
    sfd_state_destroy(d->state);
    d->state = NULL;
    d->in_width = in_width;
    d->in_height = in_height;
    return sfd_state_create(&d->state, d->model, in_width, in_height, d->n_threads, err);
}

static sfd_status need_boxes(sfd_detector *d, size_t n, sfd_error *err)
{
    size_t n_scores;
    if (n <= d->n_room)
        return SFD_OK;
    free_boxes(d);
    d->boxes = sfd_malloc_array(n, sizeof *d->boxes);
    d->boxes_px = sfd_malloc_array(n, sizeof *d->boxes_px);
    d->persons = sfd_malloc_array(n, sizeof *d->persons);
    if (sfd_mul_size(n, (size_t)d->info.n_classes, &n_scores))
        d->scores = sfd_malloc_array(n_scores, sizeof *d->scores);
    if (!d->boxes || !d->boxes_px || !d->persons || !d->scores) {
        free_boxes(d);
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for %zu boxes in one keyframe", n);
    }
    d->n_room = n;
    return SFD_OK;
}

/* Finite weights can still overflow on the way through the network. */
static sfd_status check_scores(const sfd_detector *d, const float *scores, size_t n_boxes,
                               sfd_error *err)
{
    size_t n_classes = (size_t)d->info.n_classes;
    for (size_t i = 0; i < n_boxes * n_classes; i++)
        if (!isfinite(scores[i]))
            return sfd_fail(err, SFD_ERR_FORMAT,
                            "%s: the network's score for box %zu, output %zu is not a number",
                            d->info.name, i / n_classes, i % n_classes);
    return SFD_OK;
}

/* ------------------------------------------------------------------- videos */

typedef struct video_run {
    sfd_detector *d;
    const sfd_detect_settings *settings;
    sfd_detect_summary *summary;
    sfd_proposed_video video;
    int width, height;
} video_run;

static void fill_persons(sfd_detector *d, const sfd_proposed_keyframe *k)
{
    for (size_t i = 0; i < k->n_boxes; i++)
        d->persons[i] = (sfd_person){.box = k->boxes[i].box,
                                     .proposal_score = k->boxes[i].score,
                                     .timestamp_text = k->boxes[i].timestamp_text,
                                     .box_text = k->boxes[i].box_text,
                                     .scores = d->scores + i * (size_t)d->info.n_classes};
}

static sfd_status run_network(video_run *r, const sfd_proposed_keyframe *k, const sfd_clip *clip,
                              sfd_error *err)
{
    sfd_detector *d = r->d;
    sfd_status status = need_boxes(d, k->n_boxes, err);
    if (status != SFD_OK)
        return status;
    for (size_t i = 0; i < k->n_boxes; i++)
        d->boxes[i] = k->boxes[i].box;
    sfd_model_map_boxes(d->model, r->width, r->height, d->boxes, k->n_boxes, d->boxes_px);
    status = sfd_state_run(d->state, clip->frames, clip->stride_bytes, d->boxes_px, k->n_boxes,
                           d->scores, err);
    return status == SFD_OK ? check_scores(d, d->scores, k->n_boxes, err) : status;
}

static sfd_status hand_out(video_run *r, const sfd_proposed_keyframe *k, const sfd_clip *clip,
                           sfd_error *err)
{
    sfd_detector *d = r->d;
    if (!r->settings->on_keyframe)
        return SFD_OK;
    fill_persons(d, k);
    sfd_image picture;
    if (clip->picture)
        picture = (sfd_image){clip->picture->width, clip->picture->height,
                              clip->picture->stride_bytes, clip->picture->rgb};
    sfd_keyframe keyframe = {.video_id = r->video.video_id,
                             .timestamp_s = k->timestamp_s,
                             .frame = clip->centre,
                             .picture = clip->picture ? &picture : NULL,
                             .n_classes = d->info.n_classes,
                             .label_offset = d->info.label_offset,
                             .n_persons = k->n_boxes,
                             .persons = d->persons};
    return r->settings->on_keyframe(r->settings->user, &keyframe, err);
}

static void report_missing(video_run *r, const sfd_proposed_keyframe *k, int64_t frame,
                           double duration_s)
{
    sfd_error message;
    const char *timestamp = k->boxes[0].timestamp_text;
    r->summary->n_failed++;
    if (!r->settings->on_failure)
        return;
    if (frame < 0)
        sfd_fail(&message, SFD_ERR_END, "%s: timestamp %s lies before the start of the video",
                 r->video.video_id, timestamp);
    else if (duration_s > 0)
        sfd_fail(&message, SFD_ERR_END,
                 "%s: timestamp %s (frame %lld) lies past the end of the video of %.2f s",
                 r->video.video_id, timestamp, (long long)frame, duration_s);
    else
        sfd_fail(&message, SFD_ERR_END,
                 "%s: timestamp %s (frame %lld) lies past the end of the video", r->video.video_id,
                 timestamp, (long long)frame);
    r->settings->on_failure(r->settings->user, message.message);
}

static sfd_status run_keyframe(video_run *r, const sfd_proposed_keyframe *k,
                               sfd_clip_source *source, sfd_error *err)
{
    const sfd_detect_settings *s = r->settings;
    sfd_clip clip;
    if (s->should_stop && s->should_stop(s->user))
        return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", r->video.video_id);
    sfd_status status = sfd_clip_source_next(source, &clip, s->should_stop, s->user, err);
    if (status != SFD_OK)
        return status;
    if (!clip.exists) {
        report_missing(r, k, clip.centre, sfd_clip_source_info(source)->duration_s);
    } else {
        status = run_network(r, k, &clip, err);
        if (status == SFD_OK)
            status = hand_out(r, k, &clip, err);
        if (status != SFD_OK)
            return status;
        r->summary->n_done++;
    }
    if (s->on_progress)
        s->on_progress(s->user, r->summary->n_done + r->summary->n_failed, r->video.n_keyframes);
    return SFD_OK;
}

static sfd_status run_keyframes(video_run *r, sfd_clip_source *source, sfd_error *err)
{
    const sfd_video_info *video = sfd_clip_source_info(source);
    r->width = video->width;
    r->height = video->height;
    sfd_status status = need_state(r->d, r->width, r->height, err);
    for (size_t i = 0; i < r->video.n_keyframes && status == SFD_OK; i++)
        status = run_keyframe(r, &r->video.keyframes[i], source, err);
    return status;
}

void sfd_detect_settings_defaults(sfd_detect_settings *s)
{
    *s = (sfd_detect_settings){0};
}

sfd_status sfd_detector_run_video(sfd_detector *d, const char *path, const char *video_id,
                                  const sfd_proposals *proposals,
                                  const sfd_detect_settings *settings, sfd_detect_summary *summary,
                                  sfd_error *err)
{
    sfd_detect_summary ignored;
    sfd_clip_source *source = NULL;
    double *timestamps = NULL;
    video_run r = {.d = d, .settings = settings, .summary = summary ? summary : &ignored};
    *r.summary = (sfd_detect_summary){0};

    sfd_status status = sfd_proposals_find(&r.video, proposals, video_id, err);
    if (status != SFD_OK)
        return status;
    size_t n = r.summary->n_keyframes = r.video.n_keyframes;
    timestamps = sfd_malloc_array(n, sizeof *timestamps);
    if (!timestamps)
        return sfd_fail_nomem(err, path);
    for (size_t i = 0; i < n; i++)
        timestamps[i] = r.video.keyframes[i].timestamp_s - settings->timestamp_offset_s;
    sfd_clip_plan plan = {d->model, timestamps, n, settings->pictures};
    status = sfd_clip_source_open(&source, path, &plan, err);
    if (status == SFD_OK)
        status = run_keyframes(&r, source, err);
    sfd_clip_source_close(source);
    free(timestamps);
    return status;
}

/* ---------------------------------------------------------- pictures in hand */

static sfd_status check_images(const sfd_detector *d, const sfd_image *const *frames,
                               size_t n_frames, sfd_error *err)
{
    if (n_frames != (size_t)d->info.n_frames)
        return sfd_fail(err, SFD_ERR_ARG, "%zu frames, the network takes %d", n_frames,
                        d->info.n_frames);
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

static sfd_status resize_image(sfd_picture **out, const sfd_detector *d, const sfd_image *image,
                               sfd_error *err)
{
    const sfd_picture source = {image->width, image->height, image->stride_bytes,
                                (uint8_t *)image->rgb};
    sfd_status status = sfd_picture_create(out, d->in_width, d->in_height, err);
    if (status != SFD_OK)
        return status;
    return sfd_picture_resize(*out, &source, err);
}

static sfd_status run_pictures(sfd_detector *d, const sfd_image *const *frames,
                               sfd_picture **resized, const uint8_t **rows,
                               const sfd_box_norm *boxes, size_t n_boxes, float *scores,
                               sfd_error *err)
{
    for (int i = 0; i < d->info.n_frames; i++) {
        sfd_status status = SFD_OK;
        if (i > 0 && frames[i] == frames[i - 1])
            resized[i] = sfd_picture_ref(resized[i - 1]);
        else
            status = resize_image(&resized[i], d, frames[i], err);
        if (status != SFD_OK)
            return status;
        rows[i] = resized[i]->rgb;
    }
    sfd_model_map_boxes(d->model, frames[0]->width, frames[0]->height, boxes, n_boxes, d->boxes_px);
    sfd_status status =
        sfd_state_run(d->state, rows, resized[0]->stride_bytes, d->boxes_px, n_boxes, scores, err);
    return status == SFD_OK ? check_scores(d, scores, n_boxes, err) : status;
}

sfd_status sfd_detector_run_frames(sfd_detector *d, const sfd_image *const *frames, size_t n_frames,
                                   const sfd_box_norm *boxes, size_t n_boxes, float *scores,
                                   sfd_error *err)
{
    sfd_status status = check_images(d, frames, n_frames, err);
    if (status == SFD_OK)
        status = check_boxes(boxes, n_boxes, err);
    if (status == SFD_OK)
        status = need_state(d, frames[0]->width, frames[0]->height, err);
    if (status == SFD_OK)
        status = need_boxes(d, n_boxes, err);
    if (status != SFD_OK)
        return status;
    sfd_picture **resized = sfd_calloc(n_frames, sizeof *resized);
    const uint8_t **rows = sfd_calloc(n_frames, sizeof *rows);
    if (resized && rows)
        status = run_pictures(d, frames, resized, rows, boxes, n_boxes, scores, err);
    else
        status = sfd_fail_nomem(err, "clip");
    for (size_t i = 0; resized && i < n_frames; i++)
        sfd_picture_unref(resized[i]);
    free(resized);
    free(rows);
    return status;
}
