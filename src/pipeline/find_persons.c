/* SPDX-License-Identifier: Apache-2.0 */
/* Persons at the keyframes of a video. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/timeline.h"
#include "media/video_reader.h"
#include "pipeline/box_writer.h"
#include "pipeline/follow.h"
#include "pipeline/picture_persons.h"

#include <math.h>
#include <stdlib.h>

/* Of a picture: the time that who-is-who takes grows with the cube. */
#define MOST_FOLLOWED 200

typedef struct search search;

/* Frames in which a picture has stood too long. */
typedef struct hole {
    int64_t first, end;
} hole;

struct search {
    sfd_person_finder *finder;
    const char *video_id;
    const sfd_find_settings *s;
    sfd_video_reader *reader;
    sfd_video_info info;
    double step_s;     /* between the pictures that are looked at */
    size_t n_done;     /* of them */
    size_t n_left_out; /* keyframes, in holes of the video */
    hole *holes;       /* [n_holes], where persons are followed */
    size_t n_holes, n_holes_alloc;
    sfd_follower *follower; /* with track_fps */
    sfd_status (*look)(search *f, const sfd_picture *p, int64_t frame, double timestamp_s,
                       sfd_error *err);
};

static bool stop(const search *f)
{
    return f->s->should_stop && f->s->should_stop(f->s->user);
}

static sfd_status hand_out(const search *f, const sfd_found_keyframe *k, sfd_error *err)
{
    return f->s->on_keyframe ? f->s->on_keyframe(f->s->user, k, err) : SFD_OK;
}

/* ------------------------------------------------------------ picture by picture */

static sfd_status look_at_keyframe(search *f, const sfd_picture *p, int64_t frame,
                                   double timestamp_s, sfd_error *err)
{
    sfd_found_keyframe k = {.video_id = f->video_id,
                            .timestamp_s = timestamp_s,
                            .frame = frame,
                            .width = p->width,
                            .height = p->height};
    sfd_status status = sfd_find_in_picture(f->finder, p, f->s->threshold, f->s->max_persons,
                                            &k.persons, &k.n_persons, err);
    return status == SFD_OK ? hand_out(f, &k, err) : status;
}

static sfd_status look_for_tracks(search *f, const sfd_picture *p, int64_t frame,
                                  double timestamp_s, sfd_error *err)
{
    const sfd_found_person *persons;
    size_t n;
    (void)frame;
    sfd_status status = sfd_find_in_picture(f->finder, p, sfd_follower_least_score(f->follower),
                                            MOST_FOLLOWED, &persons, &n, err);
    return status == SFD_OK ? sfd_follower_add(f->follower, timestamp_s, persons, n, p, err)
                            : status;
}

static bool is_looked_at(void *user, int64_t first, int64_t last)
{
    const search *f = user;
    const double step = f->step_s * SFD_TIMELINE_FPS;
    return floor(((double)last + 0.5) / step) * step >= (double)first - 0.5;
}

/* Goes on with the last picture before another one is shown. */
static sfd_status pass_over_hole(search *f, sfd_error *err)
{
    const int64_t end = sfd_video_still_until(f->reader);
    const double step = f->step_s * SFD_TIMELINE_FPS;
    const size_t last = (size_t)fmax(ceil(((double)end - 0.5) / step) - 1, (double)f->n_done);
    if (!f->follower) {
        f->n_left_out += last - f->n_done + 1;
    } else {
        if (!sfd_grow(&f->holes, &f->n_holes_alloc, f->n_holes, sizeof *f->holes))
            return sfd_fail_nomem(err, f->video_id);
        f->holes[f->n_holes++] = (hole){sfd_video_stands_from(f->reader), end};
    }
    f->n_done = last;
    return SFD_OK;
}

static sfd_status look_at_next(search *f, sfd_error *err)
{
    const double offset_s = f->s->timestamp_offset_s;
    const double timestamp_s = sfd_keyframe_timestamp(f->n_done, f->step_s, offset_s);
    sfd_picture *picture;
    int64_t index;
    if (stop(f))
        return sfd_fail(err, SFD_ERR_CANCELLED, "stopped");
    sfd_status status =
        sfd_video_skip_to(f->reader, sfd_timeline_frame(timestamp_s - offset_s), err);
    if (status == SFD_OK)
        status = sfd_video_next(f->reader, &picture, &index, err);
    if (status != SFD_OK)
        return status;
    if (index >= sfd_video_stands_from(f->reader))
        status = pass_over_hole(f, err);
    else
        status = f->look(f, picture, index, timestamp_s, err);
    sfd_picture_unref(picture);
    f->n_done++;
    if (status == SFD_OK && f->s->on_progress)
        f->s->on_progress(f->s->user, f->n_done,
                          sfd_count_keyframes(f->info.duration_s, f->step_s));
    return status;
}

static sfd_status look_at_all(search *f, sfd_error *err)
{
    sfd_status status = SFD_OK;
    while (status == SFD_OK)
        status = look_at_next(f, err);
    return status == SFD_ERR_END ? SFD_OK : status;
}

/* ------------------------------------------------------------- keyframes of tracks */

static int best_first(const void *a, const void *b)
{
    const sfd_found_person *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->person_id > y->person_id) - (x->person_id < y->person_id);
}

static sfd_status hand_out_place(const search *f, const sfd_tracks *t, double timestamp_s,
                                 sfd_track_box *places, sfd_found_person *persons, sfd_error *err)
{
    const double w = f->info.width, h = f->info.height;
    size_t n = sfd_tracks_at(t, timestamp_s, places, sfd_tracks_count(t));
    for (size_t i = 0; i < n; i++) {
        const sfd_box_norm *b = &places[i].box;
        persons[i] = (sfd_found_person){
            .box = {(float)(b->x1 * w), (float)(b->y1 * h), (float)(b->x2 * w), (float)(b->y2 * h)},
            .score = (float)places[i].score,
            .person_id = places[i].person_id};
    }
    if (n > 0)
        qsort(persons, n, sizeof *persons, best_first);
    if (f->s->max_persons > 0 && n > (size_t)f->s->max_persons)
        n = (size_t)f->s->max_persons;
    const sfd_found_keyframe k = {.video_id = f->video_id,
                                  .timestamp_s = timestamp_s,
                                  .frame =
                                      sfd_timeline_frame(timestamp_s - f->s->timestamp_offset_s),
                                  .width = f->info.width,
                                  .height = f->info.height,
                                  .n_persons = n,
                                  .persons = persons};
    return hand_out(f, &k, err);
}

static bool is_in_hole(const search *f, int64_t frame)
{
    for (size_t i = 0; i < f->n_holes; i++)
        if (frame >= f->holes[i].first && frame < f->holes[i].end)
            return true;
    return false;
}

/* The keyframes that were passed: all but those behind the end of the video, or behind the last
 * picture looked at. */
static sfd_status hand_out_keyframes(search *f, const sfd_tracks *t, sfd_error *err)
{
    const double offset_s = f->s->timestamp_offset_s, end_s = sfd_video_end_s(f->reader);
    const double last_s =
        end_s > 0 ? end_s - 1.0 / SFD_TIMELINE_FPS : ((double)f->n_done - 1) * f->step_s;
    const int64_t last = sfd_timeline_frame(last_s);
    const size_t n_room = sfd_tracks_count(t);
    sfd_track_box *places = sfd_malloc_array(n_room, sizeof *places);
    sfd_found_person *persons = sfd_malloc_array(n_room, sizeof *persons);
    sfd_status status = places && persons ? SFD_OK : sfd_fail_nomem(err, f->video_id);
    for (size_t k = 0; status == SFD_OK; k++) {
        const double timestamp_s = sfd_keyframe_timestamp(k, f->s->every_s, offset_s);
        const int64_t frame = sfd_timeline_frame(timestamp_s - offset_s);
        if (frame > last)
            break;
        if (is_in_hole(f, frame))
            f->n_left_out++;
        else
            status = hand_out_place(f, t, timestamp_s, places, persons, err);
    }
    free(places);
    free(persons);
    return status;
}

/* What was seen until the search was stopped is kept, too. */
static sfd_status finish_tracks(search *f, sfd_status status, sfd_error *err)
{
    sfd_tracks *t = NULL;
    if (status != SFD_OK && status != SFD_ERR_CANCELLED)
        return status;
    const double end_s = sfd_video_end_s(f->reader);
    const double until_s = end_s > 0 ? end_s - 1.0 / SFD_TIMELINE_FPS : 0;
    sfd_status finish =
        sfd_follower_finish(f->follower, until_s + f->s->timestamp_offset_s, &t, err);
    if (finish == SFD_OK)
        finish = hand_out_keyframes(f, t, err);
    if (finish == SFD_OK && f->s->tracks)
        *f->s->tracks = t;
    else
        sfd_tracks_free(t);
    return finish == SFD_OK ? status : finish;
}

/* ----------------------------------------------------------------- whole videos */

static sfd_status search_video(search *f, const char *path, sfd_error *err)
{
    const sfd_video_options options = {
        .fps = SFD_TIMELINE_FPS, .should_stop = f->s->should_stop, .user = f->s->user};
    sfd_status status = sfd_video_open(&f->reader, path, &options, err);
    if (status != SFD_OK)
        return status;
    f->info = *sfd_video_get_info(f->reader);
    sfd_video_set_wants(f->reader, is_looked_at, f);
    status = look_at_all(f, err);
    if (f->follower)
        status = finish_tracks(f, status, err);
    if (status == SFD_OK && f->s->on_warning)
        sfd_warn_of_holes(f->video_id, f->n_left_out, f->s->on_warning, f->s->user);
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
    if (status == SFD_OK)
        status = sfd_find_settings_check(&s, err);
    if (status != SFD_OK)
        return status;
    search f = {.finder = finder,
                .video_id = video_id,
                .s = &s,
                .step_s = s.every_s,
                .look = look_at_keyframe};
    if (s.tracks)
        *s.tracks = NULL;
    if (s.track_fps > 0) {
        f.step_s = 1 / s.track_fps;
        f.look = look_for_tracks;
        status = sfd_follower_create(&f.follower, s.track_fps, s.threshold, err);
    }
    if (status == SFD_OK)
        status = search_video(&f, path, err);
    sfd_follower_free(f.follower);
    free(f.holes);
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
