/* SPDX-License-Identifier: Apache-2.0 */
/* CLEAR MOT and ID measures. */
#include "base/alloc.h"
#include "base/assignment.h"
#include "base/error.h"

#include <sfdet/eval_persons.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PAIRS ((size_t)1 << 26)
#define NONE      SIZE_MAX

/* One side, truth or result: boxes by frame, ids numbered from 0. */
typedef struct side {
    sfd_eval_track_box *boxes; /* [n] by frame, in the file's order within one */
    size_t *index;             /* [n] number of the box's id */
    size_t n, n_ids;
} side;

typedef struct object {
    size_t track; /* that it was last matched with, or NONE */
    size_t n_boxes, n_matched;
    bool found, missed_since; /* ever matched; and missed after the last match */
} object;

typedef struct tracker_score {
    side truth, tracks;
    double iou;
    object *objects;   /* [truth.n_ids] */
    double *overlaps;  /* [truth.n_ids][tracks.n_ids] frames in which both boxes overlap, negated */
    double *distances; /* [boxes of the frame][boxes of the frame] */
    size_t distances_alloc;
    size_t *partner; /* [truth.n] boxes of the present frame: column or NONE */
    bool *taken;     /* [tracks.n] */
    sfd_eval_track_result *out;
} tracker_score;

/* ------------------------------------------------------------------ sides */

static int compare_frames(const void *pa, const void *pb)
{
    const sfd_eval_track_box *a = pa, *b = pb;
    if (a->frame != b->frame)
        return (a->frame > b->frame) - (a->frame < b->frame);
    return (a->id > b->id) - (a->id < b->id);
}

static int compare_ids(const void *pa, const void *pb)
{
    const int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return (a > b) - (a < b);
}

static void free_side(side *s)
{
    free(s->boxes);
    free(s->index);
}

static sfd_status number_ids(side *s, sfd_error *err)
{
    int64_t *ids = sfd_malloc_array(s->n, sizeof *ids);
    if (!ids)
        return sfd_fail_nomem(err, "scoring tracks");
    for (size_t i = 0; i < s->n; i++)
        ids[i] = s->boxes[i].id;
    qsort(ids, s->n, sizeof *ids, compare_ids);
    for (size_t i = 0; i < s->n; i++)
        if (i == 0 || ids[i] != ids[i - 1])
            ids[s->n_ids++] = ids[i];
    for (size_t i = 0; i < s->n; i++) {
        const int64_t *at = bsearch(&s->boxes[i].id, ids, s->n_ids, sizeof *ids, compare_ids);
        s->index[i] = (size_t)(at - ids);
    }
    free(ids);
    return SFD_OK;
}

static sfd_status make_side(side *s, const sfd_eval_track_box *boxes, size_t n, const char *what,
                            sfd_error *err)
{
    *s = (side){.n = n};
    s->boxes = sfd_malloc_array(n, sizeof *s->boxes);
    s->index = sfd_malloc_array(n, sizeof *s->index);
    if (!s->boxes || !s->index)
        return sfd_fail_nomem(err, "scoring tracks");
    if (n > 0)
        memcpy(s->boxes, boxes, n * sizeof *boxes);
    qsort(s->boxes, n, sizeof *s->boxes, compare_frames);
    for (size_t i = 1; i < n; i++)
        if (compare_frames(&s->boxes[i - 1], &s->boxes[i]) == 0)
            return sfd_fail(err, SFD_ERR_ARG, "%s: id %" PRId64 " has two boxes in frame %" PRId64,
                            what, s->boxes[i].id, s->boxes[i].frame);
    return number_ids(s, err);
}

/* ------------------------------------------------------------------ a frame */

typedef struct frame {
    const sfd_eval_track_box *truth, *tracks;
    const size_t *object, *track; /* numbers of their ids */
    size_t n_truth, n_tracks;
} frame;

static double distance(const sfd_eval_track_box *a, const sfd_eval_track_box *b)
{
    const double w = fmin(a->x + a->width, b->x + b->width) - fmax(a->x, b->x);
    const double h = fmin(a->y + a->height, b->y + b->height) - fmax(a->y, b->y);
    if (!(w > 0) || !(h > 0))
        return 1;
    const double both = w * h;
    return 1 - both / (a->width * a->height + b->width * b->height - both);
}

static void measure(const tracker_score *s, const frame *f)
{
    for (size_t i = 0; i < f->n_truth; i++)
        for (size_t j = 0; j < f->n_tracks; j++) {
            const double d = distance(&f->truth[i], &f->tracks[j]);
            const bool near = !(d > 1 - s->iou);
            s->distances[i * f->n_tracks + j] = near ? d : NAN;
            if (near)
                s->overlaps[f->object[i] * s->tracks.n_ids + f->track[j]] -= 1;
        }
}

/* Whom an object was matched with last stays its partner as long as they overlap. */
static void keep_partners(const tracker_score *s, const frame *f)
{
    for (size_t i = 0; i < f->n_truth; i++) {
        s->partner[i] = NONE;
        for (size_t j = 0; j < f->n_tracks; j++)
            if (f->track[j] == s->objects[f->object[i]].track && !s->taken[j] &&
                isfinite(s->distances[i * f->n_tracks + j])) {
                s->partner[i] = j;
                s->taken[j] = true;
            }
    }
}

/* The others are matched at the least sum of distances. */
static sfd_status match_others(const tracker_score *s, const frame *f, size_t *columns,
                               sfd_error *err)
{
    for (size_t i = 0; i < f->n_truth; i++)
        for (size_t j = 0; j < f->n_tracks; j++)
            if (s->partner[i] != NONE || s->taken[j])
                s->distances[i * f->n_tracks + j] = NAN;
    sfd_status status = sfd_assign(columns, s->distances, f->n_truth, f->n_tracks, err);
    for (size_t i = 0; status == SFD_OK && i < f->n_truth; i++) {
        if (columns[i] == SFD_UNASSIGNED)
            continue;
        object *o = &s->objects[f->object[i]];
        const size_t track = f->track[columns[i]];
        s->out->n_switches += o->track != NONE && o->track != track;
        s->partner[i] = columns[i];
        o->track = track;
    }
    return status;
}

static void count_frame(const tracker_score *s, const frame *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_truth; i++) {
        object *o = &s->objects[f->object[i]];
        o->n_boxes++;
        if (s->partner[i] == NONE) {
            o->missed_since = true;
            continue;
        }
        s->out->n_fragments += o->found && o->missed_since;
        o->found = true;
        o->missed_since = false;
        o->n_matched++;
        n++;
    }
    s->out->n_frames++;
    s->out->n_matches += n;
    s->out->n_misses += f->n_truth - n;
    s->out->n_false += f->n_tracks - n;
}

static sfd_status reserve_distances(tracker_score *s, const frame *f, sfd_error *err)
{
    size_t n;
    if (!sfd_mul_size(f->n_truth, f->n_tracks, &n) || n > MAX_PAIRS)
        return sfd_fail(err, SFD_ERR_ARG, "%zu objects and %zu tracks in one frame are too many",
                        f->n_truth, f->n_tracks);
    if (n <= s->distances_alloc)
        return SFD_OK;
    free(s->distances);
    s->distances = sfd_malloc_array(n, sizeof *s->distances);
    s->distances_alloc = s->distances ? n : 0;
    return s->distances ? SFD_OK : sfd_fail_nomem(err, "scoring tracks");
}

static sfd_status score_frame(tracker_score *s, const frame *f, size_t *columns, sfd_error *err)
{
    sfd_status status = reserve_distances(s, f, err);
    if (status != SFD_OK)
        return status;
    memset(s->taken, 0, f->n_tracks * sizeof *s->taken);
    measure(s, f);
    keep_partners(s, f);
    status = match_others(s, f, columns, err);
    if (status == SFD_OK)
        count_frame(s, f);
    return status;
}

static sfd_status score_frames(tracker_score *s, size_t *columns, sfd_error *err)
{
    sfd_status status = SFD_OK;
    const side *t = &s->truth, *r = &s->tracks;
    for (size_t i = 0, j = 0; status == SFD_OK && (i < t->n || j < r->n);) {
        const frame at = {t->boxes + i, r->boxes + j, t->index + i, r->index + j, 0, 0};
        frame f = at;
        const int64_t number = j == r->n || (i < t->n && at.truth->frame < at.tracks->frame)
                                   ? at.truth->frame
                                   : at.tracks->frame;
        for (; i < t->n && t->boxes[i].frame == number; i++)
            f.n_truth++;
        for (; j < r->n && r->boxes[j].frame == number; j++)
            f.n_tracks++;
        status = score_frame(s, &f, columns, err);
    }
    return status;
}

/* ------------------------------------------------------------------ results */

/* The pairs of ids under which most boxes agree. */
static sfd_status match_ids(tracker_score *s, sfd_error *err)
{
    const size_t n = s->truth.n_ids, m = s->tracks.n_ids;
    size_t *columns = sfd_malloc_array(n, sizeof *columns);
    double agreed = 0;
    if (!columns)
        return sfd_fail_nomem(err, "scoring tracks");
    sfd_status status = sfd_assign_gains(columns, s->overlaps, n, m, err);
    for (size_t i = 0; status == SFD_OK && i < n; i++)
        if (columns[i] != SFD_UNASSIGNED)
            agreed -= s->overlaps[i * m + columns[i]];
    s->out->id_precision = agreed / (double)s->tracks.n;
    s->out->id_recall = agreed / (double)s->truth.n;
    s->out->idf1 = 2 * agreed / (double)(s->truth.n + s->tracks.n);
    free(columns);
    return status;
}

static void summarise(const tracker_score *s)
{
    sfd_eval_track_result *out = s->out;
    out->n_objects = s->truth.n_ids;
    out->n_boxes = s->truth.n;
    out->n_tracks = s->tracks.n_ids;
    out->n_track_boxes = s->tracks.n;
    out->mota = 1 - (double)(out->n_misses + out->n_false + out->n_switches) / (double)s->truth.n;
    if (s->truth.n == 0)
        out->mota = NAN;
    for (size_t i = 0; i < s->truth.n_ids; i++) {
        const double share = (double)s->objects[i].n_matched / (double)s->objects[i].n_boxes;
        out->n_mostly_tracked += share >= 0.8;
        out->n_partly_tracked += share >= 0.2 && share < 0.8;
        out->n_mostly_lost += share < 0.2;
    }
}

static sfd_status score(tracker_score *s, sfd_error *err)
{
    size_t pairs;
    if (!sfd_mul_size(s->truth.n_ids, s->tracks.n_ids, &pairs) || pairs > MAX_PAIRS)
        return sfd_fail(err, SFD_ERR_ARG, "%zu objects and %zu tracks are too many", s->truth.n_ids,
                        s->tracks.n_ids);
    s->objects = sfd_calloc(s->truth.n_ids, sizeof *s->objects);
    s->overlaps = sfd_calloc(pairs, sizeof *s->overlaps);
    s->partner = sfd_malloc_array(s->truth.n, sizeof *s->partner);
    s->taken = sfd_calloc(s->tracks.n, sizeof *s->taken);
    size_t *columns = sfd_malloc_array(s->truth.n, sizeof *columns);
    sfd_status status = SFD_OK;
    if (!s->objects || !s->overlaps || !s->partner || !s->taken || !columns)
        status = sfd_fail_nomem(err, "scoring tracks");
    for (size_t i = 0; status == SFD_OK && i < s->truth.n_ids; i++)
        s->objects[i].track = NONE;
    if (status == SFD_OK)
        status = score_frames(s, columns, err);
    if (status == SFD_OK)
        status = match_ids(s, err);
    if (status == SFD_OK)
        summarise(s);
    free(columns);
    return status;
}

sfd_status sfd_eval_score_tracks(sfd_eval_track_result *out, const sfd_eval_track_box *truth,
                                 size_t n_truth, const sfd_eval_track_box *tracks, size_t n_tracks,
                                 double iou, sfd_error *err)
{
    *out = (sfd_eval_track_result){0};
    if (!(iou >= 0 && iou <= 1))
        return sfd_fail(err, SFD_ERR_ARG, "an IoU of %g is not within 0 and 1", iou);
    tracker_score s = {.iou = iou, .out = out};
    sfd_status status = make_side(&s.truth, truth, n_truth, "ground truth", err);
    if (status == SFD_OK)
        status = make_side(&s.tracks, tracks, n_tracks, "tracks", err);
    if (status == SFD_OK)
        status = score(&s, err);
    free_side(&s.truth);
    free_side(&s.tracks);
    free(s.objects);
    free(s.overlaps);
    free(s.distances);
    free(s.partner);
    free(s.taken);
    return status;
}
