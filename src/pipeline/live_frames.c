/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a live source on a thread of its own. */
#include "pipeline/live_frames.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/timeline.h"
#include "media/live_input.h"
#include "media/sound_reader.h"
#include "media/video_reader.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_PAUSE_S 0.5 /* before a lost source is tried again; then twice as long each time */
#define LAST_PAUSE_S  8.0
#define MAX_WAITING   128 /* keyframes whose clips are not complete */
#define SOUND_LAG     15  /* frames for which a clip waits for sound that comes later */

/* A keyframe on its way: its clip ends later. */
typedef struct waiting {
    int64_t frame;
    double time_s, arrived_s; /* time within the connection */
    int64_t last_needed;
    sfd_picture *picture;
} waiting;

struct sfd_live_frames {
    char *source, *name;
    sfd_live_plan plan;
    int n_clip; /* frames of a clip */
    bool is_pipe;
    double opened_s; /* sfd_clock_s() of the first connection */

    /* Of the reading thread. A connection's frames and times count from 0. */
    sfd_video_reader *reader;
    double heard_s;     /* when the last picture came */
    double start_s;     /* of this connection, on the caller's clock */
    sfd_picture **ring; /* [n_ring] resized frames, number i in place i % n_ring */
    size_t n_ring;
    sfd_picture *last, *resized; /* the frame read last, and what became of it */
    int64_t newest;              /* its number, -1: none */
    size_t n_keyframes;          /* met so far */
    waiting queue[MAX_WAITING];  /* the oldest first */
    size_t n_queue;
    size_t n_sound;         /* samples of a clip; 0: the network does not listen */
    sfd_sound_reader *ears; /* of this connection */
    bool is_silent;         /* it has no sound */
    bool has_told;          /* that, or that its sound is damaged */
    int64_t heard_to;       /* samples that have come */

    pthread_t thread;
    atomic_bool stop;
    bool started; /* the thread, for good */

    /* Under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_lock, has_condition;
    bool has_ready, ended, has_notice;
    sfd_live_clip ready;
    sfd_error end, notice;
    sfd_live_counts counts;
};

void sfd_live_clip_clear(sfd_live_clip *c)
{
    sfd_picture_unref(c->picture);
    for (int i = 0; i < c->n_frames; i++)
        sfd_picture_unref(c->frames[i]);
    free(c->sound);
    *c = (sfd_live_clip){0};
}

/* ------------------------------------------------------------------- frames */

static void forget_frames(sfd_live_frames *l)
{
    for (size_t i = 0; i < l->n_ring; i++) {
        sfd_picture_unref(l->ring[i]);
        l->ring[i] = NULL;
    }
    for (size_t i = 0; i < l->n_queue; i++)
        sfd_picture_unref(l->queue[i].picture);
    sfd_picture_unref(l->last);
    sfd_picture_unref(l->resized);
    l->last = l->resized = NULL;
    l->n_queue = l->n_keyframes = 0;
    l->newest = -1;
}

/* Of the clip around a moment; n_total 0: there is no end. */
static void clip_numbers(const sfd_live_frames *l, double time_s, int64_t n_total,
                         int64_t numbers[SFD_MAX_CLIP_FRAMES])
{
    int64_t centre;
    sfd_model_clip_frames(l->plan.model, time_s, n_total, numbers, &centre);
}

static size_t span_of_clip(const sfd_live_frames *l)
{
    int64_t numbers[SFD_MAX_CLIP_FRAMES];
    clip_numbers(l, 3600, 0, numbers);
    return (size_t)(numbers[l->n_clip - 1] - numbers[0]) + 1;
}

/* A picture that is repeated is resized once. */
static sfd_status resize(sfd_live_frames *l, sfd_picture *frame, sfd_error *err)
{
    if (frame == l->last)
        return SFD_OK;
    sfd_view_sheet sheet;
    sfd_picture *to;
    sfd_view_sheet_lay_out(&sheet, l->plan.model, l->plan.views, frame->width, frame->height);
    sfd_status status = sfd_view_sheet_make(&sheet, &to, frame, err);
    if (status != SFD_OK)
        return status;
    sfd_picture_unref(l->last);
    sfd_picture_unref(l->resized);
    l->last = sfd_picture_ref(frame);
    l->resized = to;
    return status;
}

/* The keyframes among the frames up to the newest begin to wait for their clips. */
static void note_keyframes(sfd_live_frames *l, sfd_picture *frame)
{
    for (;;) {
        const double time_s = (double)l->n_keyframes * l->plan.every_s;
        if (sfd_timeline_frame(time_s) > l->newest)
            return;
        l->n_keyframes++;
        if (sfd_timeline_frame(time_s) < l->newest || l->n_queue == MAX_WAITING)
            continue;
        int64_t numbers[SFD_MAX_CLIP_FRAMES];
        clip_numbers(l, time_s, 0, numbers);
        l->queue[l->n_queue++] = (waiting){.frame = l->newest,
                                           .time_s = time_s,
                                           .arrived_s = sfd_clock_s(),
                                           .last_needed = numbers[l->n_clip - 1],
                                           .picture = sfd_picture_ref(frame)};
    }
}

/* ------------------------------------------------------------------- sound */

/* What is wrong with a connection's sound is told once, when it is met. */
static void tell_of_sound(sfd_live_frames *l)
{
    sfd_error fault;
    if (l->has_told || !sfd_sound_complain(l->ears, &fault))
        return;
    l->has_told = true;
    pthread_mutex_lock(&l->lock);
    l->has_notice = true;
    l->notice = fault;
    pthread_mutex_unlock(&l->lock);
}

/* Takes what has come, and forgets what no clip will want any more. */
static sfd_status listen(sfd_live_frames *l, sfd_error *err)
{
    if (!l->ears)
        return SFD_OK;
    const double oldest_s =
        l->n_queue ? l->queue[0].time_s : (double)l->n_keyframes * l->plan.every_s;
    const int64_t first = sfd_model_clip_sound(l->plan.model, oldest_s);
    const sfd_status status = sfd_sound_follow(l->ears, first, &l->heard_to, err);
    tell_of_sound(l);
    return status;
}

static bool is_heard(const sfd_live_frames *l, const waiting *w)
{
    return !l->ears || l->is_silent || l->newest >= w->last_needed + SOUND_LAG ||
           l->heard_to >= sfd_model_clip_sound(l->plan.model, w->time_s) + (int64_t)l->n_sound;
}

static sfd_status take_sound(sfd_live_frames *l, const waiting *w, float **sound, sfd_error *err)
{
    if (!l->ears)
        return SFD_OK;
    *sound = sfd_malloc_array(l->n_sound, sizeof **sound);
    return *sound ? sfd_sound_read(l->ears, sfd_model_clip_sound(l->plan.model, w->time_s),
                                   l->n_sound, *sound, err)
                  : sfd_fail_nomem(err, l->name);
}

/* ------------------------------------------------------------------- clips */

static sfd_status build(sfd_live_frames *l, const waiting *w, int64_t n_total, sfd_live_clip *clip,
                        sfd_error *err)
{
    int64_t numbers[SFD_MAX_CLIP_FRAMES];
    clip_numbers(l, w->time_s, n_total, numbers);
    *clip = (sfd_live_clip){.timestamp_s = l->start_s + w->time_s,
                            .frame = sfd_timeline_frame(l->start_s + w->time_s),
                            .arrived_s = w->arrived_s,
                            .picture = sfd_picture_ref(w->picture),
                            .n_frames = l->n_clip};
    for (int i = 0; i < clip->n_frames; i++)
        clip->frames[i] = sfd_picture_ref(l->ring[(size_t)numbers[i] % l->n_ring]);
    return take_sound(l, w, &clip->sound, err);
}

static void hand_over(sfd_live_frames *l, const sfd_live_clip *clip)
{
    pthread_mutex_lock(&l->lock);
    if (l->has_ready) {
        sfd_live_clip_clear(&l->ready);
        l->counts.n_dropped++;
    }
    l->ready = *clip;
    l->has_ready = true;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

/* Clips that are complete; with `all` those that the video's end cuts off, which repeat its last
 * frame. */
static sfd_status finish_clips(sfd_live_frames *l, bool all, sfd_error *err)
{
    size_t n = 0;
    sfd_status status = SFD_OK;
    for (; status == SFD_OK && n < l->n_queue; n++) {
        const waiting *w = &l->queue[n];
        sfd_live_clip clip;
        if (!all && (w->last_needed > l->newest || !is_heard(l, w)))
            break;
        status = build(l, w, l->newest + 1, &clip, err);
        if (status == SFD_OK)
            hand_over(l, &clip);
        else
            sfd_live_clip_clear(&clip);
        sfd_picture_unref(l->queue[n].picture);
    }
    l->n_queue -= n;
    memmove(l->queue, l->queue + n, l->n_queue * sizeof *l->queue);
    return status;
}

static sfd_status take_frame(sfd_live_frames *l, sfd_picture *frame, int64_t index, sfd_error *err)
{
    sfd_status status = resize(l, frame, err);
    if (status != SFD_OK)
        return status;
    sfd_picture **place = &l->ring[(size_t)index % l->n_ring];
    sfd_picture_unref(*place);
    *place = sfd_picture_ref(l->resized);
    l->newest = index;
    note_keyframes(l, frame);
    status = listen(l, err);
    if (status == SFD_OK)
        status = finish_clips(l, false, err);
    pthread_mutex_lock(&l->lock);
    l->counts.n_frames++;
    pthread_mutex_unlock(&l->lock);
    return status;
}

/* --------------------------------------------------------------- connection */

static bool has_stalled(const sfd_live_frames *l)
{
    return !l->is_pipe && sfd_clock_s() > l->heard_s + l->plan.stall_s;
}

static bool should_stop(void *user)
{
    sfd_live_frames *l = user;
    if (atomic_load(&l->stop) || has_stalled(l))
        return true;
    return !l->started && l->plan.should_stop && l->plan.should_stop(l->plan.user);
}

static sfd_status open_ears(sfd_live_frames *l, sfd_error *err)
{
    if (l->n_sound == 0)
        return SFD_OK;
    l->heard_to = 0;
    const sfd_status status =
        sfd_sound_open_live(&l->ears, l->name, sfd_video_sound(l->reader),
                            sfd_model_get_info(l->plan.model)->sound_rate, err);
    l->has_told = false;
    if (status == SFD_OK)
        tell_of_sound(l);
    l->is_silent = l->has_told;
    return status;
}

static void close_source(sfd_live_frames *l)
{
    sfd_sound_close(l->ears);
    l->ears = NULL;
    sfd_video_close(l->reader);
    l->reader = NULL;
}

static sfd_status connect(sfd_live_frames *l, sfd_error *err)
{
    const sfd_video_options options = {.fps = SFD_TIMELINE_FPS,
                                       .should_stop = should_stop,
                                       .user = l,
                                       .live = true,
                                       .keep_sound = l->n_sound > 0};
    l->heard_s = sfd_clock_s();
    sfd_status status = sfd_video_open(&l->reader, l->source, &options, err);
    if (status == SFD_ERR_CANCELLED && has_stalled(l))
        return sfd_fail(err, SFD_ERR_IO, "%s: no picture came within %g s", l->name,
                        l->plan.stall_s);
    if (status == SFD_OK)
        status = open_ears(l, err);
    if (status != SFD_OK) {
        close_source(l);
        return status;
    }
    const double since_s = sfd_clock_s() - l->opened_s;
    if (l->opened_s > 0) /* keyframes stay on multiples of every_s */
        l->start_s = ceil(since_s / l->plan.every_s) * l->plan.every_s;
    else
        l->opened_s = sfd_clock_s();
    return SFD_OK;
}

/* Until the source ends, is lost or shall be left. */
static sfd_status read_frames(sfd_live_frames *l, sfd_error *err)
{
    sfd_status status = SFD_OK;
    while (status == SFD_OK) {
        sfd_picture *frame;
        int64_t index;
        status = sfd_video_next(l->reader, &frame, &index, err);
        if (status != SFD_OK)
            break;
        l->heard_s = sfd_clock_s();
        status = take_frame(l, frame, index, err);
        sfd_picture_unref(frame);
    }
    if (status == SFD_ERR_CANCELLED && !atomic_load(&l->stop))
        return sfd_fail(err, SFD_ERR_IO, "%s: no picture came for %g s", l->name, l->plan.stall_s);
    return status;
}

/* Clips that a loss cuts off are dropped: they would show what nobody saw. */
static void disconnect(sfd_live_frames *l, bool at_end)
{
    sfd_error ignored; /* it has ended already */
    if (at_end && l->ears) {
        sfd_sound_end(l->ears);
        listen(l, &ignored);
    }
    finish_clips(l, at_end, &ignored);
    pthread_mutex_lock(&l->lock);
    l->counts.n_dropped += l->n_queue;
    pthread_mutex_unlock(&l->lock);
    close_source(l);
    forget_frames(l);
}

static void tell(sfd_live_frames *l, bool connected, const sfd_error *why)
{
    pthread_mutex_lock(&l->lock);
    l->counts.connected = connected;
    l->counts.n_lost += !connected;
    l->has_notice = true;
    if (connected)
        sfd_fail(&l->notice, SFD_OK, "%s: is back", l->name);
    else
        sfd_fail(&l->notice, SFD_ERR_IO, "%s: lost, trying again",
                 why->status == SFD_ERR_END ? l->name : why->message);
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

static struct timespec time_from_now(double s)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    const double ns = (double)t.tv_nsec + (s - floor(s)) * 1e9;
    t.tv_sec += (time_t)floor(s) + (ns >= 1e9);
    t.tv_nsec = (long)(ns >= 1e9 ? ns - 1e9 : ns);
    return t;
}

static void pause_for(sfd_live_frames *l, double s)
{
    const struct timespec until = time_from_now(s);
    pthread_mutex_lock(&l->lock);
    while (!atomic_load(&l->stop) && pthread_cond_timedwait(&l->changed, &l->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&l->lock);
}

static sfd_status connect_again(sfd_live_frames *l, sfd_error *err)
{
    const double lost_s = sfd_clock_s();
    double pause_s = FIRST_PAUSE_S;
    for (;;) {
        pause_for(l, pause_s);
        if (atomic_load(&l->stop))
            return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", l->name);
        if (connect(l, err) == SFD_OK)
            return SFD_OK;
        if (err->status == SFD_ERR_NOMEM || sfd_clock_s() - lost_s > l->plan.give_up_s)
            return err->status;
        pause_s = fmin(pause_s * 2, LAST_PAUSE_S);
    }
}

static void *read_source(void *user)
{
    sfd_live_frames *l = user;
    sfd_error err = {SFD_OK, ""};
    for (;;) {
        sfd_status status = read_frames(l, &err);
        disconnect(l, l->is_pipe && status == SFD_ERR_END);
        if (l->is_pipe || atomic_load(&l->stop) || status == SFD_ERR_NOMEM)
            break;
        tell(l, false, &err);
        if (connect_again(l, &err) != SFD_OK)
            break;
        tell(l, true, NULL);
    }
    pthread_mutex_lock(&l->lock);
    l->ended = true;
    l->end = err;
    l->counts.connected = false;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

/* ---------------------------------------------------------- for the caller */

static sfd_status start(sfd_live_frames *l, sfd_error *err)
{
    l->n_sound = sfd_model_get_info(l->plan.model)->n_sound;
    l->n_ring = span_of_clip(l) + (l->n_sound > 0 ? SOUND_LAG : 0);
    l->ring = sfd_calloc(l->n_ring, sizeof *l->ring);
    if (!l->ring)
        return sfd_fail_nomem(err, l->name);
    l->has_lock = pthread_mutex_init(&l->lock, NULL) == 0;
    l->has_condition = pthread_cond_init(&l->changed, NULL) == 0;
    if (!l->has_lock || !l->has_condition)
        return sfd_fail_nomem(err, l->name);
    sfd_status status = connect(l, err);
    if (status != SFD_OK)
        return status;
    l->counts.connected = true;
    l->started = pthread_create(&l->thread, NULL, read_source, l) == 0;
    return l->started ? SFD_OK
                      : sfd_fail(err, SFD_ERR_NOMEM,
                                 "%s: cannot start a thread: out of memory, or too many", l->name);
}

sfd_status sfd_live_frames_open(sfd_live_frames **out, const char *source,
                                const sfd_live_plan *plan, sfd_error *err)
{
    *out = NULL;
    sfd_live_frames *l = sfd_calloc(1, sizeof *l);
    if (!l || !(l->source = sfd_strdup(source)) || !(l->name = sfd_live_input_name(source))) {
        sfd_live_frames_close(l);
        return sfd_fail_nomem(err, "opening a live source");
    }
    l->plan = *plan;
    l->n_clip = sfd_model_get_info(plan->model)->n_frames;
    l->is_pipe = sfd_live_input_is_pipe(source);
    l->newest = -1;
    sfd_status status = start(l, err);
    if (status != SFD_OK) {
        sfd_live_frames_close(l);
        return status;
    }
    *out = l;
    return SFD_OK;
}

void sfd_live_frames_close(sfd_live_frames *l)
{
    if (!l)
        return;
    atomic_store(&l->stop, true);
    if (l->started) {
        pthread_mutex_lock(&l->lock);
        pthread_cond_broadcast(&l->changed);
        pthread_mutex_unlock(&l->lock);
        pthread_join(l->thread, NULL);
    }
    close_source(l);
    forget_frames(l);
    if (l->has_ready)
        sfd_live_clip_clear(&l->ready);
    if (l->has_condition)
        pthread_cond_destroy(&l->changed);
    if (l->has_lock)
        pthread_mutex_destroy(&l->lock);
    free(l->ring);
    free(l->source);
    free(l->name);
    free(l);
}

sfd_live_state sfd_live_frames_take(sfd_live_frames *l, double wait_s, sfd_live_clip *clip,
                                    sfd_error *end)
{
    const struct timespec until = time_from_now(wait_s);
    sfd_live_state state = SFD_LIVE_NOTHING_YET;
    pthread_mutex_lock(&l->lock);
    while (!l->has_ready && !l->ended && pthread_cond_timedwait(&l->changed, &l->lock, &until) == 0)
        ;
    if (l->has_ready) {
        *clip = l->ready;
        l->has_ready = false;
        state = SFD_LIVE_CLIP;
    } else if (l->ended) {
        *end = l->end;
        state = SFD_LIVE_END;
    }
    pthread_mutex_unlock(&l->lock);
    return state;
}

void sfd_live_frames_get_counts(sfd_live_frames *l, sfd_live_counts *counts)
{
    pthread_mutex_lock(&l->lock);
    *counts = l->counts;
    pthread_mutex_unlock(&l->lock);
}

bool sfd_live_frames_notice(sfd_live_frames *l, sfd_error *notice)
{
    pthread_mutex_lock(&l->lock);
    const bool has = l->has_notice;
    if (has)
        *notice = l->notice;
    l->has_notice = false;
    pthread_mutex_unlock(&l->lock);
    return has;
}
