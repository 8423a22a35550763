/* SPDX-License-Identifier: Apache-2.0 */
/* COCO's average precision of one class. */
#include "base/alloc.h"
#include "base/error.h"

#include <sfdet/eval_persons.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_IOUS         10 /* 0.50, 0.55 ... 0.95 */
#define N_RECALLS      101
#define MOST_A_PICTURE 100 /* detections */
#define NO_TRUTH       SIZE_MAX
#define IOU_75         5

/* A detection that is ranked. Matches are kept for every IoU. */
typedef struct ranked {
    const sfd_eval_box *box;
    size_t order; /* of pictures, then of scores within one */
    bool positive[N_IOUS], ignored[N_IOUS];
} ranked;

typedef struct scorer {
    const sfd_eval_box **truth,
        **detections; /* by picture; truth: crowds last; detections: best first */
    size_t n_truth, n_detections;
    ranked *ranked;
    size_t n_ranked;
    bool *taken; /* [n_truth] at the present IoU */
    double *precision;
} scorer;

static double iou_at(int i)
{
    return i == N_IOUS - 1 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / (N_IOUS - 1));
}

static double box_iou(const sfd_eval_box *d, const sfd_eval_box *g)
{
    const double w = fmin(d->x + d->width, g->x + g->width) - fmax(d->x, g->x);
    const double h = fmin(d->y + d->height, g->y + g->height) - fmax(d->y, g->y);
    if (!(w > 0) || !(h > 0))
        return 0;
    const double both = w * h, area = d->width * d->height;
    return both / (g->crowd ? area : area + g->width * g->height - both);
}

/* ------------------------------------------------------------------ order */

static int compare_pictures(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Pointers point into one array, so that their order is that of the file. */
static int compare_truth(const void *pa, const void *pb)
{
    const sfd_eval_box *a = *(const sfd_eval_box *const *)pa, *b = *(const sfd_eval_box *const *)pb;
    const int order = compare_pictures(a->picture, b->picture);
    if (order != 0)
        return order;
    return a->crowd != b->crowd ? a->crowd - b->crowd : (a > b) - (a < b);
}

static int compare_detections(const void *pa, const void *pb)
{
    const sfd_eval_box *a = *(const sfd_eval_box *const *)pa, *b = *(const sfd_eval_box *const *)pb;
    const int order = compare_pictures(a->picture, b->picture);
    if (order != 0)
        return order;
    return a->score != b->score ? (a->score < b->score) - (a->score > b->score) : (a > b) - (a < b);
}

static int compare_ranked(const void *pa, const void *pb)
{
    const ranked *a = pa, *b = pb;
    if (a->box->score != b->box->score)
        return (a->box->score < b->box->score) - (a->box->score > b->box->score);
    return (a->order > b->order) - (a->order < b->order);
}

static const sfd_eval_box **sorted(const sfd_eval_box *boxes, size_t n,
                                   int (*compare)(const void *, const void *))
{
    const sfd_eval_box **list = sfd_malloc_array(n, sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < n; i++)
        list[i] = &boxes[i];
    qsort(list, n, sizeof *list, compare);
    return list;
}

/* ------------------------------------------------------------------ matching */

/* The truth of first .. end - 1 that a detection gets: the one that it overlaps most among those
 * that are free; a crowd only when there is none. */
static size_t best_truth(const scorer *s, const sfd_eval_box *d, size_t first, size_t end,
                         double iou)
{
    size_t best = NO_TRUTH;
    double most = fmin(iou, 1 - 1e-10);
    for (size_t g = first; g < end; g++) {
        if (s->taken[g] && !s->truth[g]->crowd)
            continue;
        if (best != NO_TRUTH && !s->truth[best]->crowd && s->truth[g]->crowd)
            break;
        const double overlap = box_iou(d, s->truth[g]);
        if (overlap < most)
            continue;
        most = overlap;
        best = g;
    }
    return best;
}

static void match_picture(scorer *s, ranked *r, size_t n, size_t first, size_t end)
{
    for (int i = 0; i < N_IOUS; i++) {
        memset(s->taken + first, 0, (end - first) * sizeof *s->taken);
        for (size_t d = 0; d < n; d++) {
            const size_t g = best_truth(s, r[d].box, first, end, iou_at(i));
            if (g == NO_TRUTH)
                continue;
            s->taken[g] = true;
            r[d].ignored[i] = s->truth[g]->crowd;
            r[d].positive[i] = !s->truth[g]->crowd;
        }
    }
}

/* Detections of the picture at `d`: the best ones are ranked. Returns the end of the picture. */
static size_t rank_picture(scorer *s, size_t d, size_t *truth)
{
    const int64_t picture = s->detections[d]->picture;
    size_t first = *truth, n = 0;
    while (first < s->n_truth && s->truth[first]->picture < picture)
        first++;
    size_t end = first;
    while (end < s->n_truth && s->truth[end]->picture == picture)
        end++;
    ranked *r = s->ranked + s->n_ranked;
    for (; d < s->n_detections && s->detections[d]->picture == picture; d++)
        if (n < MOST_A_PICTURE) {
            r[n] = (ranked){.box = s->detections[d], .order = s->n_ranked + n};
            n++;
        }
    match_picture(s, r, n, first, end);
    s->n_ranked += n;
    *truth = end;
    return d;
}

/* ------------------------------------------------------------------ average precision */

/* Mean over 101 recalls of the best precision at that recall or a higher one; *recall is the
 * highest. */
static double average_precision(scorer *s, int iou, size_t n_positive, double *recall)
{
    size_t n = 0, tp = 0, fp = 0;
    double *p = s->precision, *r = p + s->n_ranked;
    for (size_t i = 0; i < s->n_ranked; i++) {
        if (s->ranked[i].ignored[iou])
            continue;
        tp += s->ranked[i].positive[iou];
        fp += !s->ranked[i].positive[iou];
        r[n] = (double)tp / (double)n_positive;
        p[n++] = (double)tp / ((double)(tp + fp) + DBL_EPSILON);
    }
    *recall = n > 0 ? r[n - 1] : 0;
    for (size_t i = n; i-- > 1;)
        p[i - 1] = fmax(p[i - 1], p[i]);
    double sum = 0;
    size_t at = 0;
    for (int k = 0; k < N_RECALLS; k++) {
        const double wanted = k == N_RECALLS - 1 ? 1.0 : k * 0.01;
        while (at < n && r[at] < wanted)
            at++;
        sum += at < n ? p[at] : 0;
    }
    return sum / N_RECALLS;
}

static void summarise(scorer *s, sfd_eval_box_result *out)
{
    double ap[N_IOUS], recall[N_IOUS];
    out->ap = out->recall = 0;
    for (int i = 0; i < N_IOUS; i++) {
        ap[i] = average_precision(s, i, out->n_truth, &recall[i]);
        out->ap += ap[i] / N_IOUS;
        out->recall += recall[i] / N_IOUS;
    }
    out->ap50 = ap[0];
    out->ap75 = ap[IOU_75];
    out->recall50 = recall[0];
}

static size_t count_pictures(const scorer *s)
{
    size_t n = 0, g = 0, d = 0;
    while (g < s->n_truth || d < s->n_detections) {
        int64_t next = g < s->n_truth ? s->truth[g]->picture : s->detections[d]->picture;
        if (d < s->n_detections && s->detections[d]->picture < next)
            next = s->detections[d]->picture;
        while (g < s->n_truth && s->truth[g]->picture == next)
            g++;
        while (d < s->n_detections && s->detections[d]->picture == next)
            d++;
        n++;
    }
    return n;
}

static void score(scorer *s, sfd_eval_box_result *out)
{
    size_t truth = 0;
    for (size_t d = 0; d < s->n_detections;)
        d = rank_picture(s, d, &truth);
    qsort(s->ranked, s->n_ranked, sizeof *s->ranked, compare_ranked);
    out->n_pictures = count_pictures(s);
    for (size_t i = 0; i < s->n_truth; i++)
        out->n_truth += !s->truth[i]->crowd;
    if (out->n_truth > 0)
        summarise(s, out);
}

sfd_status sfd_eval_score_boxes(sfd_eval_box_result *out, const sfd_eval_box *truth, size_t n_truth,
                                const sfd_eval_box *detections, size_t n_detections, sfd_error *err)
{
    *out = (sfd_eval_box_result){.n_detections = n_detections,
                                 .ap = NAN,
                                 .ap50 = NAN,
                                 .ap75 = NAN,
                                 .recall = NAN,
                                 .recall50 = NAN};
    scorer s = {.n_truth = n_truth, .n_detections = n_detections};
    s.truth = sorted(truth, n_truth, compare_truth);
    s.detections = sorted(detections, n_detections, compare_detections);
    s.ranked = sfd_calloc(n_detections, sizeof *s.ranked);
    s.taken = sfd_calloc(n_truth, sizeof *s.taken);
    s.precision = sfd_calloc(n_detections, 2 * sizeof *s.precision);
    const bool ok = s.truth && s.detections && s.ranked && s.taken && s.precision;
    if (ok)
        score(&s, out);
    free(s.truth);
    free(s.detections);
    free(s.ranked);
    free(s.taken);
    free(s.precision);
    return ok ? SFD_OK : sfd_fail_nomem(err, "scoring boxes");
}
