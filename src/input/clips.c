/* SPDX-License-Identifier: Apache-2.0 */
/* Which frames of a video make up the clips that it is classified by. */
#include "input/clips.h"

#include "base/timeline.h"
#include "input/linspace.h"

#include <math.h>

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static int64_t clamp(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i < n ? i : n - 1;
}

/* decoder.py: get_start_end_idx, temporal_sampling. */
static void choose_by_time(const sfd_clip_choice *c, int64_t n, double fps, int k, int64_t *frames)
{
    const double length =
        larger(1, (double)c->sampling_rate * c->num_frames / SFD_TIMELINE_FPS * fps);
    const double room = larger((double)n - length, 0);
    double start = room * k / c->n_clips;
    if (c->rule == SFD_CLIPS_OFFSET)
        start = c->n_clips == 1 ? floor(room / 2) : k * floor(room / (c->n_clips - 1));
    const sfd_linspace line = {(float)start, (float)(start + length - 1), c->num_frames};
    for (int i = 0; i < c->num_frames; i++)
        frames[i] = (int64_t)fminf(fmaxf(sfd_linspace_at(&line, i), 0), (float)(n - 1));
}

/* charades.py: get_seq_frames. rint() rounds halves to even, as Python does. */
static void choose_spread(const sfd_clip_choice *c, int64_t n, int k, int64_t *frames)
{
    const int64_t length = ((int64_t)c->num_frames - 1) * c->sampling_rate + 1;
    const double room = n > length ? (double)(n - length) : 0;
    const double start = c->n_clips == 1 ? floor(room / 2) : rint(room / (c->n_clips - 1) * k);
    for (int i = 0; i < c->num_frames; i++) {
        const int64_t at = (int64_t)start + (int64_t)i * c->sampling_rate;
        frames[i] = c->begins_again ? at % n : clamp(at, n);
    }
}

/* ssv2.py: get_seq_frames. */
static void choose_segments(const sfd_clip_choice *c, int64_t n, int64_t *frames)
{
    const double part = (double)(n - 1) / c->num_frames;
    for (int i = 0; i < c->num_frames; i++)
        frames[i] = ((int64_t)rint(part * i) + (int64_t)rint(part * (i + 1))) / 2;
}

void sfd_clip_choose(const sfd_clip_choice *c, int64_t n, double fps, int k, int64_t *frames)
{
    if (c->rule == SFD_CLIPS_SPREAD)
        choose_spread(c, n, k, frames);
    else if (c->rule == SFD_CLIPS_SEGMENTS)
        choose_segments(c, n, frames);
    else
        choose_by_time(c, n, fps, k, frames);
}
