/* SPDX-License-Identifier: Apache-2.0 */
/* Which truth each detection picks, class by class. */
#include "eval/match.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- boxes ---- */

double sfd_iou(const sfd_box_norm *a, const sfd_box_norm *b, bool float32)
{
    return float32 ? sfd_box_iou_f32(a, b) : sfd_box_iou(a, b);
}

static sfd_status check_not_inverted(const sfd_rows *rows, const sfd_row *r, sfd_error *err)
{
    if (!(r->box.y1 > r->box.y2) && !(r->box.x1 > r->box.x2))
        return SFD_OK;
    bool in_y = r->box.y1 > r->box.y2;
    return sfd_fail(err, SFD_ERR_FORMAT,
                    "%s: line %u, column %d (%s): box is inverted, %s = %.9g is above %s = %.9g",
                    rows->path, r->line, in_y ? 4 : 3, in_y ? "y1" : "x1", in_y ? "y1" : "x1",
                    in_y ? r->box.y1 : r->box.x1, in_y ? "y2" : "x2", in_y ? r->box.y2 : r->box.x2);
}

/* ---- work space ---- */

typedef struct matcher {
    const sfd_eval *e;
    const sfd_rows *detections;
    sfd_matches *m;
    size_t n_frames;

    sfd_frame_groups truth, found; /* rows by frame */
    sfd_keyed *scratch;
    bool *seen; /* [n_frames] */

    uint32_t *considered; /* detections in the dialect's order */
    size_t n_considered;
    uint32_t *class_truth;           /* truth rows class by class, frame by frame */
    size_t *class_truth_start;       /* [max_id + 2] */
    uint32_t *frame_first, *frame_n; /* [n_frames]: of one class, where a frame's truths lie */
} matcher;

static void free_matcher(matcher *w)
{
    sfd_frame_groups_free(&w->truth);
    sfd_frame_groups_free(&w->found);
    free(w->scratch);
    free(w->seen);
    free(w->considered);
    free(w->class_truth);
    free(w->class_truth_start);
    free(w->frame_first);
    free(w->frame_n);
}

static bool allocate(matcher *w)
{
    size_t n_truth = w->e->truth.n, n_found = w->detections->n, n_ids = (size_t)w->m->max_id + 2;
    size_t n_most = n_truth > n_found ? n_truth : n_found;
    w->scratch = sfd_malloc_array(n_most, 2 * sizeof *w->scratch);
    w->seen = sfd_calloc(w->n_frames, sizeof *w->seen);
    w->considered = sfd_malloc_array(n_found, sizeof *w->considered);
    w->class_truth = sfd_malloc_array(n_truth, sizeof *w->class_truth);
    w->class_truth_start = sfd_calloc(n_ids + 1, sizeof *w->class_truth_start);
    w->frame_first = sfd_calloc(w->n_frames, sizeof *w->frame_first);
    w->frame_n = sfd_calloc(w->n_frames, sizeof *w->frame_n);
    w->m->start = sfd_calloc(n_ids + 1, sizeof *w->m->start);
    w->m->n_gt = sfd_calloc(n_ids, sizeof *w->m->n_gt);
    return w->scratch && w->seen && w->considered && w->class_truth && w->class_truth_start &&
           w->frame_first && w->frame_n && w->m->start && w->m->n_gt &&
           sfd_group_by_frame(&w->truth, &w->e->truth, w->n_frames) &&
           sfd_group_by_frame(&w->found, w->detections, w->n_frames);
}

/* ---- truth ---- */

/* Starts from counts that lie two places up, as in sfd_group_by_frame. */
static void sum_starts(size_t *start, size_t n)
{
    for (size_t i = 2; i < n; i++)
        start[i] += start[i - 1];
}

static void sort_truth_by_class(matcher *w)
{
    const sfd_rows *truth = &w->e->truth;
    const sfd_frame *frames = w->e->frames.items;
    size_t *start = w->class_truth_start;
    for (size_t i = 0; i < truth->n; i++) {
        const sfd_row *r = &truth->items[i];
        bool counts = !frames[r->frame].excluded;
        start[r->label + 2] += counts;
        w->m->n_gt[r->label] += counts || w->e->rules->counts_excluded;
    }
    sum_starts(start, (size_t)w->m->max_id + 3);
    for (size_t f = 0; f < w->n_frames; f++) {
        uint32_t *rows = w->truth.rows + w->truth.start[f];
        size_t n = w->truth.start[f + 1] - w->truth.start[f];
        if (n == 0 || frames[f].excluded)
            continue;
        sfd_order_frame(rows, n, truth, w->e->rules, 0, w->scratch);
        for (size_t i = 0; i < n; i++)
            w->class_truth[start[truth->items[rows[i]].label + 1]++] = rows[i];
    }
}

/* ---- detections ---- */

/* Appends a frame's detections in their order to those considered. */
static sfd_status consider_frame(matcher *w, uint32_t f, sfd_error *err)
{
    const sfd_rules *rules = w->e->rules;
    uint32_t *rows = w->found.rows + w->found.start[f];
    size_t n = w->found.start[f + 1] - w->found.start[f];
    if (w->e->frames.items[f].excluded) {
        w->m->n_excluded += n;
        return SFD_OK;
    }
    if (rules->truth_frames_only && !w->e->frames.items[f].in_truth) {
        w->m->n_unknown += n;
        return SFD_OK;
    }
    size_t n_left = sfd_order_frame(rows, n, w->detections, rules, SFD_FRAME_LIMIT, w->scratch);
    w->m->n_over_limit += n - n_left;
    for (size_t i = 0; i < n_left; i++) {
        const sfd_row *r = &w->detections->items[rows[i]];
        if (rules->keeps_flat_boxes) {
            sfd_status st = check_not_inverted(w->detections, r, err);
            if (st != SFD_OK)
                return st;
        } else if (!sfd_box_has_area(&r->box)) {
            w->m->n_no_area++;
            continue;
        }
        w->considered[w->n_considered++] = rows[i];
    }
    return SFD_OK;
}

static sfd_status consider_detections(matcher *w, sfd_error *err)
{
    const sfd_rows *order = w->e->rules->truth_order ? &w->e->truth : w->detections;
    for (size_t i = 0; i < order->n; i++) {
        uint32_t f = order->items[i].frame;
        if (w->seen[f])
            continue;
        w->seen[f] = true;
        sfd_status st = consider_frame(w, f, err);
        if (st != SFD_OK)
            return st;
    }
    for (size_t f = 0; f < w->n_frames; f++) {
        size_t n = w->found.start[f + 1] - w->found.start[f];
        if (!w->seen[f] && w->e->frames.items[f].excluded)
            w->m->n_excluded += n;
        else if (!w->seen[f])
            w->m->n_unknown += n;
    }
    return SFD_OK;
}

static bool sort_detections_by_class(matcher *w)
{
    size_t *start = w->m->start;
    w->m->items = sfd_malloc_array(w->n_considered, sizeof *w->m->items);
    if (!w->m->items)
        return false;
    for (size_t i = 0; i < w->n_considered; i++)
        start[w->detections->items[w->considered[i]].label + 2]++;
    sum_starts(start, (size_t)w->m->max_id + 3);
    for (size_t i = 0; i < w->n_considered; i++) {
        uint32_t row = w->considered[i];
        w->m->items[start[w->detections->items[row].label + 1]++] =
            (sfd_match){row, SFD_NO_TRUTH, 0};
    }
    return true;
}

/* ---- picking ---- */

/* The largest IoU, the first among equals; a NaN is larger than anything. */
static void pick(sfd_match *match, const sfd_box_norm *box, const sfd_rows *truth,
                 const uint32_t *rows, size_t n, bool float32)
{
    for (size_t g = 0; g < n; g++) {
        double iou = sfd_iou(box, &truth->items[rows[g]].box, float32);
        if (g == 0 || iou > match->iou || isnan(iou)) {
            match->iou = iou;
            match->truth = rows[g];
        }
        if (isnan(iou))
            return;
    }
}

static sfd_status check_frame_truth(const matcher *w, uint32_t f, sfd_error *err)
{
    const uint32_t *rows = w->class_truth + w->frame_first[f];
    for (size_t g = 0; g < w->frame_n[f]; g++) {
        sfd_status st = check_not_inverted(&w->e->truth, &w->e->truth.items[rows[g]], err);
        if (st != SFD_OK)
            return st;
    }
    return SFD_OK;
}

static sfd_status match_class(matcher *w, int id, sfd_error *err)
{
    const sfd_rows *truth = &w->e->truth;
    size_t first = w->class_truth_start[id], end = w->class_truth_start[id + 1];
    sfd_status st = SFD_OK;
    for (size_t i = first; i < end; i++) {
        uint32_t f = truth->items[w->class_truth[i]].frame;
        if (w->frame_n[f]++ == 0)
            w->frame_first[f] = (uint32_t)i;
    }
    uint32_t checked = UINT32_MAX;
    for (size_t i = w->m->start[id]; i < w->m->start[id + 1] && st == SFD_OK; i++) {
        const sfd_row *r = &w->detections->items[w->m->items[i].row];
        if (r->frame != checked)
            st = check_frame_truth(w, r->frame, err);
        checked = r->frame;
        pick(&w->m->items[i], &r->box, truth, w->class_truth + w->frame_first[r->frame],
             w->frame_n[r->frame], w->e->rules->float32);
    }
    for (size_t i = first; i < end; i++)
        w->frame_n[truth->items[w->class_truth[i]].frame] = 0;
    return st;
}

sfd_status sfd_match_detections(sfd_matches *out, const sfd_eval *e, const sfd_rows *detections,
                                sfd_error *err)
{
    *out = (sfd_matches){.max_id = e->labels.max_id};
    matcher w = {.e = e, .detections = detections, .m = out, .n_frames = e->frames.n};
    sfd_status st = SFD_OK;
    if (e->rules->needs_truth && e->truth.n == 0)
        st = sfd_fail(err, SFD_ERR_FORMAT, "%s: holds no box with a listed label, which %s needs",
                      e->truth.path ? e->truth.path : "truth", e->rules->name);
    else if (!allocate(&w))
        st = sfd_fail_nomem(err, "matching detections");
    if (st == SFD_OK) {
        sort_truth_by_class(&w);
        st = consider_detections(&w, err);
    }
    if (st == SFD_OK && !sort_detections_by_class(&w))
        st = sfd_fail_nomem(err, "matching detections");
    for (int id = 1; id <= out->max_id && st == SFD_OK; id++)
        st = match_class(&w, id, err);
    free_matcher(&w);
    if (st != SFD_OK)
        sfd_matches_free(out);
    return st;
}

void sfd_matches_free(sfd_matches *m)
{
    free(m->items);
    free(m->start);
    free(m->n_gt);
    *m = (sfd_matches){0};
}

void sfd_match_positives(bool *tp, bool *taken, const sfd_matches *m, size_t n_truth, double iou)
{
    memset(taken, 0, n_truth * sizeof *taken);
    for (size_t i = 0; i < m->start[m->max_id + 1]; i++) {
        const sfd_match *match = &m->items[i];
        tp[i] = match->truth != SFD_NO_TRUTH && match->iou >= iou && !taken[match->truth];
        if (tp[i])
            taken[match->truth] = true;
    }
}
