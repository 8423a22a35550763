/* SPDX-License-Identifier: Apache-2.0 */
/* Tubes: their overlap is the mean overlap of the boxes in the frames that both have, times the
 * share of these frames in time. Found tubes are float32 in the original, and so is all that it
 * computes of them and a truth of float32. */
#include "base/alloc.h"
#include "base/error.h"
#include "eval/order.h"
#include "eval/score.h"
#include "tubes/numpy.h"
#include "tubes/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    double first, step; /* as the original adds them up */
    int n;
} thresholds[SFD_TUBES_N_IOUS] = {
    [SFD_TUBES_20] = {"0.2", 0.2, 0, 1},
    [SFD_TUBES_50] = {"0.5", 0.5, 0, 1},
    [SFD_TUBES_05_45] = {"0.05:0.45", 0.05, 0.05, 9},
    [SFD_TUBES_10_90] = {"0.10:0.90", 0.1, 0.1, 9},
    [SFD_TUBES_50_95] = {"0.50:0.95", 0.5, 0.05, 10},
};

const char *sfd_tube_iou_name(sfd_tube_iou iou)
{
    return (unsigned)iou < SFD_TUBES_N_IOUS ? thresholds[iou].name : "unknown";
}

typedef struct tube_scorer {
    const sfd_tube_truth *t;
    const sfd_linked *l;
    double *ious, *keys, *envelope; /* [n found] */
    size_t *truths;                 /* [n found] that each overlaps most; SIZE_MAX: none */
    uint32_t *order;
    bool *right, *taken; /* [n found], [tubes of the truth] */
    double *in_frame;    /* overlaps in single frames */
    float *in_frame_f32;
    size_t n_in_frame;
} tube_scorer;

/* ---- overlap */

static bool reserve_frames(tube_scorer *s, size_t n)
{
    if (n <= s->n_in_frame)
        return true;
    free(s->in_frame);
    free(s->in_frame_f32);
    s->in_frame = sfd_malloc_array(n, sizeof *s->in_frame);
    s->in_frame_f32 = sfd_malloc_array(n, sizeof *s->in_frame_f32);
    s->n_in_frame = s->in_frame && s->in_frame_f32 ? n : 0;
    return s->n_in_frame == n;
}

static float area_f32(const float c[4])
{
    return (c[2] - c[0]) * (c[3] - c[1]);
}

static float iou_f32(const double truth[4], const float b[4])
{
    const float a[4] = {(float)truth[0], (float)truth[1], (float)truth[2], (float)truth[3]};
    const float w = (a[2] < b[2] ? a[2] : b[2]) - (a[0] > b[0] ? a[0] : b[0]);
    const float h = (a[3] < b[3] ? a[3] : b[3]) - (a[1] > b[1] ? a[1] : b[1]);
    const float shared = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
    return shared / (area_f32(a) + area_f32(b) - shared);
}

static double iou_f64(const double a[4], const float found[4])
{
    const double b[4] = {(double)found[0], (double)found[1], (double)found[2], (double)found[3]};
    const double w = (a[2] < b[2] ? a[2] : b[2]) - (a[0] > b[0] ? a[0] : b[0]);
    const double h = (a[3] < b[3] ? a[3] : b[3]) - (a[1] > b[1] ? a[1] : b[1]);
    const double shared = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (double)area_f32(found) - shared);
}

/* Mean over n frames from those boxes on. s->in_frame has room. */
static double mean_overlap(tube_scorer *s, bool single, const double (*truth)[4],
                           const float (*found)[4], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (single)
            s->in_frame_f32[i] = iou_f32(truth[i], found[i]);
        else
            s->in_frame[i] = iou_f64(truth[i], found[i]);
    }
    return single ? (double)sfd_numpy_mean_f32(s->in_frame_f32, n) : sfd_numpy_mean(s->in_frame, n);
}

/* Time is counted between first and last frame, so that one common frame is none. */
static bool overlap(tube_scorer *s, const sfd_truth_tube *truth, const sfd_linked_tube *found,
                    double *iou)
{
    const int64_t end_t = truth->first_frame + (int64_t)truth->n - 1;
    const int64_t end_f = found->first_frame + (int64_t)found->n - 1;
    const int64_t first =
        truth->first_frame > found->first_frame ? truth->first_frame : found->first_frame;
    const int64_t begin =
        truth->first_frame < found->first_frame ? truth->first_frame : found->first_frame;
    const int64_t last = end_t < end_f ? end_t : end_f, end = end_t > end_f ? end_t : end_f;
    *iou = 0;
    if (last < first)
        return true;
    const size_t n = (size_t)(last - first + 1);
    if (!reserve_frames(s, n))
        return false;
    const double(*a)[4] =
        (const double(*)[4])s->t->boxes + truth->start + (first - truth->first_frame);
    const float(*b)[4] =
        (const float(*)[4])s->l->boxes + found->start + (first - found->first_frame);
    const double space = mean_overlap(s, truth->single, a, b, n);
    if (truth->single)
        *iou = (double)((float)space * ((float)(last - first) / (float)(end - begin)));
    else
        *iou = space * ((double)(last - first) / (double)(end - begin));
    return true;
}

/* The truth that a tube overlaps most; the first NaN counts as the most. */
static bool find_truth(tube_scorer *s, size_t i, const sfd_linked_tube *found)
{
    size_t first, n = sfd_tube_truth_find(s->t, found->label, found->video, &first);
    s->truths[i] = SIZE_MAX;
    s->ious[i] = 0;
    for (size_t k = first; k < first + n && !isnan(s->ious[i]); k++) {
        double v;
        if (!overlap(s, &s->t->tubes[k], found, &v))
            return false;
        if (s->truths[i] == SIZE_MAX || !(v <= s->ious[i])) {
            s->ious[i] = v;
            s->truths[i] = k;
        }
    }
    return true;
}

/* At most: a tube meets every truth of its video in each of its frames. */
static double count_overlaps(const tube_scorer *s, size_t first, size_t n)
{
    double sum = 0;
    for (size_t i = first; i < first + n; i++) {
        const sfd_linked_tube *found = &s->l->tubes[i];
        size_t at;
        sum += ((double)found->n + 1) *
               (double)sfd_tube_truth_find(s->t, found->label, found->video, &at);
    }
    return sum;
}

/* ---- precision */

static double ap_at(tube_scorer *s, size_t n, size_t n_truth, double threshold)
{
    memset(s->taken, 0, s->t->n_tubes * sizeof *s->taken);
    for (size_t k = 0; k < n; k++) {
        const size_t i = s->order[k], truth = s->truths[i];
        s->right[k] = truth != SIZE_MAX && s->ious[i] >= threshold && !s->taken[truth];
        if (s->right[k])
            s->taken[truth] = true;
    }
    return sfd_average_precision(s->right, n, n_truth, s->envelope);
}

static void average(tube_scorer *s, sfd_eval_tube_class *c, size_t n)
{
    sfd_numpy_argsort(s->keys, s->order, n);
    for (int m = 0; m < SFD_TUBES_N_IOUS; m++) {
        double sum = 0;
        for (int i = 0; i < thresholds[m].n; i++)
            sum += ap_at(s, n, c->n_tubes, thresholds[m].first + thresholds[m].step * i);
        c->video_ap[m] = sum / thresholds[m].n;
    }
}

sfd_status sfd_score_tubes(sfd_eval_tube_class *c, const sfd_tube_truth *t, const sfd_linked *l,
                           size_t first, size_t n, sfd_overlap_budget *budget, sfd_error *err)
{
    tube_scorer s = {.t = t, .l = l};
    c->n_linked = n;
    if (!c->counts)
        return SFD_OK;
    const sfd_status status = sfd_take_overlaps(budget, count_overlaps(&s, first, n), t->path, err);
    if (status != SFD_OK)
        return status;
    s.ious = sfd_malloc_array(n, sizeof *s.ious);
    s.keys = sfd_malloc_array(n, sizeof *s.keys);
    s.envelope = sfd_malloc_array(n, sizeof *s.envelope);
    s.truths = sfd_malloc_array(n, sizeof *s.truths);
    s.order = sfd_malloc_array(n, sizeof *s.order);
    s.right = sfd_malloc_array(n, sizeof *s.right);
    s.taken = sfd_malloc_array(t->n_tubes, sizeof *s.taken);
    bool ok = s.ious && s.keys && s.envelope && s.truths && s.order && s.right && s.taken;
    for (size_t i = 0; ok && i < n; i++) {
        s.keys[i] = -l->tubes[first + i].score;
        ok = find_truth(&s, i, &l->tubes[first + i]);
    }
    if (ok)
        average(&s, c, n);
    free(s.ious);
    free(s.keys);
    free(s.envelope);
    free(s.truths);
    free(s.order);
    free(s.right);
    free(s.taken);
    free(s.in_frame);
    free(s.in_frame_f32);
    return ok ? SFD_OK : sfd_fail_nomem(err, t->path);
}
