/* SPDX-License-Identifier: Apache-2.0 */
/* Running clips, progress, and what is said about them. */
#include "sfdetect_run.h"

#include "sfdetect_live.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --------------------------------------------------------------------- checks */

static void fail_clip(clip_run *r, clip *c, const sfd_error *err)
{
    cli_progress_clear(&r->progress);
    cli_fail(SFDETECT, err);
    c->to_do = false;
    r->n_clips_failed++;
}

/* A mistyped name is told at once, and before its lack of boxes. */
static sfd_status check_clip(const clip_run *r, const clip *c, size_t *n_keyframes, sfd_error *err)
{
    *n_keyframes = 0;
    if (sfd_is_picture_folder(c->path) || access(c->path, R_OK) == 0)
        return r->persons->proposals
                   ? sfd_proposals_count(r->persons->proposals, c->id, n_keyframes, err)
                   : SFD_OK;
    snprintf(err->message, sizeof err->message, "%s: cannot open: %s", c->path,
             cli_open_reason(c->path));
    return SFD_ERR_IO;
}

bool check_clips(clip_run *r)
{
    sfd_error err;
    size_t n_keyframes;
    for (size_t i = 0; i < r->clips->n; i++) {
        clip *c = &r->clips->clips[i];
        c->to_do = true;
        if (check_clip(r, c, &n_keyframes, &err) != SFD_OK)
            fail_clip(r, c, &err);
        r->n_total += n_keyframes;
    }
    return r->n_clips_failed < r->clips->n;
}

/* ------------------------------------------------------------------ callbacks */

static sfd_status on_keyframe(void *user, const sfd_keyframe *k, sfd_error *err)
{
    clip_run *r = user;
    if (r->outputs->summary)
        cli_progress_clear(&r->progress);
    const sfd_status status = add_keyframe(r->outputs, k, err);
    r->output_failed = status != SFD_OK;
    return status;
}

static void on_failure(void *user, const char *message)
{
    clip_run *r = user;
    cli_progress_clear(&r->progress);
    cli_warn(SFDETECT, "%s", message);
}

/* Detecting and rendering may find the same fault. */
static void on_video_warning(void *user, const char *message)
{
    clip_run *r = user;
    if (strcmp(message, r->last_warning) == 0)
        return;
    snprintf(r->last_warning, sizeof r->last_warning, "%s", message);
    cli_progress_clear(&r->progress);
    cli_warn(SFDETECT, "warning: %s", message);
}

static void on_progress(void *user, size_t n_done, size_t n_total)
{
    clip_run *r = user;
    const size_t n_before = r->n_done + r->n_failed + r->n_empty;
    if (!r->persons->proposals)
        r->progress.total = r->n_total = n_total ? n_before + n_total : 0;
    n_done += n_before;
    if (n_done != r->n_total) /* the last state is drawn at the end */
        cli_progress_update(&r->progress, n_done);
}

/* Said even with --quiet: an output without a row is no accident then. */
static void tell_nobody(clip_run *r, const clip *c, size_t n_keyframes)
{
    cli_progress_clear(&r->progress);
    if (r->persons->proposals) {
        cli_warn(SFDETECT, "%s: no persons in it for %s", r->o->proposals, c->path);
        return;
    }
    cli_warn(SFDETECT, "%s: nobody scores %g or more at its %zu keyframe%s", c->path,
             r->persons->threshold, n_keyframes, cli_plural(n_keyframes));
}

static void fill_settings(clip_run *r, const clip *c, sfd_detect_settings *s)
{
    sfd_detect_settings_defaults(s);
    s->timestamp_offset_s = c->offset_s;
    s->pictures = want_pictures(r->outputs);
    s->features = r->o->features != NULL;
    s->n_jobs = r->o->jobs;
    s->picture_fps = r->o->frame_fps;
    s->user = r;
    s->on_keyframe = on_keyframe;
    s->on_failure = on_failure;
    s->on_warning = on_video_warning;
    s->on_progress = on_progress;
    s->should_stop = cli_should_stop;
}

/* The clip that is done behind this one, NULL where there is none. */
static const sfd_next_video *find_next(const clip_run *r, const clip *c, sfd_next_video *next)
{
    const clip *end = r->clips->clips + r->clips->n;
    while (++c < end && !c->to_do)
        ;
    *next = (sfd_next_video){0};
    if (c == end)
        return NULL;
    next->path = c->path;
    next->video_id = c->id;
    next->timestamp_offset_s = c->offset_s;
    return next;
}

/* -------------------------------------------------------------------- running */

static sfd_status run_given(clip_run *r, const clip *c, const sfd_detect_settings *settings,
                            sfd_detect_summary *done, sfd_error *err)
{
    const sfd_proposals *boxes = r->persons->proposals;
    size_t n_keyframes;
    sfd_status status = sfd_proposals_count(boxes, c->id, &n_keyframes, err);
    if (status == SFD_OK && n_keyframes == 0)
        done->n_empty = 1; /* the clip as a whole */
    else if (status == SFD_OK)
        status = sfd_detector_run_video(r->detector, c->path, c->id, boxes, settings, done, err);
    return status;
}

static sfd_status run_found(clip_run *r, const clip *c, const sfd_detect_settings *settings,
                            sfd_detect_summary *done, sfd_error *err)
{
    sfd_find_settings find;
    fill_find_settings(r->persons, c, &find);
    keep_tracks(r->persons, &find);
    return sfd_detector_find_and_run(r->detector, r->persons->model, c->path, c->id, &find,
                                     settings, done, err);
}

/* Also where the clip was stopped. */
static sfd_status write_clip_tracks(clip_run *r, const clip *c, const sfd_detect_summary *done,
                                    sfd_error *err)
{
    const sfd_status status = put_tracks(r->persons, c, (int)done->width, (int)done->height, err);
    r->output_failed |= status != SFD_OK;
    return status;
}

static sfd_status run_clip(clip_run *r, const clip *c, sfd_error *err)
{
    sfd_detect_settings settings;
    sfd_detect_summary done = {0};
    sfd_next_video next;
    sfd_status tracks = SFD_OK;
    fill_settings(r, c, &settings);
    settings.next = find_next(r, c, &next);
    sfd_status status = r->persons->proposals ? run_given(r, c, &settings, &done, err)
                                              : run_found(r, c, &settings, &done, err);
    if (status == SFD_OK || status == SFD_ERR_CANCELLED)
        tracks = write_clip_tracks(r, c, &done, err);
    r->n_done += done.n_done;
    r->n_failed += done.n_failed;
    r->n_empty += done.n_empty;
    if (status == SFD_OK && done.n_empty > 0 && done.n_done == 0)
        tell_nobody(r, c, done.n_empty);
    return tracks == SFD_OK ? status : tracks;
}

/* Ctrl-C is how it usually ends. */
static sfd_status run_live(clip_run *r, const clip *source, sfd_error *err)
{
    live_view view = {.user = r,
                      .on_keyframe = on_keyframe,
                      .on_warning = on_video_warning,
                      .pictures = want_pictures(r->outputs),
                      .progress = &r->progress};
    sfd_status status = follow_live(r->detector, r->persons, source, &view, &r->n_done, err);
    cli_progress_clear(&r->progress);
    r->progress.note = NULL;
    r->progress.total = r->n_total = r->n_done;
    return status == SFD_ERR_CANCELLED ? SFD_OK : status;
}

/* A clip that cannot be read is an item that failed; an output that cannot be written ends all. */
int run_clips(clip_run *r)
{
    sfd_error err;
    cli_progress_start(&r->progress, "keyframes", r->n_total, r->o->quiet);
    for (size_t i = 0; i < r->clips->n && !cli_interrupted(); i++) {
        clip *c = &r->clips->clips[i];
        if (!c->to_do)
            continue;
        sfd_status status = r->o->live ? run_live(r, c, &err) : run_clip(r, c, &err);
        if (status == SFD_ERR_CANCELLED)
            break;
        if (status == SFD_OK)
            continue;
        fail_clip(r, c, &err);
        if (r->output_failed || status == SFD_ERR_NOMEM)
            return CLI_FAILED;
    }
    cli_progress_end(&r->progress, r->n_done + r->n_failed + r->n_empty);
    return CLI_CONTINUE;
}

int finish_clips(clip_run *r)
{
    const options *o = r->o;
    const bool stopped = cli_interrupted() && !o->live;
    const bool nothing = r->n_done + r->n_empty == 0 && !(o->live && r->n_clips_failed == 0);
    if (nothing && stopped) {
        cli_warn(SFDETECT, "stopped before the first keyframe was done; outputs are as they were");
        return CLI_INTERRUPTED;
    }
    if (nothing) {
        if (r->n_failed > 0 && r->clips->clips[0].offset_s == 0)
            cli_warn(SFDETECT,
                     "nothing detected; timestamps of a longer movie need --timestamp-offset");
        return CLI_FAILED;
    }
    const int exit_status = commit_outputs(r->outputs);
    if (!stopped)
        return exit_status;
    cli_warn(SFDETECT, "stopped after %zu of %zu keyframe%s; what is done was kept%s%s%s",
             r->n_done + r->n_empty, r->n_total, cli_plural(r->n_total), o->render ? ", " : "",
             o->render ? o->render : "", o->render ? " was not written" : "");
    return CLI_INTERRUPTED;
}

/* ------------------------------------------------------------------ the video again */

static void on_render_progress(void *user, size_t n_done, size_t n_total)
{
    clip_run *r = user;
    r->progress.total = n_total;
    cli_progress_update(&r->progress, n_done);
}

int render_clip(clip_run *r)
{
    sfd_error err;
    sfd_render_settings settings;
    sfd_render_settings_defaults(&settings);
    settings.timestamp_offset_s = r->clips->clips[0].offset_s;
    settings.user = r;
    settings.on_warning = on_video_warning;
    settings.on_progress = on_render_progress;
    settings.should_stop = cli_should_stop;
    cli_progress_start(&r->progress, "frames drawn", 0, r->o->quiet);
    sfd_overlay_follow(r->outputs->overlay, r->persons->tracks);
    sfd_status status =
        sfd_renderer_run(r->outputs->renderer, r->outputs->overlay, &settings, &err);
    cli_progress_clear(&r->progress);
    if (status == SFD_ERR_CANCELLED) {
        cli_warn(SFDETECT, "stopped; %s was not written", r->o->render);
        return CLI_INTERRUPTED;
    }
    return status == SFD_OK ? CLI_CONTINUE : cli_fail(SFDETECT, &err);
}
