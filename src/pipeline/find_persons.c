/* SPDX-License-Identifier: Apache-2.0 */
/* Persons at the keyframes of a video. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/timeline.h"
#include "media/video_reader.h"
#include "pipeline/box_writer.h"
#include "pipeline/picture_persons.h"

#include <math.h>
#include <stdlib.h>

typedef struct search {
    sfd_person_finder *finder;
    const char *video_id;
    const sfd_find_settings *s;
    sfd_video_reader *reader;
    sfd_video_info info;
    size_t n_done;
} search;

static bool stop(const search *f)
{
    return f->s->should_stop && f->s->should_stop(f->s->user);
}

static sfd_status search_picture(search *f, const sfd_picture *p, int64_t frame, double timestamp_s,
                                 sfd_error *err)
{
    sfd_found_keyframe k = {.video_id = f->video_id,
                            .timestamp_s = timestamp_s,
                            .frame = frame,
                            .width = p->width,
                            .height = p->height};
    sfd_status status = sfd_find_in_picture(f->finder, p, f->s->threshold, f->s->max_persons,
                                            &k.persons, &k.n_persons, err);
    if (status == SFD_OK && f->s->on_keyframe)
        status = f->s->on_keyframe(f->s->user, &k, err);
    f->n_done++;
    if (status == SFD_OK && f->s->on_progress)
        f->s->on_progress(f->s->user, f->n_done,
                          sfd_count_keyframes(f->info.duration_s, f->s->every_s));
    return status;
}

static bool is_keyframe(void *user, int64_t first, int64_t last)
{
    const search *f = user;
    const double step = f->s->every_s * SFD_TIMELINE_FPS;
    return floor(((double)last + 0.5) / step) * step >= (double)first - 0.5;
}

static sfd_status search_keyframes(search *f, sfd_error *err)
{
    sfd_status status = SFD_OK;
    while (status == SFD_OK) {
        const double timestamp_s =
            sfd_keyframe_timestamp(f->n_done, f->s->every_s, f->s->timestamp_offset_s);
        const int64_t frame = sfd_timeline_frame(timestamp_s - f->s->timestamp_offset_s);
        sfd_picture *picture;
        int64_t index;
        if (stop(f))
            return sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
        status = sfd_video_skip_to(f->reader, frame, err);
        if (status == SFD_OK)
            status = sfd_video_next(f->reader, &picture, &index, err);
        if (status != SFD_OK)
            break;
        status = search_picture(f, picture, index, timestamp_s, err);
        sfd_picture_unref(picture);
    }
    return status == SFD_ERR_END ? SFD_OK : status;
}

static sfd_status search_video(search *f, const char *path, sfd_error *err)
{
    const sfd_video_options options = {
        .fps = SFD_TIMELINE_FPS, .should_stop = f->s->should_stop, .user = f->s->user};
    sfd_status status = sfd_video_open(&f->reader, path, &options, err);
    if (status != SFD_OK)
        return status;
    f->info = *sfd_video_get_info(f->reader);
    sfd_video_set_wants(f->reader, is_keyframe, f);
    status = search_keyframes(f, err);
    sfd_error complaint;
    if (sfd_video_complain(f->reader, &complaint) && f->s->on_warning)
        f->s->on_warning(f->s->user, complaint.message);
    sfd_video_close(f->reader);
    return status;
}

sfd_status sfd_find_persons(sfd_person_finder *finder, const char *path, const char *video_id,
                            const sfd_find_settings *settings, sfd_error *err)
{
    sfd_find_settings s;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_find_settings, &s, settings, err);
    if (status != SFD_OK)
        return status;
    status = sfd_find_settings_check(&s, err);
    if (status != SFD_OK)
        return status;
    search f = {.finder = finder, .video_id = video_id, .s = &s};
    return search_video(&f, path, err);
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
