/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a model on the keyframes of videos. */
#include "base/error.h"
#include "base/settings.h"
#include "pipeline/ahead.h"
#include "pipeline/crew.h"
#include "pipeline/detector.h"
#include "pipeline/job_share.h"
#include "pipeline/keyframe_boxes.h"
#include "pipeline/picture_persons.h"

#include <math.h>
#include <stdlib.h>

#define MAX_JOBS 256

typedef struct video_run {
    sfd_detector *d;
    sfd_detect_settings *settings;
    sfd_detect_summary *summary;
    sfd_keyframe_boxes boxes;
    const sfd_proposals *proposals; /* of all videos; NULL where persons are found */
    size_t n_expected;              /* keyframes; 0: unknown */
    sfd_crew crew;                  /* of all the detector's jobs */
    size_t n_jobs;                  /* that compute keyframes: the first ones; others help */
    size_t n_left_out;              /* where a picture stands */
} video_run;

static sfd_status hand_out(const video_run *r, sfd_job *j, sfd_error *err)
{
    const sfd_detect_settings *s = r->settings;
    return s->on_keyframe ? sfd_detector_hand_out(j, r->boxes.video_id, j->keyframe->timestamp_s,
                                                  s->pictures, s->on_keyframe, s->user, err)
                          : SFD_OK;
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
                 r->boxes.video_id, timestamp);
    else if (end_s > 0)
        sfd_fail(&message, SFD_ERR_END,
                 "%s: timestamp %s (frame %lld) lies past the end of the video of %.2f s",
                 r->boxes.video_id, timestamp, (long long)frame, end_s);
    else
        sfd_fail(&message, SFD_ERR_END,
                 "%s: timestamp %s (frame %lld) lies past the end of the video", r->boxes.video_id,
                 timestamp, (long long)frame);
    r->settings->on_failure(r->settings->user, message.message);
}

static bool should_stop(const video_run *r)
{
    return r->settings->should_stop && r->settings->should_stop(r->settings->user);
}

/* The first keyframe that is wanted behind a hole, all of whose own are the same picture. */
static size_t keyframe_behind(const sfd_keyframe_boxes *b, const sfd_clip *clip)
{
    size_t next = sfd_keyframe_from(clip->still_until, b->find->every_s);
    next = next > b->first + clip->index ? next - b->first : clip->index + 1;
    return next < b->n_wanted ? next : b->n_wanted;
}

/* Whoever is found in a hole of the video is found before it. */
static bool passes_over_hole(video_run *r, sfd_clip_source *source, const sfd_clip *clip)
{
    if (!r->boxes.kind->found || !clip->exists || !clip->stands)
        return false;
    const size_t next = keyframe_behind(&r->boxes, clip);
    r->n_left_out += next - clip->index;
    sfd_clip_source_pass(source, next);
    return true;
}

static sfd_status next_keyframe(video_run *r, sfd_clip_source *source, sfd_clip *clip,
                                sfd_error *err)
{
    const sfd_detect_settings *s = r->settings;
    for (;;) {
        if (should_stop(r))
            return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", r->boxes.video_id);
        sfd_status status = sfd_clip_source_next(source, clip, s->should_stop, s->user, err);
        if (status != SFD_OK)
            return status;
        if (clip->event != SFD_CLIP_KEYFRAME)
            status = r->boxes.kind->see(&r->boxes, source, clip, err);
        else if (!passes_over_hole(r, source, clip))
            return SFD_OK;
        if (status != SFD_OK)
            return status;
    }
}

static sfd_clip_plan begin_plan(const video_run *r)
{
    return (sfd_clip_plan){.model = r->d->model,
                           .views = &r->d->views,
                           .pictures = r->settings->pictures,
                           .n_clips = r->d->n_jobs,
                           .picture_fps = r->settings->picture_fps,
                           .should_stop = r->settings->should_stop,
                           .user = r->settings->user};
}

/* The video that follows is opened once this one's first clip is there. */
static void begin_next(video_run *r)
{
    const sfd_next_video *next = r->settings->next;
    sfd_ahead_video v = {.plan = begin_plan(r)};
    sfd_status status = SFD_OK;
    if (!next || r->boxes.followed || r->d->ahead)
        return;
    v.path = next->path;
    if (r->proposals)
        status = sfd_boxes_are_given(&v.boxes, r->proposals, next->video_id, NULL);
    else
        status = sfd_boxes_are_found(&v.boxes, r->boxes.persons, r->boxes.find, next->video_id,
                                     r->d->n_threads, NULL);
    if (status == SFD_OK)
        status = sfd_keyframe_boxes_time(&v.boxes, &r->d->info, next->timestamp_offset_s, NULL);
    if (status == SFD_OK)
        status = sfd_keyframe_boxes_limit(&v.boxes, next->first_keyframe, next->n_keyframes, NULL);
    if (status == SFD_OK)
        r->d->ahead = sfd_ahead_begin(&v);
}

/* Fetches the clip of the next keyframe and starts computing it, as the i-th. SFD_ERR_END: persons
 * are found, and the video ends before it. */
static sfd_status begin_keyframe(video_run *r, sfd_clip_source *source, size_t i, sfd_error *err)
{
    sfd_job *j = &r->d->jobs[i % r->n_jobs];
    sfd_status status = next_keyframe(r, source, &j->clip, err);
    if (status != SFD_OK)
        return status;
    if (r->boxes.kind->found && !j->clip.exists)
        return SFD_ERR_END;
    j->status = SFD_OK;
    status = r->boxes.kind->set(&r->boxes, j, err);
    if (i == 0)
        begin_next(r);
    if (status == SFD_OK && j->clip.exists)
        sfd_crew_start(&r->crew, j);
    return status;
}

/* Waits for keyframe i and reports it. */
static sfd_status end_keyframe(video_run *r, sfd_clip_source *source, size_t i, sfd_error *err)
{
    const sfd_detect_settings *s = r->settings;
    sfd_job *j = &r->d->jobs[i % r->n_jobs];
    sfd_status status = sfd_crew_wait(&r->crew, j, err);
    const bool anybody = status == SFD_OK && j->keyframe;
    if (anybody && j->clip.exists)
        status = hand_out(r, j, err);
    if (status != SFD_OK)
        return status;
    if (!anybody)
        r->summary->n_empty++;
    else if (j->clip.exists)
        r->summary->n_done++;
    else
        report_missing(r, j->keyframe, j->clip.centre, sfd_clip_source_end_s(source));
    if (s->on_settled)
        status = s->on_settled(s->user, s->first_keyframe + j->clip.index, err);
    if (s->on_progress)
        s->on_progress(s->user, i + 1 + r->n_left_out, r->n_expected);
    return status;
}

/* Keeps as many keyframes in work as there are jobs and reports them in their order. Where one
 * cannot begin (stopped, video broken), those before it are still reported. */
static sfd_status run_keyframes(video_run *r, sfd_clip_source *source, sfd_error *err)
{
    sfd_status begin = SFD_OK, end = SFD_OK;
    sfd_error begin_error = {SFD_OK, ""};
    size_t n_begun = 0, n_ended = 0;
    while (end == SFD_OK) {
        const bool more =
            begin == SFD_OK && (r->boxes.kind->found || n_begun < r->boxes.given.n_keyframes);
        if (more && n_begun - n_ended < r->n_jobs) {
            begin = begin_keyframe(r, source, n_begun, &begin_error);
            n_begun += begin == SFD_OK;
        } else if (n_ended < n_begun) {
            end = end_keyframe(r, source, n_ended++, err);
        } else {
            break;
        }
    }
    if (end == SFD_OK && begin != SFD_OK && begin != SFD_ERR_END)
        return sfd_fail(err, begin, "%s", begin_error.message);
    return end;
}

static void warn_of_faults(const sfd_detect_settings *s, sfd_clip_source *source)
{
    sfd_error message;
    if (s->on_warning && sfd_clip_source_complain(source, &message))
        s->on_warning(s->user, message.message);
    if (s->on_warning && sfd_clip_source_complain_of_sound(source, &message))
        s->on_warning(s->user, message.message);
}

static sfd_status begin_job(const video_run *r, sfd_job *j, const sfd_video_info *video,
                            sfd_error *err)
{
    const sfd_detector *d = r->d;
    const sfd_job_share share = sfd_share_of_job(d->n_threads, d->n_jobs, (size_t)(j - d->jobs));
    j->width = video->width;
    j->height = video->height;
    sfd_job_want_features(j, r->settings->features);
    sfd_status status = sfd_job_need_team(j, share.n_threads, share.n_places, err);
    if (status == SFD_OK)
        status = sfd_job_need_states(j, j->width, j->height, err);
    if (status == SFD_OK)
        status = r->boxes.kind->begin_job(&r->boxes, j, err);
    return status;
}

/* As many as there are keyframes for at most; where the number was not asked for as many as there
 * is memory for, too. */
static sfd_status begin_jobs(video_run *r, const sfd_video_info *video, sfd_error *err)
{
    sfd_detector *d = r->d;
    size_t n = r->n_expected > 0 && r->n_expected < d->n_jobs ? r->n_expected : d->n_jobs;
    size_t n_bytes;
    sfd_status status = begin_job(r, &d->jobs[0], video, err);
    if (status == SFD_OK && r->settings->n_jobs == 0 && n > 1) {
        status = sfd_job_count_bytes(&d->jobs[0], &n_bytes, err);
        n = sfd_jobs_in_memory(n, n_bytes);
    }
    for (size_t i = 1; i < n && status == SFD_OK; i++)
        status = begin_job(r, &d->jobs[i], video, err);
    r->n_jobs = n;
    return status == SFD_OK ? sfd_crew_begin(&r->crew, d->jobs, d->n_jobs, err) : status;
}

static void end_jobs(video_run *r)
{
    sfd_crew_end(&r->crew);
    for (size_t i = 0; i < r->d->n_jobs; i++)
        sfd_job_end_search(&r->d->jobs[i]);
}

void sfd_detect_settings_defaults_sized(sfd_detect_settings *s, size_t struct_size)
{
    const sfd_detect_settings defaults = {.n_jobs = 1};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static sfd_status take_settings(sfd_detect_settings *s, const sfd_detect_settings *given,
                                sfd_error *err)
{
    sfd_status status = SFD_SETTINGS_TAKE(sfd_detect_settings, s, given, err);
    if (status == SFD_OK && (s->n_jobs < 0 || s->n_jobs > MAX_JOBS))
        status =
            sfd_fail(err, SFD_ERR_ARG, "%d jobs wanted, 0 to %d possible", s->n_jobs, MAX_JOBS);
    if (status == SFD_OK && !(fabs(s->timestamp_offset_s) <= 1e9))
        status = sfd_fail(err, SFD_ERR_ARG, "the first frame at %g s: out of range",
                          s->timestamp_offset_s);
    return status;
}

/* How many keyframes are wanted, by the header; 0: unknown. */
static size_t count_found(const sfd_keyframe_boxes *b, const sfd_video_info *video)
{
    const double counted = video->duration_s * (b->step_s < 1 ? video->fps : 1);
    const size_t n = sfd_count_keyframes(counted, b->find->every_s);
    const size_t n_there = n > b->first ? n - b->first : 0;
    return n_there < b->n_wanted ? n_there : b->n_wanted;
}

static sfd_status run_source(video_run *r, sfd_clip_source *source, sfd_error *err)
{
    const sfd_detect_settings *s = r->settings;
    const sfd_video_info *video = sfd_clip_source_info(source);
    r->summary->width = (size_t)video->width;
    r->summary->height = (size_t)video->height;
    r->n_expected =
        r->boxes.kind->found ? count_found(&r->boxes, video) : r->boxes.given.n_keyframes;
    sfd_status status = begin_jobs(r, video, err);
    if (status == SFD_OK)
        status = run_keyframes(r, source, err);
    end_jobs(r);
    if (status == SFD_OK && s->on_warning)
        sfd_warn_of_holes(r->boxes.video_id, r->n_left_out, s->on_warning, s->user);
    if (status == SFD_OK)
        warn_of_faults(s, source);
    return status;
}

/* Opened beside the video before, or now. */
static sfd_status open_source(const video_run *r, sfd_clip_source **source, sfd_ahead **ahead,
                              const char *path, sfd_error *err)
{
    sfd_ahead_video v = {.path = path, .boxes = r->boxes, .plan = begin_plan(r)};
    r->boxes.kind->plan(&r->boxes, &v.plan);
    *source = *ahead ? sfd_ahead_take(*ahead, &v) : NULL;
    if (*source)
        return SFD_OK;
    sfd_ahead_end(*ahead);
    *ahead = NULL;
    return sfd_clip_source_open(source, path, &v.plan, err);
}

static sfd_status run(video_run *r, const char *path, sfd_error *err)
{
    sfd_clip_source *source;
    sfd_ahead *ahead = r->d->ahead;
    r->d->ahead = NULL;
    const size_t n_jobs =
        r->settings->n_jobs > 0 ? (size_t)r->settings->n_jobs : sfd_jobs_of_cores(r->d->n_threads);
    sfd_status status = sfd_detector_need_jobs(r->d, n_jobs, err);
    if (status == SFD_OK)
        status = open_source(r, &source, &ahead, path, err);
    if (status == SFD_OK) {
        status = run_source(r, source, err);
        sfd_clip_source_close(source);
    }
    sfd_ahead_end(ahead);
    return status;
}

static sfd_status begin_run(video_run *r, const sfd_detect_settings *given, sfd_error *err)
{
    *r->summary = (sfd_detect_summary){0};
    return take_settings(r->settings, given, err);
}

static sfd_status set_time(video_run *r, sfd_error *err)
{
    return sfd_keyframe_boxes_time(&r->boxes, sfd_model_get_info(r->d->model),
                                   r->settings->timestamp_offset_s, err);
}

sfd_status sfd_detector_run_video(sfd_detector *d, const char *path, const char *video_id,
                                  const sfd_proposals *proposals,
                                  const sfd_detect_settings *settings, sfd_detect_summary *summary,
                                  sfd_error *err)
{
    sfd_detect_summary ignored;
    sfd_detect_settings s;
    video_run r = {
        .d = d, .settings = &s, .summary = summary ? summary : &ignored, .proposals = proposals};
    sfd_status status = begin_run(&r, settings, err);
    if (status == SFD_OK)
        status = sfd_boxes_are_given(&r.boxes, proposals, video_id, err);
    if (status == SFD_OK)
        status = set_time(&r, err);
    if (status == SFD_OK)
        status = sfd_keyframe_boxes_limit(&r.boxes, s.first_keyframe, s.n_keyframes, err);
    if (status != SFD_OK)
        return status;
    r.summary->n_keyframes = r.boxes.given.n_keyframes;
    return run(&r, path, err);
}

/* Tracks are those of what was seen, however the run ended. */
static sfd_status find_and_run(video_run *r, const char *path, sfd_error *err)
{
    sfd_followed *followed = r->boxes.followed;
    sfd_status status = run(r, path, err);
    double last_s;
    if (followed && (status == SFD_OK || status == SFD_ERR_CANCELLED)) {
        sfd_status end = sfd_followed_stop(followed, &last_s, err);
        if (end == SFD_OK)
            end = sfd_followed_give_tracks(followed, err);
        status = end == SFD_OK ? status : end;
    }
    return status;
}

sfd_status sfd_detector_find_and_run(sfd_detector *d, const sfd_person_model *persons,
                                     const char *path, const char *video_id,
                                     const sfd_find_settings *find,
                                     const sfd_detect_settings *settings,
                                     sfd_detect_summary *summary, sfd_error *err)
{
    sfd_detect_summary ignored;
    sfd_detect_settings s;
    sfd_find_settings f;
    video_run r = {.d = d, .settings = &s, .summary = summary ? summary : &ignored};
    sfd_status status = begin_run(&r, settings, err);
    if (status == SFD_OK)
        status = SFD_SETTINGS_TAKE(sfd_find_settings, &f, find, err);
    if (status != SFD_OK)
        return status;
    f.timestamp_offset_s = s.timestamp_offset_s;
    if (f.tracks)
        *f.tracks = NULL;
    status = sfd_find_settings_check(&f, err);
    if (status == SFD_OK)
        status = sfd_boxes_are_found(&r.boxes, persons, &f, video_id, d->n_threads, err);
    if (status == SFD_OK)
        status = set_time(&r, err);
    if (status == SFD_OK)
        status = sfd_keyframe_boxes_limit(&r.boxes, s.first_keyframe, s.n_keyframes, err);
    if (status == SFD_OK)
        status = find_and_run(&r, path, err);
    sfd_keyframe_boxes_end(&r.boxes);
    r.summary->n_keyframes = r.summary->n_done + r.summary->n_empty;
    return status;
}
