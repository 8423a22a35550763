/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a model on a live source, the newest keyframe first. */
#include <sfdet/live.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/settings.h"
#include "pipeline/detector.h"
#include "pipeline/live_frames.h"
#include "pipeline/picture_persons.h"

#include <math.h>
#include <stdlib.h>

#define WAIT_S   0.1 /* how often should_stop is asked */
#define STATUS_S 0.5

typedef struct live_run {
    sfd_detector *d;
    const sfd_person_model *persons;
    const char *source, *video_id;
    const sfd_find_settings *find;
    const sfd_live_settings *s;
    sfd_live_status *status;
    double told_s; /* when on_status was called last */
} live_run;

void sfd_live_settings_defaults_sized(sfd_live_settings *s, size_t struct_size)
{
    const sfd_live_settings defaults = {.stall_s = 10, .give_up_s = 60};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

static sfd_status check_settings(const sfd_live_settings *s, sfd_error *err)
{
    if (s->stall_s > 0 && s->stall_s <= 1e6 && s->give_up_s >= 0 && s->give_up_s <= 1e9)
        return SFD_OK;
    return sfd_fail(err, SFD_ERR_ARG, "lost after %g s, given up after %g s: out of range",
                    s->stall_s, s->give_up_s);
}

static bool wants_to_stop(const live_run *r)
{
    return r->s->should_stop && r->s->should_stop(r->s->user);
}

static void tell_status(live_run *r, sfd_live_frames *frames)
{
    sfd_live_counts counts;
    sfd_error notice;
    sfd_live_frames_get_counts(frames, &counts);
    r->status->n_dropped = counts.n_dropped;
    r->status->n_frames = counts.n_frames;
    r->status->n_lost = counts.n_lost;
    r->status->connected = counts.connected;
    if (sfd_live_frames_notice(frames, &notice) && r->s->on_warning)
        r->s->on_warning(r->s->user, notice.message);
    const double now_s = sfd_clock_s();
    if (!r->s->on_status || now_s - r->told_s < STATUS_S)
        return;
    r->told_s = now_s;
    r->s->on_status(r->s->user, r->status);
}

/* A camera may come back with pictures of another size. */
static sfd_status fit_job(sfd_job *j, const sfd_picture *p, sfd_error *err)
{
    j->width = p->width;
    j->height = p->height;
    return sfd_job_need_states(j, p->width, p->height, err);
}

static sfd_status detect(live_run *r, const sfd_live_clip *clip, sfd_error *err)
{
    sfd_job *j = &r->d->jobs[0];
    const uint8_t *frames[SFD_MAX_CLIP_FRAMES];
    for (int i = 0; i < clip->n_frames; i++)
        frames[i] = clip->frames[i]->rgb;
    j->clip = (sfd_clip){.centre = clip->frame,
                         .exists = true,
                         .stride_bytes = clip->frames[0]->stride_bytes,
                         .frames = frames,
                         .picture = clip->picture,
                         .sound = clip->sound};
    j->search.timestamp_s = clip->timestamp_s;
    sfd_status status = fit_job(j, clip->picture, err);
    if (status != SFD_OK)
        return status;
    sfd_job_compute(j);
    status = sfd_job_result(j, err);
    if (status == SFD_OK && r->s->on_keyframe)
        status = sfd_detector_hand_out(j, r->video_id, clip->timestamp_s, r->s->pictures,
                                       r->s->on_keyframe, r->s->user, err);
    r->status->n_done += status == SFD_OK;
    r->status->stream_s = clip->timestamp_s;
    r->status->latency_s = sfd_clock_s() - clip->arrived_s;
    return status;
}

static sfd_status follow(live_run *r, sfd_live_frames *frames, sfd_error *err)
{
    for (;;) {
        sfd_live_clip clip;
        sfd_error end;
        if (wants_to_stop(r))
            return sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
        const sfd_live_state state = sfd_live_frames_take(frames, WAIT_S, &clip, &end);
        if (state == SFD_LIVE_CLIP) {
            sfd_status status = detect(r, &clip, err);
            sfd_live_clip_clear(&clip);
            if (status != SFD_OK)
                return status;
        }
        tell_status(r, frames);
        if (state == SFD_LIVE_END)
            return end.status == SFD_ERR_END ? SFD_OK
                                             : sfd_fail(err, end.status, "%s", end.message);
    }
}

static sfd_status begin(live_run *r, sfd_error *err)
{
    sfd_status status = sfd_detector_need_jobs(r->d, 1, err);
    if (status != SFD_OK)
        return status;
    sfd_job *j = &r->d->jobs[0];
    status = sfd_job_need_team(j, r->d->n_threads, 0, err);
    if (status == SFD_OK)
        status = sfd_job_begin_search(j, r->persons, err);
    j->search.threshold = r->find->threshold;
    j->search.max_persons = r->find->max_persons;
    j->search.video_id = r->video_id;
    return status;
}

static sfd_status run(live_run *r, sfd_error *err)
{
    sfd_live_frames *frames = NULL;
    const sfd_live_plan plan = {.model = r->d->model,
                                .views = &r->d->views,
                                .every_s = r->find->every_s,
                                .stall_s = r->s->stall_s,
                                .give_up_s = r->s->give_up_s,
                                .should_stop = r->s->should_stop,
                                .user = r->s->user};
    sfd_status status = begin(r, err);
    if (status == SFD_OK)
        status = sfd_live_frames_open(&frames, r->source, &plan, err);
    if (status == SFD_OK)
        status = follow(r, frames, err);
    sfd_live_frames_close(frames);
    sfd_job_end_search(&r->d->jobs[0]);
    return status;
}

sfd_status sfd_detector_run_live(sfd_detector *d, const sfd_person_model *persons,
                                 const char *source, const char *video_id,
                                 const sfd_find_settings *find, const sfd_live_settings *settings,
                                 sfd_live_status *status_out, sfd_error *err)
{
    sfd_live_status ignored;
    sfd_find_settings f;
    sfd_live_settings s;
    live_run r = {.d = d,
                  .persons = persons,
                  .source = source,
                  .video_id = video_id,
                  .find = &f,
                  .s = &s,
                  .status = status_out ? status_out : &ignored};
    *r.status = (sfd_live_status){0};
    sfd_status status = SFD_SETTINGS_TAKE(sfd_live_settings, &s, settings, err);
    if (status == SFD_OK)
        status = check_settings(&s, err);
    if (status == SFD_OK)
        status = SFD_SETTINGS_TAKE(sfd_find_settings, &f, find, err);
    if (status == SFD_OK)
        status = sfd_find_settings_check(&f, err);
    if (status == SFD_OK && sfd_model_get_info(d->model)->frame_timestamps)
        status = sfd_fail(err, SFD_ERR_UNSUPPORTED,
                          "%s: timestamps are numbers of frames, which live sources have not",
                          sfd_model_get_info(d->model)->name);
    return status == SFD_OK ? run(&r, err) : status;
}
