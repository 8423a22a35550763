/* SPDX-License-Identifier: Apache-2.0 */
/* How many errors of each kind there are, and what each costs: the mAP if all of it were repaired.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "eval/analysis.h"
#include "eval/confusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct repairer {
    sfd_analysis a;
    bool *repaired; /* [truth] taken, or taken by a detection moved into place */
    bool *ranked_tp;
    double *envelope, *ap; /* ap[max_id + 1] */
    sfd_confusions confusions;
} repairer;

static void free_repairer(repairer *r)
{
    sfd_analysis_free(&r->a);
    free(r->repaired);
    free(r->ranked_tp);
    free(r->envelope);
    free(r->ap);
    free(r->confusions.pairs);
}

static bool allocate(repairer *r)
{
    size_t n = r->a.m.start[r->a.m.max_id + 1], n_truth = r->a.e->truth.n;
    r->ranked_tp = sfd_malloc_array(n, sizeof *r->ranked_tp);
    r->envelope = sfd_malloc_array(n, sizeof *r->envelope);
    r->repaired = sfd_malloc_array(n_truth, sizeof *r->repaired);
    r->ap = sfd_malloc_array((size_t)r->a.m.max_id + 1, sizeof *r->ap);
    return r->ranked_tp && r->envelope && r->repaired && r->ap;
}

/* A wrong label against what the person it is on has, and nobody found. */
static void count_confusions(repairer *r, const sfd_row *said)
{
    const sfd_analysis *a = &r->a;
    const sfd_rows *truth = &a->e->truth;
    const sfd_box_norm *person =
        &truth->items[sfd_analysis_nearest(a, &said->box, truth, &a->truth, said->frame)].box;
    for (size_t i = a->truth.start[said->frame]; i < a->truth.start[said->frame + 1]; i++) {
        const uint32_t k = a->truth.rows[i];
        if (!a->taken[k] && sfd_box_same(&truth->items[k].box, person))
            sfd_confusions_count(&r->confusions, truth->items[k].label, said->label);
    }
}

static void count_errors(repairer *r, sfd_eval_class_errors *by_id)
{
    const sfd_analysis *a = &r->a;
    for (int id = 1; id <= a->m.max_id; id++) {
        for (size_t i = a->m.start[id]; i < a->m.start[id + 1]; i++) {
            by_id[id].n_right += a->tp[i];
            if (!a->tp[i])
                by_id[id].n[a->kind[i]]++;
            if (a->kind[i] == SFD_EVAL_LABEL)
                count_confusions(r, &a->detections->items[a->m.items[i].row]);
        }
    }
    for (size_t i = 0; i < a->e->truth.n; i++)
        if (a->missed_kind[i] != SFD_NO_ERROR)
            by_id[a->e->truth.items[i].label].n[a->missed_kind[i]]++;
}

/* AP of a class in which one kind of error is repaired: a misplaced detection takes the truth it
 * aimed at if that is still free (best score first), every other false positive of the kind
 * disappears, and missed truths of the kind are not counted. */
static double repaired_ap(repairer *r, int id, int kind, const sfd_eval_class_errors *errors)
{
    const sfd_analysis *a = &r->a;
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
        bool is_kind = a->kind[i] == kind;
        if (is_kind && kind == SFD_EVAL_PLACE && !r->repaired[a->m.items[i].truth]) {
            r->repaired[a->m.items[i].truth] = true;
            r->ranked_tp[n_left++] = true;
        } else if (!is_kind) {
            r->ranked_tp[n_left++] = a->tp[i];
        }
    }
    return sfd_average_precision(r->ranked_tp, n_left, n_gt, r->envelope);
}

static double repaired_map(repairer *r, int kind, const sfd_eval_class_errors *by_id)
{
    memcpy(r->repaired, r->a.taken, r->a.e->truth.n * sizeof *r->repaired);
    r->ap[0] = NAN;
    for (int id = 1; id <= r->a.m.max_id; id++)
        r->ap[id] = repaired_ap(r, id, kind, &by_id[id]);
    return sfd_mean_ap(r->ap, 1, r->a.m.max_id);
}

static sfd_status fill(sfd_eval_errors *out, repairer *r, sfd_error *err)
{
    const sfd_eval *e = r->a.e;
    sfd_eval_class_errors *by_id = sfd_calloc((size_t)r->a.m.max_id + 1, sizeof *by_id);
    out->classes = sfd_calloc(e->labels.n_labels, sizeof *out->classes);
    if (!by_id || !out->classes) {
        free(by_id);
        return sfd_fail_nomem(err, "error analysis");
    }
    count_errors(r, by_id);
    sfd_confusions_sort(&r->confusions);
    if (r->confusions.failed) {
        free(by_id);
        return sfd_fail_nomem(err, "error analysis");
    }
    out->confusions = r->confusions.pairs;
    out->n_confusions = r->confusions.n;
    r->confusions = (sfd_confusions){0};
    out->map = repaired_map(r, SFD_EVAL_N_ERROR_KINDS, by_id);
    for (int kind = 0; kind < SFD_EVAL_N_ERROR_KINDS; kind++)
        out->repaired_map[kind] = repaired_map(r, kind, by_id);
    for (int id = 1; id <= r->a.m.max_id; id++) {
        if (!e->labels.names[id])
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

sfd_status sfd_eval_analyse(sfd_eval_errors *out, const sfd_eval *e, const sfd_eval_detections *d,
                            double iou, double min_score, sfd_error *err)
{
    *out = (sfd_eval_errors){.iou = iou, .min_score = min_score};
    sfd_rows rows;
    repairer r = {0};
    sfd_status st = take_rows(&rows, &d->rows, min_score, err);
    if (st == SFD_OK)
        st = sfd_analysis_make(&r.a, e, &rows, iou, err);
    if (st == SFD_OK && !allocate(&r))
        st = sfd_fail_nomem(err, "error analysis");
    if (st == SFD_OK)
        st = fill(out, &r, err);
    free_repairer(&r);
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
