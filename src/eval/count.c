/* SPDX-License-Identifier: Apache-2.0 */
/* What the files held, and how many of the people the boxes found. */
#include "base/alloc.h"
#include "base/error.h"
#include "eval/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_boxes(const void *a, const void *b)
{
    const double *p = a, *q = b;
    for (size_t i = 0; i < 4; i++)
        if (p[i] != q[i])
            return p[i] < q[i] ? -1 : 1;
    return 0;
}

/* Distinct boxes of one frame into out[n], in rising order; boxes with NaN are left out. */
static size_t distinct_boxes(sfd_box_norm *out, const sfd_rows *rows, const uint32_t *index,
                             size_t n)
{
    size_t n_valid = 0, n_out = 0;
    for (size_t i = 0; i < n; i++) {
        const sfd_box_norm *b = &rows->items[index[i]].box;
        if (!isnan(b->x1) && !isnan(b->y1) && !isnan(b->x2) && !isnan(b->y2))
            out[n_valid++] = *b;
    }
    qsort(out, n_valid, sizeof *out, compare_boxes);
    for (size_t i = 0; i < n_valid; i++)
        if (i == 0 || compare_boxes(&out[i], &out[n_out - 1]) != 0)
            out[n_out++] = out[i];
    return n_out;
}

/* ---- counts ---- */

static sfd_status count_distinct(sfd_eval_counts *out, const sfd_eval *e, const sfd_rows *rows,
                                 sfd_error *err)
{
    sfd_frame_groups g = {0};
    sfd_box_norm *boxes = sfd_malloc_array(rows->n, sizeof *boxes);
    bool *videos = sfd_calloc(e->frames.n_videos, sizeof *videos);
    bool *labels = sfd_calloc((size_t)e->labels.max_id + 1, sizeof *labels);
    bool ok = boxes && videos && labels && sfd_group_by_frame(&g, rows, e->frames.n);
    for (size_t f = 0; ok && f < e->frames.n; f++) {
        size_t n = g.start[f + 1] - g.start[f];
        bool *video = &videos[e->frames.items[f].video];
        if (n == 0)
            continue;
        out->n_keyframes++;
        out->n_videos += !*video;
        *video = true;
        out->n_boxes += distinct_boxes(boxes, rows, g.rows + g.start[f], n);
    }
    for (size_t i = 0; ok && i < rows->n; i++) {
        bool *label = &labels[rows->items[i].label];
        out->n_classes += !*label;
        *label = true;
    }
    sfd_frame_groups_free(&g);
    free(boxes);
    free(videos);
    free(labels);
    return ok ? SFD_OK : sfd_fail_nomem(err, "counting");
}

static sfd_eval_counts file_counts(const sfd_rows *rows)
{
    return (sfd_eval_counts){.n_rows = rows->n_read,
                             .n_frame_only = rows->n_frame_only,
                             .n_off_list = rows->n_off_list,
                             .n_used = rows->n};
}

sfd_status sfd_eval_count_truth(sfd_eval_counts *out, const sfd_eval *e, sfd_error *err)
{
    *out = file_counts(&e->truth);
    for (size_t i = 0; i < e->truth.n; i++)
        out->n_excluded += e->frames.items[e->truth.items[i].frame].excluded;
    if (!e->rules->counts_excluded)
        out->n_used -= out->n_excluded;
    return count_distinct(out, e, &e->truth, err);
}

sfd_status sfd_eval_count_detections(sfd_eval_counts *out, const sfd_eval *e,
                                     const sfd_eval_detections *d, sfd_error *err)
{
    sfd_matches m;
    *out = file_counts(&d->rows);
    sfd_status st = sfd_match_detections(&m, e, &d->rows, err);
    if (st != SFD_OK)
        return st;
    out->n_excluded = m.n_excluded;
    out->n_unknown = m.n_unknown;
    out->n_over_limit = m.n_over_limit;
    out->n_no_area = m.n_no_area;
    out->n_used = m.start[m.max_id + 1];
    sfd_matches_free(&m);
    return count_distinct(out, e, &d->rows, err);
}

/* ---- recall of the boxes ---- */

typedef struct recall_work {
    sfd_frame_groups truth, found;
    sfd_box_norm *truth_boxes, *found_boxes;
} recall_work;

static void recall_frame(size_t *hits, size_t *n_boxes, recall_work *w, const sfd_eval *e,
                         const sfd_rows *found, size_t f, const double *ious, size_t n_ious)
{
    size_t n_truth = distinct_boxes(w->truth_boxes, &e->truth, w->truth.rows + w->truth.start[f],
                                    w->truth.start[f + 1] - w->truth.start[f]);
    if (n_truth == 0)
        return;
    size_t n_found = distinct_boxes(w->found_boxes, found, w->found.rows + w->found.start[f],
                                    w->found.start[f + 1] - w->found.start[f]);
    *n_boxes += n_truth;
    for (size_t t = 0; t < n_truth; t++) {
        double best = 0;
        for (size_t d = 0; d < n_found; d++) {
            double iou = sfd_iou(&w->found_boxes[d], &w->truth_boxes[t], e->rules->float32);
            if (sfd_box_has_area(&w->found_boxes[d]) && iou > best)
                best = iou;
        }
        for (size_t k = 0; k < n_ious; k++)
            hits[k] += best >= ious[k];
    }
}

sfd_status sfd_eval_box_recall(double *recalls, const sfd_eval *e, const sfd_eval_detections *d,
                               const double *ious, size_t n_ious, sfd_error *err)
{
    recall_work w = {0};
    size_t n_boxes = 0, *hits = sfd_calloc(n_ious, sizeof *hits);
    w.truth_boxes = sfd_malloc_array(e->truth.n, sizeof *w.truth_boxes);
    w.found_boxes = sfd_malloc_array(d->rows.n, sizeof *w.found_boxes);
    bool ok = hits && w.truth_boxes && w.found_boxes &&
              sfd_group_by_frame(&w.truth, &e->truth, e->frames.n) &&
              sfd_group_by_frame(&w.found, &d->rows, e->frames.n);
    for (size_t f = 0; ok && f < e->frames.n; f++)
        if (!e->frames.items[f].excluded)
            recall_frame(hits, &n_boxes, &w, e, &d->rows, f, ious, n_ious);
    for (size_t k = 0; ok && k < n_ious; k++)
        recalls[k] = n_boxes > 0 ? (double)hits[k] / (double)n_boxes : NAN;
    free(hits);
    free(w.truth_boxes);
    free(w.found_boxes);
    sfd_frame_groups_free(&w.truth);
    sfd_frame_groups_free(&w.found);
    return ok ? SFD_OK : sfd_fail_nomem(err, "recall of the boxes");
}
