/* SPDX-License-Identifier: Apache-2.0 */
/* From ranked true and false positives to APs and their means. */
#include "eval/score.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

/* AVA's action groups: ids from group_first[g] to group_first[g + 1] - 1. */
static const int group_first[SFD_EVAL_N_GROUPS + 1] = {1, 15, 64, SFD_MAX_LABEL_ID + 1};

sfd_status sfd_rank(uint32_t **ranks, const sfd_matches *m, const sfd_eval *e,
                    const sfd_rows *detections, sfd_error *err)
{
    size_t n = m->start[m->max_id + 1];
    uint32_t *out = sfd_malloc_array(n, sizeof *out), *order = sfd_malloc_array(n, sizeof *order);
    double *scores = sfd_malloc_array(n, sizeof *scores);
    *ranks = NULL;
    if (!out || !order || !scores) {
        free(out);
        free(order);
        free(scores);
        return sfd_fail_nomem(err, "ranking detections");
    }
    for (int id = 1; id <= m->max_id; id++) {
        size_t first = m->start[id], n_class = m->start[id + 1] - first;
        for (size_t i = 0; i < n_class; i++) {
            double score = detections->items[m->items[first + i].row].score;
            scores[i] = e->rules->float32 ? (double)(float)score : score;
        }
        sfd_numpy_argsort(scores, order, n_class);
        for (size_t i = 0; i < n_class; i++)
            out[first + i] = (uint32_t)first + order[n_class - 1 - i];
    }
    free(order);
    free(scores);
    *ranks = out;
    return SFD_OK;
}

double sfd_average_precision(const bool *tp, size_t n, size_t n_gt, double *envelope)
{
    size_t n_tp = 0;
    for (size_t k = 0; k < n; k++) {
        n_tp += tp[k];
        envelope[k] = (double)n_tp / (double)(k + 1);
    }
    for (size_t k = n; k-- > 1;)
        if (envelope[k] > envelope[k - 1])
            envelope[k - 1] = envelope[k];
    double ap = 0, recall = 0;
    n_tp = 0;
    for (size_t k = 0; k < n; k++) {
        if (!tp[k])
            continue;
        double next = (double)++n_tp / (double)n_gt;
        ap += (next - recall) * envelope[k];
        recall = next;
    }
    return ap;
}

double sfd_mean_ap(const double *ap, int first, int last)
{
    double sum = 0;
    size_t n = 0;
    for (int id = first; id <= last; id++) {
        if (!isnan(ap[id])) {
            sum += ap[id];
            n++;
        }
    }
    return n > 0 ? sum / (double)n : NAN;
}

/* ---- */

typedef struct scorer {
    const sfd_eval *e;
    sfd_matches m;
    uint32_t *ranks;
    bool *tp, *ranked_tp, *taken;
    double *envelope, *ap;
} scorer;

static void free_scorer(scorer *s)
{
    sfd_matches_free(&s->m);
    free(s->ranks);
    free(s->tp);
    free(s->ranked_tp);
    free(s->taken);
    free(s->envelope);
    free(s->ap);
}

static bool allocate(scorer *s)
{
    size_t n = s->m.start[s->m.max_id + 1];
    s->tp = sfd_malloc_array(n, sizeof *s->tp);
    s->ranked_tp = sfd_malloc_array(n, sizeof *s->ranked_tp);
    s->taken = sfd_malloc_array(s->e->truth.n, sizeof *s->taken);
    s->envelope = sfd_malloc_array(n, sizeof *s->envelope);
    s->ap = sfd_malloc_array((size_t)s->m.max_id + 1, sizeof *s->ap);
    return s->tp && s->ranked_tp && s->taken && s->envelope && s->ap;
}

static sfd_eval_class score_class(scorer *s, int id)
{
    size_t first = s->m.start[id], n = s->m.start[id + 1] - first, n_gt = s->m.n_gt[id];
    sfd_eval_class c = {
        .id = id, .name = s->e->labels.names[id], .n_gt = n_gt, .n_det = n, .ap = NAN};
    for (size_t i = 0; i < n; i++) {
        s->ranked_tp[i] = s->tp[s->ranks[first + i]];
        c.n_tp += s->ranked_tp[i];
    }
    if (n_gt > 0 && (n > 0 || !s->e->rules->skips_undetected))
        c.ap = sfd_average_precision(s->ranked_tp, n, n_gt, s->envelope);
    return c;
}

static sfd_status score_at(sfd_eval_result *out, scorer *s, double iou, sfd_error *err)
{
    int max_id = s->m.max_id;
    *out = (sfd_eval_result){.iou = iou};
    out->classes = sfd_malloc_array(s->e->labels.n_labels, sizeof *out->classes);
    if (!out->classes)
        return sfd_fail_nomem(err, "scoring");
    sfd_match_positives(s->tp, s->taken, &s->m, s->e->truth.n, iou);
    for (int id = 0; id <= max_id; id++) {
        s->ap[id] = NAN;
        if (!s->e->labels.names[id])
            continue;
        sfd_eval_class *c = &out->classes[out->n_classes++];
        *c = score_class(s, id);
        s->ap[id] = c->ap;
    }
    out->map = sfd_mean_ap(s->ap, 1, max_id);
    for (int g = 0; g < SFD_EVAL_N_GROUPS; g++) {
        int last = group_first[g + 1] - 1;
        out->group_map[g] = sfd_mean_ap(s->ap, group_first[g], last < max_id ? last : max_id);
    }
    return SFD_OK;
}

sfd_status sfd_eval_score(sfd_eval_result *results, const sfd_eval *e, const sfd_eval_detections *d,
                          const double *ious, size_t n_ious, sfd_error *err)
{
    for (size_t i = 0; i < n_ious; i++)
        results[i] = (sfd_eval_result){0};
    for (size_t i = 0; i < n_ious; i++)
        if (!(ious[i] > 0 && ious[i] <= 1))
            return sfd_fail(err, SFD_ERR_ARG, "IoU threshold %g is not above 0 and at most 1",
                            ious[i]);
    scorer s = {.e = e};
    sfd_status st = sfd_match_detections(&s.m, e, &d->rows, err);
    if (st == SFD_OK)
        st = sfd_rank(&s.ranks, &s.m, e, &d->rows, err);
    if (st == SFD_OK && !allocate(&s))
        st = sfd_fail_nomem(err, "scoring");
    for (size_t i = 0; i < n_ious && st == SFD_OK; i++)
        st = score_at(&results[i], &s, ious[i], err);
    free_scorer(&s);
    for (size_t i = 0; i < n_ious && st != SFD_OK; i++)
        sfd_eval_result_free(&results[i]);
    return st;
}

void sfd_eval_result_free(sfd_eval_result *r)
{
    free(r->classes);
    *r = (sfd_eval_result){0};
}
