/* SPDX-License-Identifier: Apache-2.0 */
/* ByteTrack's two associations over four independent Kalman filters a track. */
#include "persons/tracker.h"

#include "base/alloc.h"
#include "base/assignment.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

/* Uncertainties in shares of the box's height. Between moments a fifth of a second apart people
 * change their pace more than from frame to frame, for which ByteTrack's filter has 1/160. */
#define POSITION_NOISE (1.0 / 20)
#define VELOCITY_NOISE (1.0 / 40)

/* Position and velocity (per step) of one coordinate, with their covariance. */
typedef struct filter {
    double x, v;
    double xx, xv, vv;
} filter;

enum { CENTRE_X, CENTRE_Y, WIDTH, HEIGHT, N_FILTERS };

typedef struct track {
    int64_t number;
    filter filters[N_FILTERS];
    double seen_s; /* when it last had a box */
    size_t n_boxes;
} track;

struct sfd_tracker {
    sfd_tracker_settings s;
    track *tracks;
    size_t n_tracks, n_alloc;
    int64_t n_started;
    double time_s;
    bool begun;

    /* the present moment's; rows are tracks, columns boxes */
    double *cost;
    size_t *column_of;
    bool *track_done;
    size_t cost_alloc, rows_alloc;
};

void sfd_tracker_settings_defaults(sfd_tracker_settings *s)
{
    *s = (sfd_tracker_settings){.step_s = 0.2,
                                .high_score = 0.5,
                                .low_score = 0.1,
                                .start_score = 0.6,
                                .min_iou = 0.1,
                                .min_iou_low = 0.3,
                                .keep_s = 2};
}

sfd_status sfd_tracker_create(sfd_tracker **out, const sfd_tracker_settings *s, sfd_error *err)
{
    *out = sfd_calloc(1, sizeof **out);
    if (!*out)
        return sfd_fail_nomem(err, "following persons");
    (*out)->s = *s;
    return SFD_OK;
}

void sfd_tracker_destroy(sfd_tracker *t)
{
    if (!t)
        return;
    free(t->tracks);
    free(t->cost);
    free(t->column_of);
    free(t->track_done);
    free(t);
}

/* ------------------------------------------------------------------ Kalman filter */

static double square(double x)
{
    return x * x;
}

static void measure(const sfd_box_norm *box, double out[N_FILTERS])
{
    out[CENTRE_X] = (box->x1 + box->x2) / 2;
    out[CENTRE_Y] = (box->y1 + box->y2) / 2;
    out[WIDTH] = box->x2 - box->x1;
    out[HEIGHT] = box->y2 - box->y1;
}

static void start_filters(track *t, const sfd_box_norm *box)
{
    double z[N_FILTERS];
    measure(box, z);
    for (int i = 0; i < N_FILTERS; i++)
        t->filters[i] = (filter){.x = z[i],
                                 .xx = square(2 * POSITION_NOISE * z[HEIGHT]),
                                 .vv = square(10 * VELOCITY_NOISE * z[HEIGHT])};
}

static void predict(track *t, double steps)
{
    const double height = t->filters[HEIGHT].x;
    for (int i = 0; i < N_FILTERS; i++) {
        filter *f = &t->filters[i];
        f->x += f->v * steps;
        f->xx += steps * (2 * f->xv + steps * f->vv) + steps * square(POSITION_NOISE * height);
        f->xv += steps * f->vv;
        f->vv += steps * square(VELOCITY_NOISE * height);
    }
}

static void correct(track *t, const sfd_box_norm *box)
{
    double z[N_FILTERS];
    measure(box, z);
    const double noise = square(POSITION_NOISE * t->filters[HEIGHT].x);
    for (int i = 0; i < N_FILTERS; i++) {
        filter *f = &t->filters[i];
        const double sum = f->xx + noise, gain_x = f->xx / sum, gain_v = f->xv / sum;
        const double surprise = z[i] - f->x;
        f->x += gain_x * surprise;
        f->v += gain_v * surprise;
        f->vv -= gain_v * f->xv;
        f->xv -= gain_x * f->xv;
        f->xx -= gain_x * f->xx;
    }
}

/* ------------------------------------------------------------------ association */

static double iou(const track *t, const sfd_box_norm *box)
{
    const filter *f = t->filters;
    const double w = f[WIDTH].x, h = f[HEIGHT].x;
    if (!(w > 0) || !(h > 0))
        return 0;
    const double x1 = f[CENTRE_X].x - w / 2, y1 = f[CENTRE_Y].x - h / 2;
    const double both_w = fmin(x1 + w, box->x2) - fmax(x1, box->x1);
    const double both_h = fmin(y1 + h, box->y2) - fmax(y1, box->y1);
    if (!(both_w > 0) || !(both_h > 0))
        return 0;
    const double both = both_w * both_h;
    return both / (w * h + (box->x2 - box->x1) * (box->y2 - box->y1) - both);
}

static void take(sfd_tracker *t, size_t row, sfd_tracked_box *box)
{
    track *k = &t->tracks[row];
    correct(k, &box->box);
    k->seen_s = t->time_s;
    k->n_boxes++;
    box->track = k->number;
    t->track_done[row] = true;
}

/* Matches tracks that are not done with boxes of scores in [from, to). In the first association a
 * box's score weighs its overlap. The second one is for tracks seen at the moment before: a
 * doubtful box is no reason to bring a lost person back. */
static sfd_status associate(sfd_tracker *t, sfd_tracked_box *boxes, size_t n, double from,
                            double to, bool first, double last_s, sfd_error *err)
{
    for (size_t i = 0; i < t->n_tracks; i++)
        for (size_t j = 0; j < n; j++) {
            const track *k = &t->tracks[i];
            const bool free_pair = !t->track_done[i] && boxes[j].track == SFD_NO_TRACK &&
                                   boxes[j].score >= from && boxes[j].score < to &&
                                   (first || k->seen_s >= last_s);
            const double overlap = free_pair ? iou(k, &boxes[j].box) : 0;
            const double weighed = first ? overlap * boxes[j].score : overlap;
            const double least = first ? t->s.min_iou : t->s.min_iou_low;
            t->cost[i * n + j] = free_pair && weighed > least ? 1 - weighed : INFINITY;
        }
    sfd_status status = sfd_assign(t->column_of, t->cost, t->n_tracks, n, err);
    for (size_t i = 0; status == SFD_OK && i < t->n_tracks; i++)
        if (t->column_of[i] != SFD_UNASSIGNED)
            take(t, i, &boxes[t->column_of[i]]);
    return status;
}

static sfd_status start_track(sfd_tracker *t, sfd_tracked_box *box, sfd_error *err)
{
    if (!sfd_grow(&t->tracks, &t->n_alloc, t->n_tracks, sizeof *t->tracks))
        return sfd_fail_nomem(err, "following persons");
    track *k = &t->tracks[t->n_tracks++];
    *k = (track){.number = ++t->n_started, .seen_s = t->time_s, .n_boxes = 1};
    start_filters(k, &box->box);
    box->track = k->number;
    return SFD_OK;
}

/* A track seen once only was perhaps nobody: it does not wait. */
static void drop_lost(sfd_tracker *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_tracks; i++) {
        const track *k = &t->tracks[i];
        const double patience = k->n_boxes > 1 ? t->s.keep_s : t->s.step_s;
        if (t->time_s - k->seen_s <= patience * (1 + 1e-9))
            t->tracks[n++] = *k;
    }
    t->n_tracks = n;
}

static sfd_status reserve(sfd_tracker *t, size_t n, sfd_error *err)
{
    size_t pairs;
    if (!sfd_mul_size(t->n_tracks, n, &pairs))
        return sfd_fail_nomem(err, "following persons");
    if (pairs > t->cost_alloc) {
        free(t->cost);
        t->cost = sfd_malloc_array(pairs, sizeof *t->cost);
        t->cost_alloc = t->cost ? pairs : 0;
        if (!t->cost)
            return sfd_fail_nomem(err, "following persons");
    }
    if (t->n_tracks > t->rows_alloc) {
        free(t->column_of);
        free(t->track_done);
        t->column_of = sfd_malloc_array(t->n_tracks, sizeof *t->column_of);
        t->track_done = sfd_malloc_array(t->n_tracks, sizeof *t->track_done);
        t->rows_alloc = t->column_of && t->track_done ? t->n_tracks : 0;
        if (t->rows_alloc == 0)
            return sfd_fail_nomem(err, "following persons");
    }
    return SFD_OK;
}

static sfd_status match(sfd_tracker *t, sfd_tracked_box *boxes, size_t n, double last_s,
                        sfd_error *err)
{
    sfd_status status = reserve(t, n, err);
    for (size_t i = 0; status == SFD_OK && i < t->n_tracks; i++)
        t->track_done[i] = false;
    if (status == SFD_OK)
        status = associate(t, boxes, n, t->s.high_score, INFINITY, true, last_s, err);
    if (status == SFD_OK)
        status = associate(t, boxes, n, t->s.low_score, t->s.high_score, false, last_s, err);
    return status;
}

sfd_status sfd_tracker_update(sfd_tracker *t, double time_s, sfd_tracked_box *boxes, size_t n,
                              sfd_error *err)
{
    const double last_s = t->time_s;
    if (!isfinite(time_s) || (t->begun && !(time_s > last_s)))
        return sfd_fail(err, SFD_ERR_ARG, "%g s after %g s: moments must follow each other", time_s,
                        last_s);
    for (size_t i = 0; t->begun && i < t->n_tracks; i++)
        predict(&t->tracks[i], (time_s - last_s) / t->s.step_s);
    t->time_s = time_s;
    t->begun = true;
    for (size_t i = 0; i < n; i++)
        boxes[i].track = SFD_NO_TRACK;
    sfd_status status = match(t, boxes, n, last_s, err);
    for (size_t i = 0; status == SFD_OK && i < n; i++)
        if (boxes[i].track == SFD_NO_TRACK && boxes[i].score >= t->s.start_score)
            status = start_track(t, &boxes[i], err);
    drop_lost(t);
    return status;
}
