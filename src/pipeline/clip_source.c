/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes and resizes a video on a thread of its own and hands out the clips around keyframes. */
#include "pipeline/clip_source.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/timeline.h"
#include "pipeline/clip_sound.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL_MS    100 /* how often should_stop is asked while waiting */
#define END_FRAMES 64  /* containers do not tell the length more exactly than this */
#define N_MOMENTS  2   /* that may wait for the caller */

typedef struct slot {
    int64_t number;
    bool stands;          /* in a hole: sfd_video_stands_from() */
    int64_t still_until;  /* the number of the next frame that is another picture */
    sfd_picture *resized; /* NULL without a model */
    sfd_picture *full;    /* NULL unless it is a keyframe and pictures are wanted */
} slot;

/* A picture that is looked at. */
typedef struct moment {
    int64_t number;
    size_t index;
    sfd_picture *full;
} moment;

struct sfd_clip_source {
    char *path;
    sfd_clip_plan plan;
    int n_frames;
    sfd_view_sheet sheet;
    sfd_video_reader *reader; /* the thread's while it runs */
    bool opening;             /* the caller's should_stop may be asked: it is the one that reads */
    atomic_bool stop_reading;

    /* the thread's own */
    sfd_clip_progress progress;
    sfd_picture *source; /* last frame resized, and the same resized */
    sfd_picture *source_resized;
    sfd_picture *read; /* last frame read, where it belongs to no clip */

    /* the caller's own */
    size_t next, n_given; /* keyframe; of clips */
    sfd_clip_window clip;
    const uint8_t **clip_rows; /* [n_clips][n_frames], of clips in use, round and round */
    int64_t *clip_first;       /* [n_clips] first frame of each; INT64_MAX for none */
    sfd_picture *looked_at;    /* of the moment that was handed out last */
    bool end_told;
    sfd_clip_sound sound;
    bool (*should_stop)(void *); /* of the call that reads it */
    void *stop_user;

    /* shared, under the lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    slot *ring; /* numbers rise from `head` */
    size_t n_ring, head, n_used;
    moment moments[N_MOMENTS];
    size_t n_moments;
    size_t n_ahead;       /* slots that may be filled beyond what the caller waits for */
    size_t passed;        /* keyframes before this one are not wanted any more */
    int64_t delivered;    /* every wanted frame up to this number has been put in */
    int64_t last_wanted;  /* by the caller: later frames are read ahead */
    int64_t total_frames; /* -1 until the end was met; exact where a clip reaches over it */
    double end_s;         /* of the video, once total_frames is set */
    bool finished, stop;
    sfd_status status; /* of decoding; meaningful once finished */
    sfd_error error;

    pthread_t thread;
    bool has_lock, has_condition, has_thread;
};

/* ---------------------------------------------- the thread: bringing frames */

/* For the reader. Where the video ends, its last frame may stand for others: close to the end none
 * is left out. */
static bool wants_frames(void *user, int64_t first, int64_t last)
{
    sfd_clip_source *s = user;
    const sfd_video_info *video = sfd_video_get_info(s->reader);
    const double end = video->duration_s * video->fps - END_FRAMES;
    sfd_wanted_frame wanted;
    return (double)last >= end ||
           (sfd_clip_find_wanted(&s->progress, first - 1, &wanted) && wanted.number <= last);
}

/* A frame that the rate conversion repeats is the same picture again and resized once. */
static sfd_status resize(sfd_clip_source *s, sfd_picture *full, sfd_error *err)
{
    if (full == s->source && s->source_resized)
        return SFD_OK;
    sfd_picture_unref(s->source);
    sfd_picture_unref(s->source_resized);
    s->source = sfd_picture_ref(full);
    s->source_resized = NULL;
    return sfd_view_sheet_make(&s->sheet, &s->source_resized, full, err);
}

static void free_slot(slot *f)
{
    sfd_picture_unref(f->resized);
    sfd_picture_unref(f->full);
}

/* Under the lock: the ring is full, or as much as may be read ahead waits behind what the caller
 * waits for. */
static bool far_enough_ahead(const sfd_clip_source *s)
{
    return s->n_used == s->n_ring ||
           (s->n_used >= s->n_ahead &&
            s->ring[(s->head + s->n_used - s->n_ahead) % s->n_ring].number > s->last_wanted);
}

/* Waits for room. Takes the pictures in every case; f or m is NULL where it is not wanted. */
static sfd_status put(sfd_clip_source *s, slot *f, const moment *m, int64_t number)
{
    pthread_mutex_lock(&s->lock);
    while (((f && far_enough_ahead(s)) || (m && s->n_moments == N_MOMENTS)) && !s->stop)
        pthread_cond_wait(&s->changed, &s->lock);
    const bool stop = s->stop;
    if (!stop) {
        if (f)
            s->ring[(s->head + s->n_used++) % s->n_ring] = *f;
        if (m)
            s->moments[s->n_moments++] = *m;
        s->delivered = number;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    if (stop && f)
        free_slot(f);
    if (stop && m)
        sfd_picture_unref(m->full);
    return stop ? SFD_ERR_CANCELLED : SFD_OK;
}

/* In a hole nobody is looked for: the moment after it comes next. */
static sfd_status bring(sfd_clip_source *s, sfd_picture *full, const sfd_wanted_frame *wanted,
                        sfd_error *err)
{
    slot f = {.number = wanted->number,
              .stands = wanted->number >= sfd_video_stands_from(s->reader),
              .still_until = sfd_video_still_until(s->reader)};
    moment m = {.number = wanted->number, .index = wanted->moment_index};
    if (wanted->in_clip && s->plan.model) {
        const sfd_status status = resize(s, full, err);
        if (status != SFD_OK)
            return status;
        f.resized = sfd_picture_ref(s->source_resized);
    }
    if (wanted->keyframe && s->plan.pictures)
        f.full = sfd_picture_ref(full);
    const bool looked_at = wanted->moment && !f.stands;
    if (looked_at)
        m.full = sfd_picture_ref(full);
    if (wanted->moment && f.stands)
        s->progress.moments_from = f.still_until;
    return put(s, wanted->in_clip ? &f : NULL, looked_at ? &m : NULL, wanted->number);
}

static void set_total(sfd_clip_source *s, int64_t total)
{
    pthread_mutex_lock(&s->lock);
    s->total_frames = total;
    s->end_s = sfd_video_end_s(s->reader);
    pthread_mutex_unlock(&s->lock);
}

/* The end was met somewhere after `last_read`. Clips that reach over it repeat the very last frame,
 * which no clip may have asked for: it is less than one sampling step away. */
static sfd_status bring_last_frame(sfd_clip_source *s, int64_t last_read, sfd_error *err)
{
    int64_t number;
    sfd_picture *last = s->read ? sfd_picture_ref(s->read) : NULL;
    sfd_wanted_frame wanted = {.number = last_read, .in_clip = true};
    sfd_status status = sfd_video_skip_to(s->reader, last_read + 1, err);
    while (status == SFD_OK) {
        sfd_picture *p;
        status = sfd_video_next(s->reader, &p, &number, err);
        if (status == SFD_OK) {
            sfd_picture_unref(last);
            last = p;
            wanted.number = number;
        }
    }
    if (status == SFD_ERR_END) {
        set_total(s, wanted.number + 1);
        status = last ? bring(s, last, &wanted, err) : SFD_OK;
    }
    sfd_picture_unref(last);
    return status;
}

static sfd_status meet_end(sfd_clip_source *s, int64_t last_read, const sfd_wanted_frame *missing,
                           sfd_error *err)
{
    if (missing->number == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: the video has no frames", s->path);
    if (sfd_clip_reaches_over_end(&s->progress, last_read))
        return bring_last_frame(s, last_read, err);
    set_total(s, last_read + 1); /* the keyframes that are left are all past the end */
    return SFD_OK;
}

static size_t keyframes_passed(sfd_clip_source *s)
{
    pthread_mutex_lock(&s->lock);
    const size_t passed = s->passed;
    pthread_mutex_unlock(&s->lock);
    return passed;
}

static sfd_status decode_all(sfd_clip_source *s, sfd_error *err)
{
    int64_t read = -1, number;
    sfd_wanted_frame wanted;
    while (sfd_clip_next_wanted(&s->progress, read, keyframes_passed(s), &wanted)) {
        sfd_picture *full;
        sfd_status status = SFD_OK;
        if (wanted.number != read + 1)
            status = sfd_video_skip_to(s->reader, wanted.number, err);
        if (status == SFD_OK)
            status = sfd_video_next(s->reader, &full, &number, err);
        if (status == SFD_ERR_END)
            return meet_end(s, read, &wanted, err);
        if (status != SFD_OK)
            return status;
        status = bring(s, full, &wanted, err);
        sfd_picture_unref(s->read);
        s->read = wanted.in_clip ? NULL : sfd_picture_ref(full);
        sfd_picture_unref(full);
        if (status != SFD_OK)
            return status;
        read = wanted.number;
    }
    return SFD_OK;
}

static void *decode_thread(void *user)
{
    sfd_clip_source *s = user;
    sfd_error error = {SFD_OK, ""};
    sfd_status status = decode_all(s, &error);
    pthread_mutex_lock(&s->lock);
    s->status = status;
    s->error = error;
    s->finished = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* --------------------------------------------------------------- the caller */

/* At most `span` wanted frames lie in one window, so that the clips in use and what comes before
 * the next one always fit; decoding runs ahead by a clip beyond. */
static bool make_buffers(sfd_clip_source *s)
{
    const sfd_clip_plan *p = &s->plan;
    const size_t n_frames = (size_t)sfd_clip_length(p), n_clips = p->n_clips;
    const size_t n_room = n_frames > 0 ? n_frames : 1;
    const size_t rate = p->model ? (size_t)sfd_model_get_info(p->model)->sampling_rate : 0;
    s->n_frames = (int)n_frames;
    s->n_ahead = n_room;
    s->n_ring = n_clips * (n_frames * rate + 2) + (size_t)p->delay_frames + s->n_ahead;
    s->ring = sfd_calloc(s->n_ring, sizeof *s->ring);
    s->progress = (sfd_clip_progress){.plan = p, .n_frames = s->n_frames};
    s->progress.scan.frames = sfd_calloc(n_room, sizeof *s->clip.frames);
    s->clip.frames = sfd_calloc(n_room, sizeof *s->clip.frames);
    s->clip_rows = sfd_calloc(n_clips, n_room * sizeof *s->clip_rows);
    s->clip_first = sfd_calloc(n_clips, sizeof *s->clip_first);
    for (size_t i = 0; s->clip_first && i < n_clips; i++)
        s->clip_first[i] = INT64_MAX;
    return s->ring && s->progress.scan.frames && s->clip.frames && s->clip_rows && s->clip_first;
}

/* The condition's clock is the monotonic one: waits must not depend on the time of day. */
static bool make_condition(sfd_clip_source *s)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    s->has_condition = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                       pthread_cond_init(&s->changed, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return s->has_condition;
}

static bool start_thread(sfd_clip_source *s)
{
    s->has_lock = pthread_mutex_init(&s->lock, NULL) == 0;
    s->has_thread =
        s->has_lock && make_condition(s) && pthread_create(&s->thread, NULL, decode_thread, s) == 0;
    return s->has_thread;
}

static bool reading_should_stop(void *user)
{
    sfd_clip_source *s = user;
    if (s->opening)
        return s->plan.should_stop && s->plan.should_stop(s->plan.user);
    return atomic_load_explicit(&s->stop_reading, memory_order_relaxed);
}

static sfd_status open_video(sfd_clip_source *s, sfd_error *err)
{
    const sfd_video_options options = {
        .fps = SFD_TIMELINE_FPS,
        .own_frames = s->plan.model && sfd_model_get_info(s->plan.model)->frame_timestamps,
        .should_stop = reading_should_stop,
        .user = s,
        .picture_fps = s->plan.picture_fps};
    s->opening = true;
    sfd_status status = sfd_video_open(&s->reader, s->path, &options, err);
    s->opening = false;
    return status;
}

static bool listening_should_stop(void *user)
{
    const sfd_clip_source *s = user;
    return s->should_stop && s->should_stop(s->stop_user);
}

static sfd_status open_sound(sfd_clip_source *s, sfd_error *err)
{
    s->should_stop = s->plan.should_stop;
    s->stop_user = s->plan.user;
    return sfd_clip_sound_open(&s->sound, s->path, s->plan.model, s->plan.n_clips,
                               listening_should_stop, s, err);
}

sfd_status sfd_clip_source_open(sfd_clip_source **out, const char *path, const sfd_clip_plan *plan,
                                sfd_error *err)
{
    *out = NULL;
    sfd_clip_source *s = sfd_calloc(1, sizeof *s);
    if (!s)
        return sfd_fail_nomem(err, path);
    s->plan = *plan;
    s->plan.n_clips = plan->n_clips ? plan->n_clips : 1;
    s->delivered = s->total_frames = s->last_wanted = -1;
    sfd_status status = SFD_OK;
    if (!(s->path = sfd_strdup(path)) || !make_buffers(s))
        status = sfd_fail_nomem(err, path);
    if (status == SFD_OK)
        status = open_video(s, err);
    if (status == SFD_OK)
        status = open_sound(s, err);
    if (status != SFD_OK)
        goto fail;
    sfd_video_set_wants(s->reader, wants_frames, s);
    const sfd_video_info *video = sfd_video_get_info(s->reader);
    if (plan->model)
        sfd_view_sheet_lay_out(&s->sheet, plan->model, plan->views, video->width, video->height);
    if (!start_thread(s)) {
        status = sfd_fail(err, SFD_ERR_NOMEM,
                          "%s: cannot start a decoding thread: out of memory, or too many", path);
        goto fail;
    }
    *out = s;
    return SFD_OK;
fail:
    sfd_clip_source_close(s);
    return status;
}

static void stop_thread(sfd_clip_source *s)
{
    if (!s->has_thread)
        return;
    atomic_store_explicit(&s->stop_reading, true, memory_order_relaxed);
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    s->has_thread = false;
}

void sfd_clip_source_close(sfd_clip_source *s)
{
    if (!s)
        return;
    stop_thread(s);
    for (size_t i = 0; i < s->n_used; i++)
        free_slot(&s->ring[(s->head + i) % s->n_ring]);
    for (size_t i = 0; i < s->n_moments; i++)
        sfd_picture_unref(s->moments[i].full);
    sfd_picture_unref(s->looked_at);
    sfd_picture_unref(s->source);
    sfd_picture_unref(s->source_resized);
    sfd_picture_unref(s->read);
    sfd_video_close(s->reader);
    sfd_clip_sound_close(&s->sound);
    if (s->has_condition)
        pthread_cond_destroy(&s->changed);
    if (s->has_lock)
        pthread_mutex_destroy(&s->lock);
    free(s->ring);
    free(s->progress.scan.frames);
    free(s->clip.frames);
    free(s->clip_rows);
    free(s->clip_first);
    free(s->path);
    free(s);
}

const sfd_video_info *sfd_clip_source_info(const sfd_clip_source *s)
{
    return sfd_video_get_info(s->reader);
}

double sfd_clip_source_end_s(sfd_clip_source *s)
{
    pthread_mutex_lock(&s->lock);
    double end_s = s->end_s;
    pthread_mutex_unlock(&s->lock);
    return end_s;
}

bool sfd_clip_source_complain(sfd_clip_source *s, sfd_error *message)
{
    stop_thread(s);
    return sfd_video_complain(s->reader, message);
}

bool sfd_clip_source_complain_of_sound(const sfd_clip_source *s, sfd_error *message)
{
    return sfd_clip_sound_complain(&s->sound, message);
}

static void drop_before(sfd_clip_source *s, int64_t number)
{
    while (s->n_used > 0 && s->ring[s->head].number < number) {
        free_slot(&s->ring[s->head]);
        s->head = (s->head + 1) % s->n_ring;
        s->n_used--;
    }
}

/* Frames that neither the next clip, which takes the place of the oldest, nor one still in use
 * wants. */
static void drop_unused(sfd_clip_source *s)
{
    int64_t first = INT64_MAX;
    s->clip_first[s->n_given % s->plan.n_clips] = s->clip.first;
    for (size_t i = 0; i < s->plan.n_clips; i++)
        first = s->clip_first[i] < first ? s->clip_first[i] : first;
    drop_before(s, first);
}

static void wait_a_little(sfd_clip_source *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += POLL_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&s->changed, &s->lock, &until);
}

/* Under the lock: waits until it is known what comes next, up to frame `last`. */
static sfd_status wait_for_frames(sfd_clip_source *s, int64_t last, bool (*should_stop)(void *),
                                  void *user, sfd_error *err)
{
    s->last_wanted = last;
    pthread_cond_broadcast(&s->changed);
    while (s->n_moments == 0 && s->delivered < last && !s->finished) {
        if (should_stop && should_stop(user))
            return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", s->path);
        wait_a_little(s);
    }
    if (s->n_moments == 0 && s->delivered < last && s->status != SFD_OK)
        return sfd_fail(err, s->status, "%s", s->error.message);
    return SFD_OK;
}

/* Under the lock. */
static void give_moment(sfd_clip_source *s, sfd_clip *clip)
{
    const moment m = s->moments[0];
    s->n_moments--;
    memmove(s->moments, s->moments + 1, s->n_moments * sizeof m);
    s->looked_at = m.full;
    *clip = (sfd_clip){.event = SFD_CLIP_MOMENT,
                       .index = m.index,
                       .centre = m.number,
                       .exists = true,
                       .picture = m.full};
    pthread_cond_broadcast(&s->changed);
}

/* Under the lock; the pictures stay in the ring while the clip is in use. */
static void fill_clip(sfd_clip_source *s, sfd_clip *clip)
{
    size_t at = 0;
    const uint8_t **rows = s->clip_rows + s->n_given % s->plan.n_clips * (size_t)s->n_frames;
    if (s->total_frames > 0)
        sfd_clip_window_get(&s->plan, s->next, s->total_frames, &s->clip);
    for (int i = 0; i < s->n_frames; i++) {
        while (s->ring[(s->head + at) % s->n_ring].number < s->clip.frames[i])
            at++;
        const sfd_picture *p = s->ring[(s->head + at) % s->n_ring].resized;
        rows[i] = p->rgb;
        clip->stride_bytes = p->stride_bytes;
    }
    for (at = 0; at < s->n_used; at++) {
        const slot *f = &s->ring[(s->head + at) % s->n_ring];
        if (f->number == s->clip.centre) {
            clip->picture = f->full;
            clip->stands = f->stands;
            clip->still_until = f->still_until;
        }
    }
    clip->frames = rows;
}

/* Under the lock. */
static void give_clip(sfd_clip_source *s, sfd_clip *clip)
{
    const int64_t centre = s->clip.centre;
    *clip = (sfd_clip){.index = s->next, .centre = centre};
    clip->exists = centre >= 0 && (s->total_frames < 0 || centre < s->total_frames);
    if (clip->exists)
        fill_clip(s, clip);
    s->next++;
    s->n_given++;
}

/* The next event, all frames up to `last` being there. Under the lock. */
static void give(sfd_clip_source *s, sfd_clip *clip, int64_t last)
{
    const bool has_moments = s->plan.moments.step_s > 0;
    if (s->n_moments > 0 && s->moments[0].number <= last) {
        give_moment(s, clip);
    } else if (has_moments && s->finished && s->n_moments == 0 && !s->end_told) {
        s->end_told = true;
        *clip = (sfd_clip){.event = SFD_CLIP_END};
    } else {
        give_clip(s, clip);
    }
}

sfd_status sfd_clip_source_next(sfd_clip_source *s, sfd_clip *clip, bool (*should_stop)(void *),
                                void *user, sfd_error *err)
{
    if (s->next == s->plan.n_keyframes)
        return sfd_fail(err, SFD_ERR_END, "%s: no further keyframes", s->path);
    sfd_picture_unref(s->looked_at);
    s->looked_at = NULL;
    sfd_clip_window_get(&s->plan, s->next, 0, &s->clip);
    const int64_t behind = s->clip.centre + s->plan.delay_frames;
    const int64_t last = s->clip.last > behind ? s->clip.last : behind;
    sfd_status status = SFD_OK;
    pthread_mutex_lock(&s->lock);
    if (s->clip.centre >= 0) {
        drop_unused(s);
        status = wait_for_frames(s, last, should_stop, user, err);
    }
    if (status == SFD_OK)
        give(s, clip, last);
    else
        s->next++;
    pthread_mutex_unlock(&s->lock);
    s->should_stop = should_stop;
    s->stop_user = user;
    if (status == SFD_OK && clip->event == SFD_CLIP_KEYFRAME && clip->exists)
        status =
            sfd_clip_sound_get(&s->sound, s->plan.model, s->n_given - 1,
                               s->plan.time_s(s->plan.keyframes, clip->index), &clip->sound, err);
    return status;
}

void sfd_clip_source_pass(sfd_clip_source *s, size_t keyframe)
{
    pthread_mutex_lock(&s->lock);
    if (keyframe > s->next)
        s->next = s->passed = keyframe;
    pthread_mutex_unlock(&s->lock);
}
