/* SPDX-License-Identifier: Apache-2.0 */
/* Persons at the keyframes of a video. */
#include "base/error.h"
#include "base/settings.h"
#include "base/timeline.h"
#include "pipeline/box_writer.h"
#include "pipeline/followed.h"
#include "pipeline/picture_persons.h"

#include <stdlib.h>

typedef struct search {
    sfd_person_finder *finder;
    const char *video_id;
    const sfd_find_settings *s;
    sfd_clip_source *source;
    const sfd_video_info *info;
    sfd_followed *followed; /* with track_fps */
    size_t next;            /* keyframe */
    size_t n_left_out;      /* keyframes, in holes of the video */
} search;

static double timestamp_of(const search *f, size_t keyframe)
{
    return sfd_keyframe_timestamp(keyframe, f->s->every_s, f->s->timestamp_offset_s);
}

static double keyframe_time_s(const void *user, size_t keyframe)
{
    const search *f = user;
    return timestamp_of(f, keyframe) - f->s->timestamp_offset_s;
}

static bool stop(const search *f)
{
    return f->s->should_stop && f->s->should_stop(f->s->user);
}

static void tell_progress(const search *f, size_t n_done)
{
    const double step_s = f->followed ? 1 / f->s->track_fps : f->s->every_s;
    if (f->s->on_progress)
        f->s->on_progress(f->s->user, n_done, sfd_count_keyframes(f->info->duration_s, step_s));
}

static sfd_status hand_out(const search *f, const sfd_found_keyframe *k, sfd_error *err)
{
    return f->s->on_keyframe ? f->s->on_keyframe(f->s->user, k, err) : SFD_OK;
}

static sfd_status hand_out_followed(search *f, size_t keyframe, int64_t frame, sfd_error *err)
{
    sfd_found_keyframe k;
    const sfd_status status =
        sfd_followed_at(f->followed, timestamp_of(f, keyframe), frame, &k, err);
    return status == SFD_OK ? hand_out(f, &k, err) : status;
}

static sfd_status look_at_keyframe(search *f, const sfd_clip *c, sfd_error *err)
{
    const sfd_picture *p = c->picture;
    sfd_found_keyframe k = {.video_id = f->video_id,
                            .timestamp_s = timestamp_of(f, c->index),
                            .frame = c->centre,
                            .width = p->width,
                            .height = p->height};
    sfd_status status = sfd_find_in_picture(f->finder, p, f->s->threshold, f->s->max_persons,
                                            &k.persons, &k.n_persons, err);
    return status == SFD_OK ? hand_out(f, &k, err) : status;
}

/* Goes on where another picture is shown. */
static void pass_over_hole(search *f, const sfd_clip *c)
{
    const size_t next = sfd_keyframe_from(c->still_until, f->s->every_s);
    f->next = next > c->index ? next : c->index + 1;
    f->n_left_out += f->next - c->index;
    sfd_clip_source_pass(f->source, f->next);
}

static sfd_status take_keyframe(search *f, const sfd_clip *c, sfd_error *err)
{
    sfd_status status = SFD_OK;
    if (!c->exists)
        return SFD_ERR_END;
    f->next = c->index + 1;
    if (c->stands)
        pass_over_hole(f, c);
    else if (f->followed)
        status = hand_out_followed(f, c->index, c->centre, err);
    else
        status = look_at_keyframe(f, c, err);
    if (!f->followed)
        tell_progress(f, f->next);
    return status;
}

static sfd_status take_next(search *f, sfd_error *err)
{
    sfd_clip c;
    if (stop(f))
        return sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
    sfd_status status = sfd_clip_source_next(f->source, &c, f->s->should_stop, f->s->user, err);
    if (status != SFD_OK)
        return status;
    if (c.event == SFD_CLIP_KEYFRAME)
        return take_keyframe(f, &c, err);
    status = sfd_followed_take(f->followed, f->source, &c, err);
    if (c.event == SFD_CLIP_MOMENT)
        tell_progress(f, c.index + 1);
    return status;
}

/* What was seen until the search was stopped is kept, too. */
static sfd_status finish_following(search *f, sfd_status status, sfd_error *err)
{
    double last_s;
    if (status != SFD_OK && status != SFD_ERR_CANCELLED)
        return status;
    sfd_status finish = sfd_followed_stop(f->followed, &last_s, err);
    const int64_t last = sfd_timeline_frame(last_s);
    while (status == SFD_ERR_CANCELLED && finish == SFD_OK) {
        const int64_t frame = sfd_timeline_frame(keyframe_time_s(f, f->next));
        if (frame > last)
            break;
        finish = hand_out_followed(f, f->next++, frame, err);
    }
    if (finish == SFD_OK)
        finish = sfd_followed_give_tracks(f->followed, err);
    return finish == SFD_OK ? status : finish;
}

static sfd_status search_source(search *f, sfd_error *err)
{
    sfd_error complaint;
    sfd_status status = SFD_OK;
    f->info = sfd_clip_source_info(f->source);
    while (status == SFD_OK)
        status = take_next(f, err);
    status = status == SFD_ERR_END ? SFD_OK : status;
    if (f->followed)
        status = finish_following(f, status, err);
    if (status == SFD_OK && f->s->on_warning)
        sfd_warn_of_holes(f->video_id, f->n_left_out, f->s->on_warning, f->s->user);
    if (sfd_clip_source_complain(f->source, &complaint) && f->s->on_warning)
        f->s->on_warning(f->s->user, complaint.message);
    return status;
}

static sfd_status search_video(search *f, const char *path, sfd_error *err)
{
    sfd_clip_plan plan = {.time_s = keyframe_time_s,
                          .keyframes = f,
                          .n_keyframes = SIZE_MAX,
                          .pictures = !f->followed,
                          .picture_fps = f->s->picture_fps,
                          .should_stop = f->s->should_stop,
                          .user = f->s->user};
    if (f->followed)
        sfd_followed_plan(f->followed, &plan);
    sfd_status status = sfd_clip_source_open(&f->source, path, &plan, err);
    if (status != SFD_OK)
        return status;
    status = search_source(f, err);
    sfd_clip_source_close(f->source);
    return status;
}

sfd_status sfd_find_persons(sfd_person_finder *finder, const char *path, const char *video_id,
                            const sfd_find_settings *settings, sfd_error *err)
{
    sfd_find_settings s;
    search f = {.finder = finder, .video_id = video_id, .s = &s};
    sfd_status status = SFD_SETTINGS_TAKE(sfd_find_settings, &s, settings, err);
    if (status == SFD_OK)
        status = sfd_find_settings_check(&s, err);
    if (status != SFD_OK)
        return status;
    if (s.tracks)
        *s.tracks = NULL;
    if (s.track_fps > 0)
        status = sfd_followed_create(&f.followed, finder, &s, video_id, err);
    if (status == SFD_OK)
        status = search_video(&f, path, err);
    sfd_followed_free(f.followed);
    return status;
}

/* ------------------------------------------------------------------ as proposals */

typedef struct collector {
    const sfd_find_settings *s; /* the caller's */
    FILE *text;
} collector;

static sfd_status collect(void *user, const sfd_found_keyframe *k, sfd_error *err)
{
    const collector *c = user;
    sfd_write_box_rows(c->text, k);
    if (ferror(c->text))
        return sfd_fail_nomem(err, k->video_id);
    return c->s->on_keyframe ? c->s->on_keyframe(c->s->user, k, err) : SFD_OK;
}

static void pass_progress(void *user, size_t n_done, size_t n_total)
{
    const collector *c = user;
    if (c->s->on_progress)
        c->s->on_progress(c->s->user, n_done, n_total);
}

static void pass_warning(void *user, const char *message)
{
    const collector *c = user;
    if (c->s->on_warning)
        c->s->on_warning(c->s->user, message);
}

static bool ask_stop(void *user)
{
    const collector *c = user;
    return c->s->should_stop && c->s->should_stop(c->s->user);
}

/* By way of the text, so that a file of the same boxes gives the same results to the last digit. */
sfd_status sfd_find_proposals(sfd_proposals **out, sfd_person_finder *finder, const char *path,
                              const char *video_id, const sfd_find_settings *settings,
                              sfd_error *err)
{
    sfd_find_settings given, own;
    char *text = NULL;
    size_t n = 0;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_find_settings, &given, settings, err);
    if (status != SFD_OK)
        return status;
    collector c = {&given, open_memstream(&text, &n)};
    if (!c.text)
        return sfd_fail_nomem(err, path);
    own = given;
    own.user = &c;
    own.on_keyframe = collect;
    own.on_progress = pass_progress;
    own.on_warning = pass_warning;
    own.should_stop = ask_stop;
    status = sfd_find_persons(finder, path, video_id, &own, err);
    if (fclose(c.text) != 0 && status == SFD_OK)
        status = sfd_fail_nomem(err, path);
    if (status == SFD_OK)
        status = sfd_rows_as_proposals(out, video_id, text, n, err);
    free(text);
    return status;
}
