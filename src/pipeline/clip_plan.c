/* SPDX-License-Identifier: Apache-2.0 */
/* The next frame of clips whose windows overlap, and of moments. */
#include "pipeline/clip_plan.h"

#include "base/timeline.h"
#include "pipeline/picture_persons.h"

#include <math.h>

int sfd_clip_length(const sfd_clip_plan *p)
{
    return p->model ? sfd_model_get_info(p->model)->n_frames : 0;
}

void sfd_clip_window_get(const sfd_clip_plan *p, size_t keyframe, int64_t total, sfd_clip_window *w)
{
    const double time_s = p->time_s(p->keyframes, keyframe);
    if (!p->model) {
        w->first = w->last = w->centre = sfd_timeline_frame(time_s);
        return;
    }
    sfd_model_clip_frames(p->model, time_s, total, w->frames, &w->centre);
    w->first = w->frames[0] < w->centre ? w->frames[0] : w->centre;
    const int64_t last = w->frames[sfd_clip_length(p) - 1];
    w->last = last > w->centre ? last : w->centre;
}

size_t sfd_clip_moment_after(const sfd_clip_moments *m, int64_t after, int64_t *frame)
{
    const double before = floor(((double)after + 0.5) / (m->step_s * SFD_TIMELINE_FPS)) - 1;
    size_t k = before > 0 ? (size_t)before : 0;
    for (;; k++) {
        *frame =
            sfd_timeline_frame(sfd_keyframe_timestamp(k, m->step_s, m->offset_s) - m->offset_s);
        if (*frame > after)
            return k;
    }
}

static void consider_clip(const sfd_clip_progress *p, int64_t after, sfd_wanted_frame *best)
{
    const sfd_clip_window *w = &p->scan;
    for (int i = 0; i < p->n_frames; i++)
        if (w->frames[i] > after && w->frames[i] < best->number)
            *best = (sfd_wanted_frame){.number = w->frames[i], .in_clip = true};
    if (w->centre > after && w->centre <= best->number)
        *best = (sfd_wanted_frame){.number = w->centre, .in_clip = true, .keyframe = true};
}

static void consider_moment(const sfd_clip_progress *p, int64_t after, sfd_wanted_frame *best)
{
    int64_t frame;
    if (!(p->plan->moments.step_s > 0))
        return;
    if (after < p->moments_from - 1)
        after = p->moments_from - 1;
    const size_t m = sfd_clip_moment_after(&p->plan->moments, after, &frame);
    if (frame < best->number)
        *best = (sfd_wanted_frame){.number = frame};
    if (frame == best->number) {
        best->moment = true;
        best->moment_index = m;
    }
}

/* Keyframes rise, so only those whose windows are open at that point need a look. */
bool sfd_clip_find_wanted(sfd_clip_progress *p, int64_t after, sfd_wanted_frame *best)
{
    *best = (sfd_wanted_frame){.number = INT64_MAX};
    for (size_t k = p->first_open; k < p->plan->n_keyframes; k++) {
        sfd_clip_window_get(p->plan, k, 0, &p->scan);
        if (p->scan.centre < 0 || p->scan.last <= after)
            continue;
        if (p->scan.first > best->number)
            break;
        consider_clip(p, after, best);
    }
    consider_moment(p, after, best);
    return best->number != INT64_MAX;
}

bool sfd_clip_next_wanted(sfd_clip_progress *p, int64_t after, size_t keyframe,
                          sfd_wanted_frame *best)
{
    if (p->first_open < keyframe)
        p->first_open = keyframe;
    for (; p->first_open < p->plan->n_keyframes; p->first_open++) {
        sfd_clip_window_get(p->plan, p->first_open, 0, &p->scan);
        if (p->scan.centre >= 0 && p->scan.last > after)
            break;
    }
    return sfd_clip_find_wanted(p, after, best);
}

bool sfd_clip_reaches_over_end(sfd_clip_progress *p, int64_t last_read)
{
    for (size_t k = p->first_open; k < p->plan->n_keyframes; k++) {
        sfd_clip_window_get(p->plan, k, 0, &p->scan);
        if (p->scan.centre > last_read)
            return false;
        if (p->scan.centre >= 0 && p->scan.last > last_read)
            return true;
    }
    return false;
}
