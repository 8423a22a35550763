/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes and resizes a video on a thread of its own and hands out the clips around keyframes. */
#include "pipeline/clip_source.h"

#include "base/alloc.h"
#include "base/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL_MS    100 /* how often should_stop is asked while waiting */
#define END_FRAMES 64  /* containers do not tell the length more exactly than this */

/* The frames of one keyframe. */
typedef struct window {
    int64_t first, last, centre; /* first and last include the centre */
    int64_t *frames;             /* [n_frames], rising */
} window;

/* What the decoder needs to know of the frame it is to bring. */
typedef struct wanted_frame {
    int64_t number;
    bool keyframe; /* it is some keyframe's own */
} wanted_frame;

typedef struct slot {
    int64_t number;
    bool stands; /* in a hole: sfd_video_stands_from() */
    sfd_picture *resized;
    sfd_picture *full; /* NULL unless it is a keyframe and pictures are wanted */
} slot;

struct sfd_clip_source {
    char *path;
    sfd_clip_plan plan;
    int n_frames;
    sfd_view_sheet sheet;
    sfd_video_reader *reader; /* the thread's while it runs */
    bool opening;             /* the caller's should_stop may be asked: it is the one that reads */
    atomic_bool stop_reading;

    /* the thread's own */
    size_t first_open; /* keyframes before it have all their frames */
    window scan;
    sfd_picture *source; /* last frame decoded, and the same resized */
    sfd_picture *source_resized;

    /* the caller's own */
    size_t next;
    window clip;
    const uint8_t **clip_rows; /* [n_clips][n_frames], of clips in use, round and round */
    int64_t *clip_first;       /* [n_clips] first frame of each; INT64_MAX for none */

    /* shared, under the lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    slot *ring; /* numbers rise from `head` */
    size_t n_ring, head, n_used;
    int64_t delivered;    /* every wanted frame up to this number has been put in */
    int64_t last_wanted;  /* of the caller's clip: later frames are read ahead */
    int64_t total_frames; /* -1 until the end was met; exact where a clip reaches over it */
    double end_s;         /* of the video, once total_frames is set */
    bool finished, stop;
    sfd_status status; /* of decoding; meaningful once finished */
    sfd_error error;

    pthread_t thread;
    bool has_lock, has_condition, has_thread;
};

static void read_window(const sfd_clip_source *s, size_t keyframe, int64_t total, window *w)
{
    sfd_model_clip_frames(s->plan.model, s->plan.time_s(s->plan.keyframes, keyframe), total,
                          w->frames, &w->centre);
    w->first = w->frames[0] < w->centre ? w->frames[0] : w->centre;
    int64_t last = w->frames[s->n_frames - 1];
    w->last = last > w->centre ? last : w->centre;
}

/* ------------------------------------------------- the thread: which frames */

static void consider(const sfd_clip_source *s, const window *w, int64_t after, wanted_frame *best)
{
    for (int i = 0; i < s->n_frames; i++)
        if (w->frames[i] > after && w->frames[i] < best->number)
            *best = (wanted_frame){.number = w->frames[i]};
    if (w->centre > after && w->centre <= best->number)
        *best = (wanted_frame){.number = w->centre, .keyframe = true};
}

/* The smallest wanted number greater than `after`; false when there is none. Keyframes rise, so
 * only those whose windows are open at that point need a look. */
static bool find_wanted(sfd_clip_source *s, int64_t after, wanted_frame *best)
{
    *best = (wanted_frame){.number = INT64_MAX};
    for (size_t k = s->first_open; k < s->plan.n_keyframes; k++) {
        read_window(s, k, 0, &s->scan);
        if (s->scan.centre < 0 || s->scan.last <= after)
            continue;
        if (s->scan.first > best->number)
            break;
        consider(s, &s->scan, after, best);
    }
    return best->number != INT64_MAX;
}

/* The same where nothing up to `after` will be wanted again. */
static bool next_wanted(sfd_clip_source *s, int64_t after, wanted_frame *best)
{
    for (; s->first_open < s->plan.n_keyframes; s->first_open++) {
        read_window(s, s->first_open, 0, &s->scan);
        if (s->scan.centre >= 0 && s->scan.last > after)
            break;
    }
    return find_wanted(s, after, best);
}

/* For the reader. Where the video ends, its last frame may stand for others: close to the end none
 * is left out. */
static bool wants_frames(void *user, int64_t first, int64_t last)
{
    sfd_clip_source *s = user;
    const sfd_video_info *video = sfd_video_get_info(s->reader);
    const double end = video->duration_s * video->fps - END_FRAMES;
    wanted_frame wanted;
    return (double)last >= end || (find_wanted(s, first - 1, &wanted) && wanted.number <= last);
}

/* Whether a keyframe that exists has frames after `last_read`, the last wanted one there is. */
static bool reaches_over_end(sfd_clip_source *s, int64_t last_read)
{
    for (size_t k = s->first_open; k < s->plan.n_keyframes; k++) {
        read_window(s, k, 0, &s->scan);
        if (s->scan.centre > last_read)
            return false;
        if (s->scan.centre >= 0 && s->scan.last > last_read)
            return true;
    }
    return false;
}

/* ---------------------------------------------- the thread: bringing frames */

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

/* Under the lock: the ring is full, or a clip's worth of frames waits behind the caller's clip. */
static bool far_enough_ahead(const sfd_clip_source *s)
{
    const size_t n = (size_t)s->n_frames;
    return s->n_used == s->n_ring ||
           (s->n_used >= n &&
            s->ring[(s->head + s->n_used - n) % s->n_ring].number > s->last_wanted);
}

/* Waits for room. Takes the slot's pictures in every case. */
static sfd_status put(sfd_clip_source *s, slot f)
{
    pthread_mutex_lock(&s->lock);
    while (far_enough_ahead(s) && !s->stop)
        pthread_cond_wait(&s->changed, &s->lock);
    bool stop = s->stop;
    if (!stop) {
        s->ring[(s->head + s->n_used++) % s->n_ring] = f;
        s->delivered = f.number;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    if (stop)
        free_slot(&f);
    return stop ? SFD_ERR_CANCELLED : SFD_OK;
}

static sfd_status bring(sfd_clip_source *s, sfd_picture *full, wanted_frame wanted, sfd_error *err)
{
    sfd_status status = resize(s, full, err);
    if (status != SFD_OK)
        return status;
    slot f = {.number = wanted.number,
              .stands = wanted.number >= sfd_video_stands_from(s->reader),
              .resized = sfd_picture_ref(s->source_resized)};
    if (wanted.keyframe && s->plan.pictures)
        f.full = sfd_picture_ref(full);
    return put(s, f);
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
    sfd_picture *last = NULL;
    wanted_frame wanted = {.number = last_read};
    sfd_status status = sfd_video_skip_to(s->reader, last_read + 1, err);
    while (status == SFD_OK) {
        sfd_picture *p;
        status = sfd_video_next(s->reader, &p, &wanted.number, err);
        if (status == SFD_OK) {
            sfd_picture_unref(last);
            last = p;
        }
    }
    if (status == SFD_ERR_END) {
        wanted.number = last ? wanted.number : last_read;
        set_total(s, wanted.number + 1);
        status = last ? bring(s, last, wanted, err) : SFD_OK;
    }
    sfd_picture_unref(last);
    return status;
}

static sfd_status meet_end(sfd_clip_source *s, int64_t last_read, const wanted_frame *missing,
                           sfd_error *err)
{
    if (missing->number == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: the video has no frames", s->path);
    if (reaches_over_end(s, last_read))
        return bring_last_frame(s, last_read, err);
    set_total(s, last_read + 1); /* the keyframes that are left are all past the end */
    return SFD_OK;
}

static sfd_status decode_all(sfd_clip_source *s, sfd_error *err)
{
    int64_t read = -1, number;
    wanted_frame wanted;
    while (next_wanted(s, read, &wanted)) {
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
        status = bring(s, full, wanted, err);
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

/* At most `span` wanted frames lie in one window, so that the clips in use always fit; decoding
 * runs ahead by a clip beyond. */
static bool make_buffers(sfd_clip_source *s, const sfd_model_info *info)
{
    size_t n_frames = (size_t)info->n_frames;
    const size_t span = n_frames * (size_t)info->sampling_rate + 2, n_clips = s->plan.n_clips;
    s->n_frames = info->n_frames;
    s->n_ring = n_clips * span + n_frames;
    s->ring = sfd_calloc(s->n_ring, sizeof *s->ring);
    s->scan.frames = sfd_calloc(n_frames, sizeof *s->scan.frames);
    s->clip.frames = sfd_calloc(n_frames, sizeof *s->clip.frames);
    s->clip_rows = sfd_calloc(n_clips, n_frames * sizeof *s->clip_rows);
    s->clip_first = sfd_calloc(n_clips, sizeof *s->clip_first);
    for (size_t i = 0; s->clip_first && i < n_clips; i++)
        s->clip_first[i] = INT64_MAX;
    return s->ring && s->scan.frames && s->clip.frames && s->clip_rows && s->clip_first;
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

static sfd_status open_video(sfd_clip_source *s, int fps, sfd_error *err)
{
    const sfd_video_options options = {.fps = fps, .should_stop = reading_should_stop, .user = s};
    s->opening = true;
    sfd_status status = sfd_video_open(&s->reader, s->path, &options, err);
    s->opening = false;
    return status;
}

sfd_status sfd_clip_source_open(sfd_clip_source **out, const char *path, const sfd_clip_plan *plan,
                                sfd_error *err)
{
    *out = NULL;
    const sfd_model_info *model = sfd_model_get_info(plan->model);
    sfd_clip_source *s = sfd_calloc(1, sizeof *s);
    if (!s)
        return sfd_fail_nomem(err, path);
    s->plan = *plan;
    s->plan.n_clips = plan->n_clips ? plan->n_clips : 1;
    s->delivered = s->total_frames = s->last_wanted = -1;
    sfd_status status = SFD_OK;
    if (!(s->path = sfd_strdup(path)) || !make_buffers(s, model))
        status = sfd_fail_nomem(err, path);
    if (status == SFD_OK)
        status = open_video(s, model->timeline_fps, err);
    if (status != SFD_OK)
        goto fail;
    sfd_video_set_wants(s->reader, wants_frames, s);
    const sfd_video_info *video = sfd_video_get_info(s->reader);
    sfd_view_sheet_lay_out(&s->sheet, plan->model, plan->views, video->width, video->height);
    if (!start_thread(s)) {
        status = sfd_fail(err, SFD_ERR_NOMEM, "%s: cannot start a decoding thread", path);
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
    sfd_picture_unref(s->source);
    sfd_picture_unref(s->source_resized);
    sfd_video_close(s->reader);
    if (s->has_condition)
        pthread_cond_destroy(&s->changed);
    if (s->has_lock)
        pthread_mutex_destroy(&s->lock);
    free(s->ring);
    free(s->scan.frames);
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

static void drop_before(sfd_clip_source *s, int64_t number)
{
    while (s->n_used > 0 && s->ring[s->head].number < number) {
        free_slot(&s->ring[s->head]);
        s->head = (s->head + 1) % s->n_ring;
        s->n_used--;
    }
}

/* Frames that neither clip `w`, which takes the place of the oldest, nor one still in use wants. */
static void drop_unused(sfd_clip_source *s, const window *w)
{
    int64_t first = INT64_MAX;
    s->clip_first[s->next % s->plan.n_clips] = w->first;
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

/* Under the lock. */
static sfd_status wait_for_window(sfd_clip_source *s, const window *w, bool (*should_stop)(void *),
                                  void *user, sfd_error *err)
{
    drop_unused(s, w);
    s->last_wanted = w->last;
    pthread_cond_broadcast(&s->changed);
    while (s->delivered < w->last && !s->finished) {
        if (should_stop && should_stop(user))
            return sfd_fail(err, SFD_ERR_CANCELLED, "%s: stopped", s->path);
        wait_a_little(s);
    }
    if (s->delivered < w->last && s->status != SFD_OK)
        return sfd_fail(err, s->status, "%s", s->error.message);
    return SFD_OK;
}

/* Under the lock; the pictures stay in the ring while the clip is in use. */
static void fill_clip(sfd_clip_source *s, sfd_clip *clip)
{
    size_t at = 0;
    const uint8_t **rows = s->clip_rows + s->next % s->plan.n_clips * (size_t)s->n_frames;
    if (s->total_frames > 0)
        read_window(s, s->next, s->total_frames, &s->clip);
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
        }
    }
    clip->frames = rows;
}

sfd_status sfd_clip_source_next(sfd_clip_source *s, sfd_clip *clip, bool (*should_stop)(void *),
                                void *user, sfd_error *err)
{
    if (s->next == s->plan.n_keyframes)
        return sfd_fail(err, SFD_ERR_END, "%s: no further keyframes", s->path);
    read_window(s, s->next, 0, &s->clip);
    *clip = (sfd_clip){.centre = s->clip.centre};
    sfd_status status = SFD_OK;
    if (clip->centre >= 0) {
        pthread_mutex_lock(&s->lock);
        status = wait_for_window(s, &s->clip, should_stop, user, err);
        clip->exists = status == SFD_OK && (s->total_frames < 0 || clip->centre < s->total_frames);
        if (clip->exists)
            fill_clip(s, clip);
        pthread_mutex_unlock(&s->lock);
    }
    s->next++;
    return status;
}
