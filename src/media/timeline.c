/* SPDX-License-Identifier: Apache-2.0 */
/* The constant frame rate: FFmpeg's fps filter (round to nearest), then ffmpeg's -vsync cfr. */
#include "media/timeline.h"

/* ffmpeg drops a frame that it would have to repeat more often than this. */
#define MAX_REPEATS (INT64_C(3600) * 30 * 30)
/* Frames up to this many ticks before where they belong are not dropped, which shifts all that
 * follow. */
#define MAX_LATE 2
/* Keeps differences of hostile timestamps within 64 bits. */
#define MAX_TICK (INT64_C(1) << 60)

void sfd_timeline_init(sfd_timeline *t, bool keep_start)
{
    *t = (sfd_timeline){.keep_start = keep_start, .next_tick = INT64_MIN};
}

static void clear_run(sfd_run *run)
{
    av_frame_free(&run->frame);
    sfd_picture_unref(run->picture);
    *run = (sfd_run){0};
}

static void clear_waiting(sfd_timeline *t)
{
    for (int i = 0; i < t->n_waiting; i++)
        av_frame_free(&t->waiting[i].frame);
    t->n_waiting = 0;
}

void sfd_timeline_clear(sfd_timeline *t)
{
    clear_waiting(t);
    clear_run(&t->run);
    clear_run(&t->pending);
}

static AVFrame *take_waiting(sfd_timeline *t)
{
    AVFrame *frame = t->waiting[0].frame;
    t->waiting[0] = t->waiting[1];
    t->n_waiting--;
    return frame;
}

static void drop_waiting(sfd_timeline *t)
{
    AVFrame *frame = take_waiting(t);
    av_frame_free(&frame);
}

static int64_t clamp_tick(int64_t tick)
{
    if (tick == INT64_MIN)
        return tick;
    return tick > MAX_TICK ? MAX_TICK : tick < -MAX_TICK ? -MAX_TICK : tick;
}

void sfd_timeline_push(sfd_timeline *t, AVFrame *frame, int64_t tick)
{
    t->waiting[t->n_waiting++] = (sfd_timed_frame){frame, clamp_tick(tick)};
}

void sfd_timeline_end(sfd_timeline *t, int64_t tick)
{
    t->ended = true;
    t->end_tick = clamp_tick(tick);
}

void sfd_timeline_restart_filter(sfd_timeline *t)
{
    clear_waiting(t);
    t->next_tick = INT64_MIN;
}

/* What the fps filter puts out next: *frame for ticks *from .. *to - 1. */
static bool next_filtered(sfd_timeline *t, AVFrame **frame, int64_t *from, int64_t *to)
{
    while (t->n_waiting == 2 || (t->ended && t->n_waiting == 1)) {
        if (t->next_tick == INT64_MIN)
            t->next_tick = t->waiting[0].tick;
        int64_t end = t->n_waiting == 2 ? t->waiting[1].tick : t->end_tick;
        if (t->ended && t->end_tick < end)
            end = t->end_tick;
        if (t->next_tick == INT64_MIN || end <= t->next_tick) {
            drop_waiting(t);
            continue;
        }
        *from = t->next_tick;
        *to = t->next_tick = end;
        *frame = take_waiting(t);
        return true;
    }
    return false;
}

/* Gives a frame shown from tick `from` to `to` its picture numbers. Where the ticks jump ahead, the
 * gap is filled by the picture in hand but for one repetition of the new one; before the first
 * picture, by the new one. True when there is a run to hand out. */
static bool place(sfd_timeline *t, AVFrame *frame, int64_t from, int64_t to)
{
    bool first = t->n_out == 0;
    if (first && t->keep_start && from > t->clock)
        t->clock = from;
    if (from < t->clock - MAX_LATE)
        from = t->clock - MAX_LATE;
    int64_t gap = from > t->clock ? from - t->clock : 0;
    if (gap >= MAX_REPEATS) {
        av_frame_free(&frame);
        return false;
    }
    bool has_last = t->run.frame || t->run.picture;
    int64_t n_shown = from < to ? gap + (to - from) : 0;
    int64_t n_last = n_shown > 0 && gap >= 2 && has_last ? gap - 1 : 0;
    sfd_run next = {frame, NULL, t->n_out + n_last, t->n_out + n_shown};
    if (n_last > 0) {
        t->run.first = t->n_out;
        t->run.end = t->n_out + n_last;
        t->pending = next;
    } else {
        clear_run(&t->run);
        t->run = next; /* kept even when it is dropped: a gap that follows shows it */
    }
    t->n_out += n_shown;
    t->clock += n_shown;
    t->sent_ahead = t->sent_ahead && n_shown == 0;
    return n_shown > 0;
}

sfd_timeline_state sfd_timeline_next_run(sfd_timeline *t)
{
    AVFrame *frame;
    int64_t from, to;
    if (t->pending.end > t->pending.first) {
        clear_run(&t->run);
        t->run = t->pending;
        t->pending = (sfd_run){0};
        return SFD_TIMELINE_RUN;
    }
    while (next_filtered(t, &frame, &from, &to))
        if (place(t, frame, from, to))
            return SFD_TIMELINE_RUN;
    return t->ended ? SFD_TIMELINE_DONE : SFD_TIMELINE_WANT;
}

int64_t sfd_timeline_tick_of(const sfd_timeline *t, int64_t index)
{
    return t->next_tick + (index - t->n_out);
}

void sfd_timeline_jump(sfd_timeline *t, int64_t index)
{
    int64_t ahead = index - t->n_out;
    sfd_timeline_clear(t);
    t->next_tick += ahead;
    t->clock += ahead;
    t->n_out = index;
    t->sent_ahead = true;
}
