/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes at times. */
#include "annotations/sample.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SAMPLES ((size_t)1 << 22)
#define HALF_OFF    1e-9 /* times that are the same but for rounding */

bool sfd_box_moves_on(const sfd_annotations *a, const sfd_person_box *b)
{
    return !b->outside && !b->leaves &&
           (b->moves_on || b[1].time_s - b->time_s <= a->settings.join_s * (1 + HALF_OFF));
}

static sfd_status put(sfd_person_samples *out, const sfd_annotations *a, const sfd_person_box *b,
                      sfd_error *err)
{
    if (out->n == MAX_SAMPLES)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: more boxes than %zu", a->path, MAX_SAMPLES);
    if (!sfd_grow(&out->boxes, &out->n_alloc, out->n, sizeof *out->boxes))
        return sfd_fail_nomem(err, a->path);
    out->boxes[out->n++] = *b;
    return SFD_OK;
}

/* Between box b and the next. What a person does is as in b. */
static sfd_person_box between(const sfd_person_box *b, double time_s)
{
    sfd_person_box at = *b;
    const double share = (time_s - b->time_s) / (b[1].time_s - b->time_s);
    for (int i = 0; i < 4; i++)
        at.corner[i] += share * (b[1].corner[i] - b->corner[i]);
    at.time_s = time_s;
    at.interpolated = true;
    return at;
}

static sfd_status sample_drawn(sfd_person_samples *out, const sfd_annotations *a,
                               const sfd_person_box *boxes, size_t n, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < n; i++)
        if (!boxes[i].outside && !boxes[i].interpolated)
            status = put(out, a, &boxes[i], err);
    return status;
}

/* A time that has a box within half a frame is that of the box; the file's frames are all there
 * are. */
static sfd_status sample_every(sfd_person_samples *out, sfd_annotations *a, sfd_labelled_video *v,
                               const sfd_person_box *boxes, size_t n, sfd_error *err)
{
    const double every = a->settings.every_s, fps = sfd_set_get_fps(a, v), half = 0.5 / fps;
    sfd_status status = SFD_OK;
    size_t i = 0;
    double k = ceil((boxes[0].time_s - half) / every);
    const double last = floor((boxes[n - 1].time_s + half) / every);
    while (status == SFD_OK && k <= last && i < n) {
        const double t = k * every;
        if (i + 1 < n && boxes[i + 1].time_s <= t + half) {
            i++;
            continue;
        }
        const sfd_person_box *b = &boxes[i];
        sfd_person_box at = *b;
        if (t - b->time_s >= half && i + 1 < n && sfd_box_moves_on(a, b))
            at = between(b, round(t * fps) / fps);
        else if (fabs(t - b->time_s) > half || b->outside) {
            k++;
            continue;
        }
        at.time_s = t;
        status = put(out, a, &at, err);
        k++;
    }
    return status;
}

static sfd_status sample_frames(sfd_person_samples *out, sfd_annotations *a, sfd_labelled_video *v,
                                const sfd_person_box *boxes, size_t n, sfd_error *err)
{
    sfd_status status = SFD_OK;
    int64_t before = INT64_MIN;
    for (size_t i = 0; status == SFD_OK && i < n; i++) {
        const int64_t frame = sfd_set_frame_of(a, v, boxes[i].time_s);
        if (frame == before && !boxes[i].outside) {
            sfd_tally_add(&a->tally, "boxes left out: the person has another in that frame", v->id);
            continue;
        }
        if (boxes[i].outside)
            continue;
        before = frame;
        status = put(out, a, &boxes[i], err);
        if (i + 1 == n || !boxes[i].moves_on)
            continue;
        const int64_t end = sfd_set_frame_of(a, v, boxes[i + 1].time_s);
        for (int64_t f = frame + 1; status == SFD_OK && f < end; f++) {
            const sfd_person_box at = between(&boxes[i], sfd_set_time_of(a, v, f));
            status = put(out, a, &at, err);
        }
    }
    return status;
}

/* A frame in which somebody is between two keyframes must not become one in which nobody is. */
static sfd_status sample_seen(sfd_person_samples *out, sfd_annotations *a, sfd_labelled_video *v,
                              sfd_sampling sampling, sfd_error *err)
{
    const double every = sampling == SFD_KEYFRAMES ? a->settings.every_s : 0;
    const double half = every > 0 && v->n_frames_seen > 0 ? 0.5 / sfd_set_get_fps(a, v) : 0;
    out->frames = sfd_malloc_array(v->n_frames_seen, sizeof *out->frames);
    if (!out->frames)
        return sfd_fail_nomem(err, a->path);
    for (size_t i = 0; i < v->n_frames_seen; i++) {
        sfd_seen_frame f = v->frames[i];
        if (every > 0) {
            const double t = round(f.time_s / every) * every;
            if (fabs(f.time_s - t) > half ||
                (out->n_frames > 0 && t == out->frames[out->n_frames - 1].time_s))
                continue;
            f.time_s = t;
        }
        out->frames[out->n_frames++] = f;
    }
    return SFD_OK;
}

static int by_time(const void *pa, const void *pb)
{
    const sfd_person_box *a = pa, *b = pb;
    if (a->time_s != b->time_s)
        return a->time_s < b->time_s ? -1 : 1;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static bool is_anywhere(const sfd_person_box *boxes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!boxes[i].outside)
            return true;
    return false;
}

sfd_status sfd_sample_persons(sfd_person_samples *out, sfd_annotations *a, sfd_labelled_video *v,
                              sfd_sampling sampling, sfd_error *err)
{
    *out = (sfd_person_samples){0};
    sfd_status status = sample_seen(out, a, v, sampling, err);
    for (size_t k = 0; status == SFD_OK && k < v->n_tracks; k++) {
        const size_t before = out->n;
        const sfd_person_box *boxes = &v->boxes[v->tracks[k].first];
        const size_t n = v->tracks[k].n;
        if (sampling == SFD_FRAMES)
            status = sample_frames(out, a, v, boxes, n, err);
        else if (a->settings.every_s > 0)
            status = sample_every(out, a, v, boxes, n, err);
        else
            status = sample_drawn(out, a, boxes, n, err);
        if (status == SFD_OK && out->n == before && is_anywhere(boxes, n))
            sfd_tally_add(&a->tally, "persons left out who are at no time of that spacing", v->id);
    }
    if (status != SFD_OK)
        sfd_person_samples_free(out);
    else if (out->n > 0)
        qsort(out->boxes, out->n, sizeof *out->boxes, by_time);
    return status;
}

void sfd_person_samples_free(sfd_person_samples *s)
{
    free(s->boxes);
    free(s->frames);
    *s = (sfd_person_samples){0};
}

bool sfd_next_sampled_picture(const sfd_person_samples *s, sfd_sampled_picture *p)
{
    const size_t at = p->first + p->n, frame = p->n_frames;
    if (at == s->n && frame == s->n_frames)
        return false;
    const bool by_box =
        at < s->n && (frame == s->n_frames || s->boxes[at].time_s < s->frames[frame].time_s);
    *p = (sfd_sampled_picture){.time_s = by_box ? s->boxes[at].time_s : s->frames[frame].time_s,
                               .name = by_box ? NULL : s->frames[frame].name,
                               .first = at,
                               .n_frames = frame + !by_box};
    while (at + p->n < s->n && s->boxes[at + p->n].time_s == p->time_s)
        p->n++;
    return true;
}
