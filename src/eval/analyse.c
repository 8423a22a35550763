/* SPDX-License-Identifier: Apache-2.0 */
/* Where the errors are: each false positive and each missed truth gets one kind. After D. Bolya et
 * al., "TIDE: A General Toolbox for Identifying Object Detection Errors", ECCV 2020, for boxes that
 * carry several labels at once. */
#include "base/alloc.h"
#include "base/error.h"
#include "eval/confusion.h"
#include "eval/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PLACE_IOU 0.1

typedef struct analyser {
    const sfd_eval *e;
    const sfd_rows *detections;
    double iou;
    sfd_matches m;
    uint32_t *ranks;
    sfd_frame_groups truth, found;
    bool *tp;                   /* [detections matched] */
    bool *taken;                /* [truth] */
    bool *repaired;             /* [truth] taken, too, by a detection moved into place */
    unsigned char *kind;        /* [detections matched] of the false positives */
    unsigned char *missed_kind; /* [truth] of those not taken */
    bool *ranked_tp;
    double *envelope, *ap; /* ap[max_id + 1] */
    sfd_confusions confusions;
} analyser;

static void free_analyser(analyser *a)
{
    sfd_matches_free(&a->m);
    sfd_frame_groups_free(&a->truth);
    sfd_frame_groups_free(&a->found);
    free(a->ranks);
    free(a->tp);
    free(a->taken);
    free(a->repaired);
    free(a->kind);
    free(a->missed_kind);
    free(a->ranked_tp);
    free(a->envelope);
    free(a->ap);
    free(a->confusions.pairs);
}

static bool allocate(analyser *a)
{
    size_t n = a->m.start[a->m.max_id + 1], n_truth = a->e->truth.n;
    a->tp = sfd_malloc_array(n, sizeof *a->tp);
    a->kind = sfd_malloc_array(n, sizeof *a->kind);
    a->ranked_tp = sfd_malloc_array(n, sizeof *a->ranked_tp);
    a->envelope = sfd_malloc_array(n, sizeof *a->envelope);
    a->taken = sfd_malloc_array(n_truth, sizeof *a->taken);
    a->repaired = sfd_malloc_array(n_truth, sizeof *a->repaired);
    a->missed_kind = sfd_malloc_array(n_truth, sizeof *a->missed_kind);
    a->ap = sfd_malloc_array((size_t)a->m.max_id + 1, sizeof *a->ap);
    return a->tp && a->kind && a->ranked_tp && a->envelope && a->taken && a->repaired &&
           a->missed_kind && a->ap && sfd_group_by_frame(&a->truth, &a->e->truth, a->e->frames.n) &&
           sfd_group_by_frame(&a->found, a->detections, a->e->frames.n);
}

/* ---- naming the errors ---- */

/* Does any row of the group overlap the box enough? */
static bool overlaps_any(const analyser *a, const sfd_box_norm *box, const sfd_rows *rows,
                         const sfd_frame_groups *g, uint32_t frame)
{
    for (size_t i = g->start[frame]; i < g->start[frame + 1]; i++)
        if (sfd_iou(box, &rows->items[g->rows[i]].box, a->e->rules->float32) >= a->iou)
            return true;
    return false;
}

static sfd_eval_error_kind false_positive_kind(const analyser *a, const sfd_match *match)
{
    const sfd_row *r = &a->detections->items[match->row];
    bool has_truth = match->truth != SFD_NO_TRUTH;
    if (has_truth && match->iou >= a->iou)
        return SFD_EVAL_DUPLICATE;
    /* a person with this label would have been picked above */
    if (!a->e->frames.items[r->frame].excluded &&
        overlaps_any(a, &r->box, &a->e->truth, &a->truth, r->frame))
        return SFD_EVAL_LABEL;
    return has_truth && match->iou >= PLACE_IOU ? SFD_EVAL_PLACE : SFD_EVAL_BACKGROUND;
}

static bool truth_counts(const analyser *a, const sfd_row *r)
{
    return !a->e->frames.items[r->frame].excluded || a->e->rules->counts_excluded;
}

/* The truth of the frame that the box overlaps most; SIZE_MAX where there is none. */
static size_t best_truth(const analyser *a, const sfd_row *r)
{
    const sfd_frame_groups *g = &a->truth;
    size_t best = SIZE_MAX;
    double best_iou = 0;
    for (size_t i = g->start[r->frame]; i < g->start[r->frame + 1]; i++) {
        const double iou =
            sfd_iou(&r->box, &a->e->truth.items[g->rows[i]].box, a->e->rules->float32);
        if (iou > best_iou) {
            best = g->rows[i];
            best_iou = iou;
        }
    }
    return best;
}

/* A wrong label against what the person it is on has, and nobody found. */
static void count_confusions(analyser *a, const sfd_row *said)
{
    const sfd_frame_groups *g = &a->truth;
    const size_t person = best_truth(a, said);
    for (size_t i = g->start[said->frame]; i < g->start[said->frame + 1]; i++) {
        const size_t k = g->rows[i];
        const sfd_row *t = &a->e->truth.items[k];
        if (!a->taken[k] && memcmp(&t->box, &a->e->truth.items[person].box, sizeof t->box) == 0)
            sfd_confusions_count(&a->confusions, t->label, said->label);
    }
}

static void name_errors(analyser *a, sfd_eval_class_errors *by_id)
{
    for (int id = 1; id <= a->m.max_id; id++) {
        for (size_t i = a->m.start[id]; i < a->m.start[id + 1]; i++) {
            by_id[id].n_right += a->tp[i];
            if (a->tp[i])
                continue;
            a->kind[i] = (unsigned char)false_positive_kind(a, &a->m.items[i]);
            by_id[id].n[a->kind[i]]++;
            if (a->kind[i] == SFD_EVAL_LABEL)
                count_confusions(a, &a->detections->items[a->m.items[i].row]);
        }
    }
    for (size_t i = 0; i < a->e->truth.n; i++) {
        const sfd_row *r = &a->e->truth.items[i];
        if (a->taken[i] || !truth_counts(a, r))
            continue;
        bool boxed = overlaps_any(a, &r->box, a->detections, &a->found, r->frame);
        a->missed_kind[i] = boxed ? SFD_EVAL_LOW_SCORE : SFD_EVAL_NO_BOX;
        by_id[r->label].n[a->missed_kind[i]]++;
    }
}

/* ---- repairing them ---- */

/* AP of a class in which one kind of error is repaired: a misplaced detection takes the truth it
 * aimed at if that is still free (best score first), every other false positive of the kind
 * disappears, and missed truths of the kind are not counted. */
static double repaired_ap(analyser *a, int id, int kind, const sfd_eval_class_errors *errors)
{
    size_t first = a->m.start[id], n = a->m.start[id + 1] - first, n_left = 0;
    size_t n_gt = a->m.n_gt[id];
    if (n_gt == 0 || (n == 0 && a->e->rules->skips_undetected))
        return NAN;
    if (kind == SFD_EVAL_NO_BOX || kind == SFD_EVAL_LOW_SCORE)
        n_gt -= errors->n[kind];
    if (n_gt == 0)
        return NAN;
    for (size_t k = 0; k < n; k++) {
        size_t i = a->ranks[first + k];
        bool is_kind = !a->tp[i] && a->kind[i] == kind;
        if (is_kind && kind == SFD_EVAL_PLACE && !a->repaired[a->m.items[i].truth]) {
            a->repaired[a->m.items[i].truth] = true;
            a->ranked_tp[n_left++] = true;
        } else if (!is_kind) {
            a->ranked_tp[n_left++] = a->tp[i];
        }
    }
    return sfd_average_precision(a->ranked_tp, n_left, n_gt, a->envelope);
}

static double repaired_map(analyser *a, int kind, const sfd_eval_class_errors *by_id)
{
    memcpy(a->repaired, a->taken, a->e->truth.n * sizeof *a->taken);
    a->ap[0] = NAN;
    for (int id = 1; id <= a->m.max_id; id++)
        a->ap[id] = repaired_ap(a, id, kind, &by_id[id]);
    return sfd_mean_ap(a->ap, 1, a->m.max_id);
}

static sfd_status fill(sfd_eval_errors *out, analyser *a, sfd_error *err)
{
    sfd_eval_class_errors *by_id = sfd_calloc((size_t)a->m.max_id + 1, sizeof *by_id);
    out->classes = sfd_calloc(a->e->labels.n_labels, sizeof *out->classes);
    if (!by_id || !out->classes) {
        free(by_id);
        return sfd_fail_nomem(err, "error analysis");
    }
    sfd_match_positives(a->tp, a->taken, &a->m, a->e->truth.n, a->iou);
    name_errors(a, by_id);
    sfd_confusions_sort(&a->confusions);
    if (a->confusions.failed) {
        free(by_id);
        return sfd_fail_nomem(err, "error analysis");
    }
    out->confusions = a->confusions.pairs;
    out->n_confusions = a->confusions.n;
    a->confusions = (sfd_confusions){0};
    out->map = repaired_map(a, SFD_EVAL_N_ERROR_KINDS, by_id);
    for (int kind = 0; kind < SFD_EVAL_N_ERROR_KINDS; kind++)
        out->repaired_map[kind] = repaired_map(a, kind, by_id);
    for (int id = 1; id <= a->m.max_id; id++) {
        if (!a->e->labels.names[id])
            continue;
        by_id[id].id = id;
        out->classes[out->n_classes++] = by_id[id];
        for (int kind = 0; kind < SFD_EVAL_N_ERROR_KINDS; kind++)
            out->n[kind] += by_id[id].n[kind];
    }
    free(by_id);
    return SFD_OK;
}

const char *sfd_eval_error_kind_name(sfd_eval_error_kind kind)
{
    static const char *const names[SFD_EVAL_N_ERROR_KINDS] = {
        "duplicate", "wrong label", "wrong place", "background", "no box", "low score"};
    return (unsigned)kind < SFD_EVAL_N_ERROR_KINDS ? names[kind] : "unknown";
}

/* Those that score enough; `items` is freed by the caller. */
static sfd_status take_rows(sfd_rows *out, const sfd_rows *all, double min_score, sfd_error *err)
{
    *out = *all;
    out->n = 0;
    out->items = sfd_malloc_array(all->n, sizeof *out->items);
    if (!out->items)
        return sfd_fail_nomem(err, "error analysis");
    for (size_t i = 0; i < all->n; i++)
        if (!(all->items[i].score < min_score))
            out->items[out->n++] = all->items[i];
    return SFD_OK;
}

static sfd_status analyse(sfd_eval_errors *out, analyser *a, sfd_error *err)
{
    sfd_status st = sfd_match_detections(&a->m, a->e, a->detections, err);
    if (st == SFD_OK)
        st = sfd_rank(&a->ranks, &a->m, a->e, a->detections, err);
    if (st == SFD_OK && !allocate(a))
        st = sfd_fail_nomem(err, "error analysis");
    return st == SFD_OK ? fill(out, a, err) : st;
}

sfd_status sfd_eval_analyse(sfd_eval_errors *out, const sfd_eval *e, const sfd_eval_detections *d,
                            double iou, double min_score, sfd_error *err)
{
    *out = (sfd_eval_errors){.iou = iou, .min_score = min_score};
    if (!(iou > PLACE_IOU && iou <= 1))
        return sfd_fail(err, SFD_ERR_ARG,
                        "IoU threshold %g of the error analysis is not above %g and at most 1", iou,
                        PLACE_IOU);
    sfd_rows rows;
    analyser a = {.e = e, .detections = &rows, .iou = iou};
    sfd_status st = take_rows(&rows, &d->rows, min_score, err);
    if (st == SFD_OK)
        st = analyse(out, &a, err);
    free_analyser(&a);
    free(rows.items);
    if (st != SFD_OK)
        sfd_eval_errors_free(out);
    return st;
}

void sfd_eval_errors_free(sfd_eval_errors *r)
{
    free(r->classes);
    free(r->confusions);
    *r = (sfd_eval_errors){0};
}
