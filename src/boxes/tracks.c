/* SPDX-License-Identifier: Apache-2.0 */
/* Where persons are at any time. */
#include "boxes/tracks.h"
#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct track {
    size_t first, n; /* in sfd_tracks.boxes */
} track;

struct sfd_tracks {
    sfd_track_box *boxes; /* sorted: those with ids by id, then time */
    size_t n_boxes;
    track *tracks;
    size_t n_tracks;
    double max_gap_s;
};

void sfd_tracks_free(sfd_tracks *t)
{
    if (!t)
        return;
    free(t->boxes);
    free(t->tracks);
    free(t);
}

static int compare_boxes(const void *a, const void *b)
{
    const sfd_track_box *x = a, *y = b;
    if (x->has_person_id != y->has_person_id)
        return x->has_person_id ? -1 : 1;
    if (x->has_person_id && x->person_id != y->person_id)
        return x->person_id < y->person_id ? -1 : 1;
    if (x->timestamp_s != y->timestamp_s)
        return x->timestamp_s < y->timestamp_s ? -1 : 1;
    return (x->score < y->score) - (x->score > y->score);
}

static bool same_track(const sfd_track_box *x, const sfd_track_box *y)
{
    return x->has_person_id && y->has_person_id && x->person_id == y->person_id;
}

static sfd_status check_boxes(const sfd_track_box *list, size_t n, sfd_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const sfd_track_box *b = &list[i];
        if (!isfinite(b->timestamp_s) || !isfinite(b->box.x1) || !isfinite(b->box.y1) ||
            !isfinite(b->box.x2) || !isfinite(b->box.y2) || !isfinite(b->score))
            return sfd_fail(err, SFD_ERR_ARG, "box %zu of a track has a value that is no number",
                            i);
    }
    return SFD_OK;
}

static sfd_status group(sfd_tracks *t, sfd_error *err)
{
    size_t n_alloc = 0;
    for (size_t i = 0; i < t->n_boxes; i++) {
        const sfd_track_box *b = &t->boxes[i];
        const bool goes_on = i > 0 && same_track(&t->boxes[i - 1], b);
        if (goes_on && t->boxes[i - 1].timestamp_s == b->timestamp_s)
            return sfd_fail(err, SFD_ERR_ARG, "person %lld has two boxes at %g s",
                            (long long)b->person_id, b->timestamp_s);
        if (!goes_on) {
            if (!sfd_grow(&t->tracks, &n_alloc, t->n_tracks, sizeof *t->tracks))
                return sfd_fail_nomem(err, "tracks");
            t->tracks[t->n_tracks++] = (track){.first = i};
        }
        t->tracks[t->n_tracks - 1].n++;
    }
    return SFD_OK;
}

sfd_status sfd_tracks_make(sfd_tracks **out, const sfd_track_box *list, size_t n, double max_gap_s,
                           sfd_error *err)
{
    *out = NULL;
    sfd_status status = check_boxes(list, n, err);
    if (status != SFD_OK)
        return status;
    sfd_tracks *t = sfd_calloc(1, sizeof *t);
    if (!t || !(t->boxes = sfd_malloc_array(n, sizeof *t->boxes))) {
        sfd_tracks_free(t);
        return sfd_fail_nomem(err, "tracks");
    }
    t->max_gap_s = max_gap_s;
    t->n_boxes = n;
    if (n > 0) {
        memcpy(t->boxes, list, n * sizeof *list);
        qsort(t->boxes, n, sizeof *t->boxes, compare_boxes);
    }
    status = group(t, err);
    if (status == SFD_OK)
        *out = t;
    else
        sfd_tracks_free(t);
    return status;
}

size_t sfd_tracks_count(const sfd_tracks *t)
{
    return t->n_tracks;
}

void sfd_tracks_get(const sfd_tracks *t, size_t i, sfd_track_info *info)
{
    const track *k = &t->tracks[i];
    const sfd_track_box *boxes = &t->boxes[k->first];
    *info = (sfd_track_info){.person_id = boxes->person_id,
                             .has_person_id = boxes->has_person_id,
                             .n_boxes = k->n,
                             .boxes = boxes};
}

/* ------------------------------------------------------------------- places */

static double between(double a, double b, double part)
{
    return a + (b - a) * part;
}

static sfd_track_box interpolate(const sfd_track_box *a, const sfd_track_box *b, double time_s)
{
    const double part = (time_s - a->timestamp_s) / (b->timestamp_s - a->timestamp_s);
    sfd_track_box r = *a;
    r.box.x1 = between(a->box.x1, b->box.x1, part);
    r.box.y1 = between(a->box.y1, b->box.y1, part);
    r.box.x2 = between(a->box.x2, b->box.x2, part);
    r.box.y2 = between(a->box.y2, b->box.y2, part);
    r.score = between(a->score, b->score, part);
    return r;
}

/* The last box at or before a time that lies between the first and the last one. */
static size_t find_before(const sfd_track_box *boxes, size_t n, double time_s)
{
    size_t low = 0, high = n - 1;
    while (low + 1 < high) {
        const size_t middle = low + (high - low) / 2;
        if (boxes[middle].timestamp_s <= time_s)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The box a time is close enough to, or NULL. */
static const sfd_track_box *box_at(const sfd_track_box *a, const sfd_track_box *b, double time_s)
{
    if (fabs(time_s - a->timestamp_s) <= SFD_TRACK_NEAR_S)
        return a;
    return fabs(time_s - b->timestamp_s) <= SFD_TRACK_NEAR_S ? b : NULL;
}

bool sfd_tracks_place(const sfd_tracks *t, size_t i, double time_s, sfd_track_box *box)
{
    const track *k = &t->tracks[i];
    const sfd_track_box *first = &t->boxes[k->first], *last = first + k->n - 1;
    const sfd_track_box *a = first, *b = last, *found = NULL;
    if (time_s > first->timestamp_s && time_s < last->timestamp_s) {
        a += find_before(first, k->n, time_s);
        b = a + 1;
        if (b->timestamp_s - a->timestamp_s <= t->max_gap_s) {
            *box = interpolate(a, b, time_s);
            box->timestamp_s = time_s;
            return true;
        }
    }
    found = box_at(a, b, time_s);
    if (!found)
        return false;
    *box = *found;
    box->timestamp_s = time_s;
    return true;
}

size_t sfd_tracks_at(const sfd_tracks *t, double time_s, sfd_track_box *boxes, size_t n_room)
{
    size_t n = 0;
    sfd_track_box box;
    for (size_t i = 0; i < t->n_tracks; i++)
        if (sfd_tracks_place(t, i, time_s, &box)) {
            if (n < n_room)
                boxes[n] = box;
            n++;
        }
    return n;
}

double sfd_tracks_next_time(const sfd_tracks *t, double time_s)
{
    double next_s = INFINITY;
    for (size_t i = 0; i < t->n_tracks; i++) {
        const sfd_track_box *boxes = &t->boxes[t->tracks[i].first];
        const size_t n = t->tracks[i].n;
        if (boxes->timestamp_s > time_s)
            next_s = fmin(next_s, boxes->timestamp_s);
        else if (boxes[n - 1].timestamp_s > time_s)
            next_s = fmin(next_s, boxes[find_before(boxes, n, time_s) + 1].timestamp_s);
    }
    return next_s;
}
