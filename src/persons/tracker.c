/* SPDX-License-Identifier: Apache-2.0 */
/* Three associations of tracks and boxes. */
#include "persons/tracker.h"

#include "base/alloc.h"
#include "base/assignment.h"
#include "base/error.h"
#include "persons/motion.h"

#include <math.h>
#include <stdlib.h>

#define MOST_TRACKS   400  /* remembered; the time that matching takes grows with the cube */
#define NOT_KNOWN     0.12 /* unlikeness where a look is not known: few of one person have more */
#define LEARNT_SHARE  0.15 /* of a look at each moment */
#define CLEAR_SHARE   0.3  /* of a box may be somebody else's where the look is learnt */
#define COVER_SHARE   0.7  /* a box that lies so much in another one is no new person */
#define STALE_S       0.7  /* where a person was so long ago tells no velocity */
#define SEEN_LATELY_S 1.0
#define ROUNDING      1e-3 /* of times, whose spelling has six decimals, against a step */

typedef struct track {
    int64_t number;
    sfd_motion motion;
    double seen_s; /* when it last had a box */
    size_t n_boxes;
    sfd_look look;
} track;

/* What a moment tells of a box. */
typedef struct column {
    double nearest; /* the least unlikeness with the look of somebody known */
    double doubled; /* the largest IoU with a box of higher score */
} column;

/* The boxes of one. */
typedef struct moment {
    sfd_tracked_box *boxes;
    size_t n;
} moment;

struct sfd_tracker {
    sfd_tracker_settings s;
    track *tracks;
    size_t n_tracks, n_alloc;
    int64_t n_started;
    double time_s, last_s; /* of the present moment and the one before */
    bool begun;

    /* the present moment's; rows are tracks, columns boxes */
    double *gain, *unlike; /* [rows][columns] */
    column *columns;
    size_t *column_of;
    bool *track_done;
    size_t pairs_alloc, columns_alloc, rows_alloc;
};

void sfd_tracker_settings_defaults(sfd_tracker_settings *s)
{
    *s = (sfd_tracker_settings){.step_s = 0.2,
                                .high_score = 0.6,
                                .low_score = 0.1,
                                .start_score = 0.6,
                                .min_iou = 0.1,
                                .min_iou_low = 0.3,
                                .keep_s = 2,
                                .remember_s = 30,
                                .look_weight = 4,
                                .other_weight = 2,
                                .double_weight = 0.4,
                                .max_cost = 2.4,
                                .max_unlike_low = 0.12,
                                .max_unlike_again = 0.22};
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
    free(t->gain);
    free(t->unlike);
    free(t->columns);
    free(t->column_of);
    free(t->track_done);
    free(t);
}

/* ------------------------------------------------------------------ association */

static double iou(const sfd_box_norm *a, const sfd_box_norm *b)
{
    const double w = a->x2 - a->x1, h = a->y2 - a->y1;
    if (!(w > 0) || !(h > 0))
        return 0;
    const double both_w = fmin(a->x2, b->x2) - fmax(a->x1, b->x1);
    const double both_h = fmin(a->y2, b->y2) - fmax(a->y1, b->y1);
    if (!(both_w > 0) || !(both_h > 0))
        return 0;
    const double both = both_w * both_h;
    return both / (w * h + (b->x2 - b->x1) * (b->y2 - b->y1) - both);
}

static double iou_expected(const track *k, const sfd_box_norm *box)
{
    const sfd_box_norm e = sfd_motion_box(&k->motion);
    return iou(&e, box);
}

/* Of a's area, that which lies in b. */
static double share_in(const sfd_box_norm *a, const sfd_box_norm *b)
{
    const double w = fmin(a->x2, b->x2) - fmax(a->x1, b->x1);
    const double h = fmin(a->y2, b->y2) - fmax(a->y1, b->y1);
    return w > 0 && h > 0 ? w * h / ((a->x2 - a->x1) * (a->y2 - a->y1)) : 0;
}

/* Whether a box shows the person of `row` alone: no look is learnt of a box that may be somebody
 * else's, or that of two. */
static bool is_clear(const sfd_tracker *t, size_t row, const moment *m, const sfd_tracked_box *box)
{
    for (size_t i = 0; i < t->n_tracks; i++) {
        const track *k = &t->tracks[i];
        const sfd_box_norm e = sfd_motion_box(&k->motion);
        if (i != row && k->n_boxes > 1 && t->time_s - k->seen_s <= SEEN_LATELY_S &&
            share_in(&box->box, &e) > CLEAR_SHARE)
            return false;
    }
    for (size_t j = 0; j < m->n; j++)
        if (&m->boxes[j] != box && m->boxes[j].score >= t->s.high_score &&
            share_in(&box->box, &m->boxes[j].box) > CLEAR_SHARE)
            return false;
    return true;
}

static void learn_look(const sfd_tracker *t, size_t row, const moment *m, const sfd_tracked_box *b)
{
    track *k = &t->tracks[row];
    if (!b->look || !b->look->known)
        return;
    if (!k->look.known)
        k->look = *b->look;
    else if (is_clear(t, row, m, b))
        sfd_look_learn(&k->look, b->look, LEARNT_SHARE);
}

static void take(sfd_tracker *t, size_t row, const moment *m, sfd_tracked_box *box)
{
    track *k = &t->tracks[row];
    sfd_motion_correct(&k->motion, &box->box);
    learn_look(t, row, m, box);
    k->seen_s = t->time_s;
    k->n_boxes++;
    box->track = k->number;
    t->track_done[row] = true;
}

static bool both_known(const track *k, const sfd_tracked_box *b)
{
    return k->look.known && b->look && b->look->known;
}

static void compare_looks(const sfd_tracker *t, const moment *m)
{
    for (size_t i = 0; i < t->n_tracks; i++)
        for (size_t j = 0; j < m->n; j++)
            t->unlike[i * m->n + j] = both_known(&t->tracks[i], &m->boxes[j])
                                          ? 1 - sfd_look_alike(&t->tracks[i].look, m->boxes[j].look)
                                          : NOT_KNOWN;
}

static void describe_columns(const sfd_tracker *t, const moment *m)
{
    for (size_t j = 0; j < m->n; j++) {
        column *c = &t->columns[j];
        *c = (column){.nearest = 1};
        for (size_t i = 0; i < t->n_tracks; i++)
            if (t->tracks[i].n_boxes > 1)
                c->nearest = fmin(c->nearest, t->unlike[i * m->n + j]);
        for (size_t i = 0; i < m->n; i++)
            if (m->boxes[i].score > m->boxes[j].score)
                c->doubled = fmax(c->doubled, iou(&m->boxes[i].box, &m->boxes[j].box));
    }
}

/* Boxes of high score, with all who were seen lately: a box's score weighs its overlap. What looks
 * like somebody else who may just come back, or is the second box of a person, is not left for the
 * one who is hidden there. */
static double cost_high(const sfd_tracker *t, const moment *m, const track *k, size_t j,
                        double unlike)
{
    const sfd_tracked_box *b = &m->boxes[j];
    const column *c = &t->columns[j];
    if (b->score < t->s.high_score || t->time_s - k->seen_s > t->s.keep_s)
        return INFINITY;
    const double overlap = iou_expected(k, &b->box) * b->score;
    return overlap > t->s.min_iou ? 1 - overlap + t->s.look_weight * unlike +
                                        t->s.other_weight * fmax(unlike - c->nearest, 0) +
                                        t->s.double_weight * c->doubled
                                  : INFINITY;
}

/* Boxes of low score, with those seen at the moment before, if that is not long ago: a doubtful box
 * is no reason to bring a lost person back. */
static double cost_low(const sfd_tracker *t, const moment *m, const track *k, size_t j,
                       double unlike)
{
    const sfd_tracked_box *b = &m->boxes[j];
    if (b->score < t->s.low_score || b->score >= t->s.high_score || k->seen_s < t->last_s ||
        t->time_s - k->seen_s > t->s.keep_s || unlike > t->s.max_unlike_low)
        return INFINITY;
    const double overlap = iou_expected(k, &b->box);
    return overlap > t->s.min_iou_low ? 1 - overlap + t->s.look_weight * unlike : INFINITY;
}

/* Boxes of high score, with everybody who is remembered, by look alone. */
static double cost_again(const sfd_tracker *t, const moment *m, const track *k, size_t j,
                         double unlike)
{
    const sfd_tracked_box *b = &m->boxes[j];
    return b->score >= t->s.high_score && k->n_boxes > 1 && both_known(k, b) &&
                   t->time_s - k->seen_s <= t->s.remember_s && unlike < t->s.max_unlike_again
               ? unlike
               : INFINITY;
}

typedef double pair_cost(const sfd_tracker *t, const moment *m, const track *k, size_t j,
                         double unlike);

/* Matches tracks and boxes that are not done. A pair is worth what it costs less than max_cost: one
 * good pair is better than two bad ones. */
static sfd_status associate(sfd_tracker *t, const moment *m, pair_cost *cost, sfd_error *err)
{
    for (size_t i = 0; i < t->n_tracks; i++)
        for (size_t j = 0; j < m->n; j++) {
            const size_t pair = i * m->n + j;
            const bool is_free = !t->track_done[i] && m->boxes[j].track == SFD_NO_TRACK;
            const double c = is_free ? cost(t, m, &t->tracks[i], j, t->unlike[pair]) : INFINITY;
            t->gain[pair] = fmin(c - t->s.max_cost, 0);
        }
    sfd_status status = sfd_assign_gains(t->column_of, t->gain, t->n_tracks, m->n, err);
    for (size_t i = 0; status == SFD_OK && i < t->n_tracks; i++) {
        if (t->column_of[i] == SFD_UNASSIGNED)
            continue;
        sfd_tracked_box *box = &m->boxes[t->column_of[i]];
        if (cost == cost_again && t->time_s - t->tracks[i].seen_s > STALE_S)
            sfd_motion_start(&t->tracks[i].motion, &box->box);
        take(t, i, m, box);
    }
    return status;
}

/* Detectors see parts of persons, or two as one, besides. */
static bool is_part_of_somebody(const moment *m, const sfd_tracked_box *b)
{
    for (size_t j = 0; j < m->n; j++) {
        const sfd_tracked_box *other = &m->boxes[j];
        if (other != b && other->track != SFD_NO_TRACK &&
            fmax(share_in(&b->box, &other->box), share_in(&other->box, &b->box)) > COVER_SHARE)
            return true;
    }
    return false;
}

static sfd_status start_track(sfd_tracker *t, sfd_tracked_box *box, sfd_error *err)
{
    if (!sfd_grow(&t->tracks, &t->n_alloc, t->n_tracks, sizeof *t->tracks))
        return sfd_fail_nomem(err, "following persons");
    track *k = &t->tracks[t->n_tracks++];
    *k = (track){.number = ++t->n_started, .seen_s = t->time_s, .n_boxes = 1};
    sfd_motion_start(&k->motion, &box->box);
    if (box->look)
        k->look = *box->look;
    box->track = k->number;
    return SFD_OK;
}

static int by_number(const void *a, const void *b)
{
    const track *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

static int seen_last_first(const void *a, const void *b)
{
    const track *x = a, *y = b;
    return x->seen_s != y->seen_s ? (x->seen_s < y->seen_s) - (x->seen_s > y->seen_s)
                                  : by_number(a, b);
}

/* A track seen once only was perhaps nobody: it does not wait. Where too many wait, those who were
 * seen last stay. */
static void drop_lost(sfd_tracker *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->n_tracks; i++) {
        const track *k = &t->tracks[i];
        const double patience = k->n_boxes > 1 ? t->s.remember_s : t->s.step_s;
        if (t->time_s - k->seen_s <= patience * (1 + ROUNDING))
            t->tracks[n++] = *k;
    }
    t->n_tracks = n;
    if (n <= MOST_TRACKS)
        return;
    qsort(t->tracks, n, sizeof *t->tracks, seen_last_first);
    t->n_tracks = MOST_TRACKS;
    qsort(t->tracks, t->n_tracks, sizeof *t->tracks, by_number);
}

static sfd_status reserve(sfd_tracker *t, size_t n, sfd_error *err)
{
    size_t pairs;
    if (!sfd_mul_size(t->n_tracks, n, &pairs))
        return sfd_fail_nomem(err, "following persons");
    if (pairs > t->pairs_alloc) {
        free(t->gain);
        free(t->unlike);
        t->gain = sfd_malloc_array(pairs, sizeof *t->gain);
        t->unlike = sfd_malloc_array(pairs, sizeof *t->unlike);
        t->pairs_alloc = t->gain && t->unlike ? pairs : 0;
        if (t->pairs_alloc == 0)
            return sfd_fail_nomem(err, "following persons");
    }
    if (n > t->columns_alloc) {
        free(t->columns);
        t->columns = sfd_malloc_array(n, sizeof *t->columns);
        t->columns_alloc = t->columns ? n : 0;
        if (t->columns_alloc == 0)
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

static sfd_status match(sfd_tracker *t, const moment *m, sfd_error *err)
{
    sfd_status status = reserve(t, m->n, err);
    if (status != SFD_OK)
        return status;
    for (size_t i = 0; i < t->n_tracks; i++)
        t->track_done[i] = false;
    compare_looks(t, m);
    describe_columns(t, m);
    status = associate(t, m, cost_high, err);
    if (status == SFD_OK)
        status = associate(t, m, cost_low, err);
    return status == SFD_OK ? associate(t, m, cost_again, err) : status;
}

sfd_status sfd_tracker_update(sfd_tracker *t, double time_s, sfd_tracked_box *boxes, size_t n,
                              sfd_error *err)
{
    const moment m = {boxes, n};
    if (!isfinite(time_s) || (t->begun && !(time_s > t->time_s)))
        return sfd_fail(err, SFD_ERR_ARG, "%g s after %g s: moments must follow each other", time_s,
                        t->time_s);
    for (size_t i = 0; t->begun && i < t->n_tracks; i++)
        sfd_motion_predict(&t->tracks[i].motion, (time_s - t->time_s) / t->s.step_s);
    t->last_s = t->time_s;
    t->time_s = time_s;
    t->begun = true;
    for (size_t i = 0; i < n; i++)
        boxes[i].track = SFD_NO_TRACK;
    sfd_status status = match(t, &m, err);
    for (size_t i = 0; status == SFD_OK && i < n; i++)
        if (boxes[i].track == SFD_NO_TRACK && boxes[i].score >= t->s.start_score &&
            !is_part_of_somebody(&m, &boxes[i]))
            status = start_track(t, &boxes[i], err);
    drop_lost(t);
    return status;
}

static int compare_number(const void *key, const void *a)
{
    const int64_t number = *(const int64_t *)key, other = ((const track *)a)->number;
    return (number > other) - (number < other);
}

bool sfd_tracker_remembers(const sfd_tracker *t, int64_t number)
{
    return t->n_tracks > 0 &&
           bsearch(&number, t->tracks, t->n_tracks, sizeof *t->tracks, compare_number);
}
