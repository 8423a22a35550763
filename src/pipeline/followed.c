/* SPDX-License-Identifier: Apache-2.0 */
/* Moments into the follower, keyframes out of it. */
#include "pipeline/followed.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/timeline.h"
#include "pipeline/follow.h"
#include "pipeline/picture_persons.h"

#include <math.h>
#include <stdlib.h>

/* Of a picture: the time that who-is-who takes grows with the cube. */
#define MOST_FOLLOWED 200

struct sfd_followed {
    sfd_person_finder *finder;
    const sfd_find_settings *s;
    const char *video_id;
    sfd_clip_moments moments;
    sfd_follower *follower;
    int width, height;
    double last_s; /* moment, since the first frame; -1: none yet */
    bool ended;

    /* at a keyframe */
    sfd_found_person *persons;
    size_t n_persons_alloc;
};

sfd_status sfd_followed_create(sfd_followed **out, sfd_person_finder *finder,
                               const sfd_find_settings *s, const char *video_id, sfd_error *err)
{
    sfd_followed *f = sfd_calloc(1, sizeof *f);
    *out = NULL;
    if (!f)
        return sfd_fail_nomem(err, video_id);
    f->finder = finder;
    f->s = s;
    f->video_id = video_id;
    f->last_s = -1;
    f->moments = (sfd_clip_moments){1 / s->track_fps, s->timestamp_offset_s};
    sfd_status status =
        sfd_follower_create(&f->follower, s->track_fps, s->threshold, s->tracks != NULL, err);
    if (status == SFD_OK)
        *out = f;
    else
        sfd_followed_free(f);
    return status;
}

void sfd_followed_free(sfd_followed *f)
{
    if (!f)
        return;
    sfd_follower_free(f->follower);
    free(f->persons);
    free(f);
}

void sfd_followed_plan(const sfd_followed *f, sfd_clip_plan *plan)
{
    plan->moments = f->moments;
    plan->delay_frames = (int64_t)ceil(sfd_follower_delay_s(f->follower) * SFD_TIMELINE_FPS) + 2;
}

static sfd_status look(sfd_followed *f, const sfd_clip *moment, sfd_error *err)
{
    const sfd_clip_moments *m = &f->moments;
    const double timestamp_s = sfd_keyframe_timestamp(moment->index, m->step_s, m->offset_s);
    const sfd_found_person *persons;
    size_t n;
    sfd_status status =
        sfd_find_in_picture(f->finder, moment->picture, sfd_follower_least_score(f->follower),
                            MOST_FOLLOWED, &persons, &n, err);
    if (status == SFD_OK)
        status = sfd_follower_add(f->follower, timestamp_s, persons, n, moment->picture, err);
    f->last_s = (double)moment->index * m->step_s;
    return status;
}

static sfd_status end(sfd_followed *f, double end_s, sfd_error *err)
{
    const double until_s = end_s > 0 ? end_s - 1.0 / SFD_TIMELINE_FPS : 0;
    f->ended = true;
    return sfd_follower_end(f->follower, until_s + f->moments.offset_s, err);
}

sfd_status sfd_followed_take(sfd_followed *f, sfd_clip_source *source, const sfd_clip *event,
                             sfd_error *err)
{
    const sfd_video_info *video = sfd_clip_source_info(source);
    f->width = video->width;
    f->height = video->height;
    return event->event == SFD_CLIP_MOMENT ? look(f, event, err)
                                           : end(f, sfd_clip_source_end_s(source), err);
}

sfd_status sfd_followed_stop(sfd_followed *f, double *last_s, sfd_error *err)
{
    *last_s = f->last_s;
    return f->ended ? SFD_OK : end(f, 0, err);
}

static int best_first(const void *a, const void *b)
{
    const sfd_found_person *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->person_id > y->person_id) - (x->person_id < y->person_id);
}

static sfd_status reserve(sfd_followed *f, size_t n, sfd_error *err)
{
    if (n <= f->n_persons_alloc)
        return SFD_OK;
    free(f->persons);
    f->persons = sfd_malloc_array(n, sizeof *f->persons);
    f->n_persons_alloc = f->persons ? n : 0;
    return f->persons ? SFD_OK : sfd_fail_nomem(err, f->video_id);
}

sfd_status sfd_followed_at(sfd_followed *f, double timestamp_s, int64_t frame,
                           sfd_found_keyframe *k, sfd_error *err)
{
    const sfd_track_box *places;
    const double w = f->width, h = f->height;
    size_t n;
    sfd_status status = sfd_follower_at(f->follower, timestamp_s, &places, &n, err);
    if (status == SFD_OK)
        status = reserve(f, n, err);
    if (status != SFD_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        const sfd_box_norm *b = &places[i].box;
        f->persons[i] = (sfd_found_person){
            .box = {(float)(b->x1 * w), (float)(b->y1 * h), (float)(b->x2 * w), (float)(b->y2 * h)},
            .score = (float)places[i].score,
            .person_id = places[i].person_id};
    }
    if (n > 0)
        qsort(f->persons, n, sizeof *f->persons, best_first);
    if (f->s->max_persons > 0 && n > (size_t)f->s->max_persons)
        n = (size_t)f->s->max_persons;
    *k = (sfd_found_keyframe){.video_id = f->video_id,
                              .timestamp_s = timestamp_s,
                              .frame = frame,
                              .width = f->width,
                              .height = f->height,
                              .n_persons = n,
                              .persons = f->persons};
    return SFD_OK;
}

sfd_status sfd_followed_give_tracks(const sfd_followed *f, sfd_error *err)
{
    return f->s->tracks ? sfd_follower_tracks(f->follower, f->s->tracks, err) : SFD_OK;
}
