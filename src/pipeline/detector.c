/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a model on the keyframes of videos and on clips of pictures. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/team.h"
#include "boxes/proposals.h"
#include "input/resize.h"
#include "media/picture.h"
#include "pipeline/clip_source.h"
#include "pipeline/job.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_JOBS 256

struct sfd_detector {
    const sfd_model *model;
    sfd_model_info info;
    int n_threads;
    sfd_job *jobs; /* [n_jobs] keyframes computed at once, at least one; kept from video to video */
    size_t n_jobs;
};

static void free_jobs(sfd_detector *d)
{
    for (size_t i = 0; i < d->n_jobs; i++)
        sfd_job_free(&d->jobs[i]);
    free(d->jobs);
    d->jobs = NULL;
    d->n_jobs = 0;
}

static sfd_status need_jobs(sfd_detector *d, size_t n, sfd_error *err)
{
    if (n == d->n_jobs)
        return SFD_OK;
    free_jobs(d);
    d->jobs = sfd_calloc(n, sizeof *d->jobs);
    if (!d->jobs)
        return sfd_fail_nomem(err, "detector");
    d->n_jobs = n;
    for (size_t i = 0; i < n; i++)
        sfd_job_init(&d->jobs[i], d->model);
    return SFD_OK;
}

sfd_status sfd_detector_create(sfd_detector **out, const sfd_model *model, int n_threads,
                               sfd_error *err)
{
    *out = NULL;
    sfd_detector *d = sfd_calloc(1, sizeof *d);
    if (!d)
        return sfd_fail_nomem(err, "detector");
    d->model = model;
    d->n_threads = n_threads;
    d->info = *sfd_model_get_info(model);
    sfd_status status = need_jobs(d, 1, err);
    if (status == SFD_OK && !d->info.detection)
        status = sfd_fail(err, SFD_ERR_MISMATCH,
                          "%s: the network labels whole clips, wanted one with a detection head",
                          d->info.name);
    if (status != SFD_OK) {
        sfd_detector_free(d);
        return status;
    }
    *out = d;
    return SFD_OK;
}

void sfd_detector_free(sfd_detector *d)
{
    if (!d)
        return;
    free_jobs(d);
    free(d);
}

/* ------------------------------------------------------------------- videos */

typedef struct video_run {
    sfd_detector *d;
    const sfd_detect_settings *settings;
    sfd_detect_summary *summary;
    sfd_proposed_video video;
} video_run;

static void fill_persons(sfd_job *j)
{
    for (size_t i = 0; i < j->keyframe->n_boxes; i++) {
        const sfd_proposed_box *box = &j->keyframe->boxes[i];
        j->persons[i] = (sfd_person){.box = box->box,
                                     .proposal_score = box->score,
                                     .timestamp_text = box->timestamp_text,
                                     .box_text = box->box_text,
                                     .scores = j->scores + i * (size_t)j->info.n_classes,
                                     .person_id = box->person_id,
                                     .has_person_id = box->has_person_id};
    }
}

static sfd_status hand_out(video_run *r, sfd_job *j, sfd_error *err)
{
    if (!r->settings->on_keyframe)
        return SFD_OK;
    fill_persons(j);
    const sfd_picture *p = j->clip.picture;
    sfd_image picture;
    if (p)
        picture = (sfd_image){p->width, p->height, p->stride_bytes, p->rgb};
    sfd_keyframe keyframe = {.video_id = r->video.video_id,
                             .timestamp_s = j->keyframe->timestamp_s,
                             .frame = j->clip.centre,
                             .picture = p ? &picture : NULL,
                             .n_classes = j->info.n_classes,
                             .class_ids = j->info.class_ids,
                             .n_persons = j->keyframe->n_boxes,
                             .persons = j->persons};
    return r->settings->on_keyframe(r->settings->user, &keyframe, err);
}

static void report_missing(video_run *r, const sfd_proposed_keyframe *k, int64_t frame,
                           double end_s)
{
    sfd_error message;
    const char *timestamp = k->boxes[0].timestamp_text;
    r->summary->n_failed++;
    if (!r->settings->on_failure)
        return;
    if (frame < 0)
        sfd_fail(&message, SFD_ERR_END, "%s: timestamp %s lies before the start of the video",
                 r->video.video_id, timestamp);
    else if (end_s > 0)
        sfd_fail(&message, SFD_ERR_END,
                 "%s: timestamp %s (frame %lld) lies past the end of the video of %.2f s",
                 r->video.video_id, timestamp, (long long)frame, end_s);
    else
        sfd_fail(&message, SFD_ERR_END,
                 "%s: timestamp %s (frame %lld) lies past the end of the video", r->video.video_id,
                 timestamp, (long long)frame);
    r->settings->on_failure(r->settings->user, message.message);
}

/* Fetches the clip of keyframe i and starts computing it. */
static sfd_status begin_keyframe(video_run *r, sfd_clip_source *source, size_t i, sfd_error *err)
{
    const sfd_detect_settings *s = r->settings;
    sfd_job *j = &r->d->jobs[i % r->d->n_jobs];
    if (s->should_stop && s->should_stop(s->user))
        return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", r->video.video_id);
    sfd_status status = sfd_clip_source_next(source, &j->clip, s->should_stop, s->user, err);
    if (status != SFD_OK)
        return status;
    j->keyframe = &r->video.keyframes[i];
    j->status = SFD_OK;
    if (j->clip.exists)
        sfd_job_start(j);
    return SFD_OK;
}

/* Waits for keyframe i and reports it. */
static sfd_status end_keyframe(video_run *r, sfd_clip_source *source, size_t i, sfd_error *err)
{
    const sfd_detect_settings *s = r->settings;
    sfd_job *j = &r->d->jobs[i % r->d->n_jobs];
    sfd_status status = sfd_job_wait(j, err);
    if (status == SFD_OK && j->clip.exists)
        status = hand_out(r, j, err);
    if (status != SFD_OK)
        return status;
    if (j->clip.exists)
        r->summary->n_done++;
    else
        report_missing(r, j->keyframe, j->clip.centre, sfd_clip_source_end_s(source));
    if (s->on_progress)
        s->on_progress(s->user, r->summary->n_done + r->summary->n_failed, r->video.n_keyframes);
    return SFD_OK;
}

/* Keeps up to n_jobs keyframes in work and reports them in their order. Where one cannot begin
 * (stopped, video broken), those before it are still reported. */
static sfd_status run_keyframes(video_run *r, sfd_clip_source *source, sfd_error *err)
{
    sfd_status begin = SFD_OK, end = SFD_OK;
    sfd_error begin_error = {SFD_OK, ""};
    size_t n_begun = 0, n_ended = 0;
    while (end == SFD_OK) {
        const bool more = begin == SFD_OK && n_begun < r->video.n_keyframes;
        if (more && n_begun - n_ended < r->d->n_jobs) {
            begin = begin_keyframe(r, source, n_begun, &begin_error);
            n_begun += begin == SFD_OK;
        } else if (n_ended < n_begun) {
            end = end_keyframe(r, source, n_ended++, err);
        } else {
            break;
        }
    }
    if (end == SFD_OK && begin != SFD_OK)
        return sfd_fail(err, begin, "%s", begin_error.message);
    return end;
}

static void warn_of_faults(const sfd_detect_settings *s, sfd_clip_source *source)
{
    sfd_error message;
    if (s->on_warning && sfd_clip_source_complain(source, &message))
        s->on_warning(s->user, message.message);
}

/* Threads of job i: an equal share of all, of which there are no more than cores. */
static int share_of_threads(const sfd_detector *d, size_t i)
{
    if (d->n_jobs == 1)
        return d->n_threads;
    const int n_cores = sfd_usable_cores();
    const size_t total = (size_t)(d->n_threads && d->n_threads < n_cores ? d->n_threads : n_cores);
    const size_t share = total / d->n_jobs + (i < total % d->n_jobs);
    return share ? (int)share : 1;
}

static sfd_status begin_jobs(video_run *r, const sfd_video_info *video, sfd_error *err)
{
    sfd_detector *d = r->d;
    sfd_status status = SFD_OK;
    for (size_t i = 0; i < d->n_jobs && status == SFD_OK; i++) {
        sfd_job *j = &d->jobs[i];
        j->width = video->width;
        j->height = video->height;
        status = sfd_job_need_state(j, j->width, j->height, share_of_threads(d, i), err);
        if (status == SFD_OK && d->n_jobs > 1)
            status = sfd_job_begin_thread(j, err);
    }
    return status;
}

static void end_jobs(sfd_detector *d)
{
    for (size_t i = 0; i < d->n_jobs; i++)
        sfd_job_end_thread(&d->jobs[i]);
}

void sfd_detect_settings_defaults_sized(sfd_detect_settings *s, size_t struct_size)
{
    const sfd_detect_settings defaults = {.n_jobs = 1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

sfd_status sfd_detector_run_video(sfd_detector *d, const char *path, const char *video_id,
                                  const sfd_proposals *proposals,
                                  const sfd_detect_settings *settings, sfd_detect_summary *summary,
                                  sfd_error *err)
{
    sfd_detect_summary ignored;
    sfd_clip_source *source = NULL;
    double *timestamps = NULL;
    sfd_detect_settings s;
    video_run r = {.d = d, .settings = &s, .summary = summary ? summary : &ignored};
    *r.summary = (sfd_detect_summary){0};

    sfd_status status = SFD_SETTINGS_TAKE(sfd_detect_settings, &s, settings, err);
    if (status != SFD_OK)
        return status;
    if (s.n_jobs < 1 || s.n_jobs > MAX_JOBS)
        return sfd_fail(err, SFD_ERR_ARG, "%d jobs wanted, 1 to %d possible", s.n_jobs, MAX_JOBS);
    status = sfd_proposals_find(&r.video, proposals, video_id, err);
    if (status == SFD_OK)
        status = need_jobs(d, (size_t)s.n_jobs, err);
    if (status != SFD_OK)
        return status;
    size_t n = r.summary->n_keyframes = r.video.n_keyframes;
    timestamps = sfd_malloc_array(n, sizeof *timestamps);
    if (!timestamps)
        return sfd_fail_nomem(err, path);
    for (size_t i = 0; i < n; i++)
        timestamps[i] = r.video.keyframes[i].timestamp_s - s.timestamp_offset_s;
    sfd_clip_plan plan = {.model = d->model,
                          .timestamps_s = timestamps,
                          .n_keyframes = n,
                          .pictures = s.pictures,
                          .n_clips = d->n_jobs,
                          .should_stop = s.should_stop,
                          .user = s.user};
    status = sfd_clip_source_open(&source, path, &plan, err);
    if (status == SFD_OK)
        status = begin_jobs(&r, sfd_clip_source_info(source), err);
    if (status == SFD_OK)
        status = run_keyframes(&r, source, err);
    end_jobs(d);
    if (status == SFD_OK)
        warn_of_faults(&s, source);
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

static sfd_status resize_image(sfd_picture **out, const sfd_job *j, const sfd_image *image,
                               sfd_error *err)
{
    const sfd_rgb from = {image->width, image->height, image->stride_bytes, (uint8_t *)image->rgb};
    sfd_status status = sfd_picture_create(out, j->in_width, j->in_height, err);
    if (status != SFD_OK)
        return status;
    const sfd_rgb to = {j->in_width, j->in_height, (*out)->stride_bytes, (*out)->rgb};
    return sfd_resize_linear(&to, &from, err);
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
    sfd_model_map_boxes(j->model, frames[0]->width, frames[0]->height, boxes, n_boxes, j->boxes_px);
    sfd_status status =
        sfd_state_run(j->state, rows, resized[0]->stride_bytes, j->boxes_px, n_boxes, scores, err);
    return status == SFD_OK ? sfd_job_check_scores(j, scores, n_boxes, err) : status;
}

sfd_status sfd_detector_run_frames(sfd_detector *d, const sfd_image *const *frames, size_t n_frames,
                                   const sfd_box_norm *boxes, size_t n_boxes, float *scores,
                                   sfd_error *err)
{
    sfd_job *j = &d->jobs[0];
    sfd_status status = check_images(d, frames, n_frames, err);
    if (status == SFD_OK)
        status = check_boxes(boxes, n_boxes, err);
    if (status == SFD_OK)
        status = sfd_job_need_state(j, frames[0]->width, frames[0]->height, d->n_threads, err);
    if (status == SFD_OK)
        status = sfd_job_need_boxes(j, n_boxes, err);
    if (status != SFD_OK)
        return status;
    sfd_picture **resized = sfd_calloc(n_frames, sizeof *resized);
    const uint8_t **rows = sfd_calloc(n_frames, sizeof *rows);
    if (resized && rows)
        status = run_pictures(j, frames, resized, rows, boxes, n_boxes, scores, err);
    else
        status = sfd_fail_nomem(err, "clip");
    for (size_t i = 0; resized && i < n_frames; i++)
        sfd_picture_unref(resized[i]);
    free(resized);
    free(rows);
    return status;
}
