/* SPDX-License-Identifier: Apache-2.0 */
/* The worst errors of a run, to be looked at. */
#include "report/worst.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PER_KIND  12
#define PER_LABEL 3 /* of them */

typedef struct mistake {
    double badness;
    uint32_t row;   /* of the detections, or of the truth that was missed */
    uint32_t other; /* row of the truth, or of the detection near it; SFD_NO_TRUTH: none */
    uint8_t kind;
} mistake;

typedef struct list {
    mistake *items;
    size_t n, n_alloc;
} list;

static bool is_missed(int kind)
{
    return kind == SFD_EVAL_NO_BOX || kind == SFD_EVAL_LOW_SCORE;
}

static const sfd_row *row_of(const sfd_analysis *a, const mistake *m, bool other)
{
    return &(is_missed(m->kind) != other ? &a->e->truth : a->detections)
                ->items[other ? m->other : m->row];
}

static bool add(list *l, const mistake *m)
{
    if (!sfd_grow(&l->items, &l->n_alloc, l->n, sizeof *m))
        return false;
    l->items[l->n++] = *m;
    return true;
}

static bool add_false_positives(list *l, const sfd_analysis *a)
{
    for (size_t i = 0; i < a->m.start[a->m.max_id + 1]; i++) {
        const sfd_match *match = &a->m.items[i];
        const mistake m = {a->detections->items[match->row].score, match->row, match->truth,
                           a->kind[i]};
        if (m.kind != SFD_NO_ERROR && !add(l, &m))
            return false;
    }
    return true;
}

/* The best score for the label of a truth among boxes that overlap it. */
static double best_score(const sfd_analysis *a, const sfd_row *truth, uint32_t *row)
{
    double best = -INFINITY;
    for (size_t i = a->found.start[truth->frame]; i < a->found.start[truth->frame + 1]; i++) {
        const sfd_row *r = &a->detections->items[a->found.rows[i]];
        if (r->label == truth->label && r->score > best &&
            sfd_iou(&r->box, &truth->box, a->e->rules->float32) >= a->iou) {
            best = r->score;
            *row = a->found.rows[i];
        }
    }
    return best;
}

static bool add_missed(list *l, const sfd_analysis *a)
{
    for (size_t i = 0; i < a->e->truth.n; i++) {
        const sfd_row *truth = &a->e->truth.items[i];
        mistake m = {sfd_box_area(&truth->box), (uint32_t)i, SFD_NO_TRUTH, a->missed_kind[i]};
        if (m.kind == SFD_NO_ERROR)
            continue;
        if (m.kind == SFD_EVAL_LOW_SCORE)
            m.badness = -best_score(a, truth, &m.other);
        if (!add(l, &m))
            return false;
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    const mistake *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->badness != y->badness)
        return x->badness > y->badness ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

void sfd_report_put_box(sfd_json_out *j, const sfd_box_norm *box)
{
    const double corners[] = {box->x1, box->y1, box->x2, box->y2};
    for (size_t i = 0; i < 4; i++)
        sfd_json_put_integer(j, lrint(fmax(-1, fmin(2, corners[i])) * 10000));
}

static double frame_time(const sfd_eval *e, const sfd_frame *f)
{
    double t = (double)(long long)f->key;
    if (e->rules->decimal_keys)
        memcpy(&t, &f->key, sizeof t);
    return t;
}

static double score_of(const sfd_analysis *a, const mistake *m)
{
    if (!is_missed(m->kind))
        return row_of(a, m, false)->score;
    return m->other == SFD_NO_TRUTH ? NAN : row_of(a, m, true)->score;
}

/* The truth that a false positive is about. */
static uint32_t truth_of(const sfd_analysis *a, const mistake *m)
{
    const sfd_row *row = row_of(a, m, false);
    if (m->kind == SFD_EVAL_BACKGROUND)
        return SFD_NO_TRUTH;
    return m->kind == SFD_EVAL_LABEL
               ? sfd_analysis_nearest(a, &row->box, &a->e->truth, &a->truth, row->frame)
               : m->other;
}

/* False where the page has no such keyframe: its boxes cannot be drawn. */
static bool put_mistake(sfd_json_out *j, const sfd_report *r, const sfd_analysis *a,
                        const mistake *m, const sfd_report_keyframes *k, bool *large)
{
    const sfd_row *row = row_of(a, m, false);
    const sfd_frame *f = &a->e->frames.items[row->frame];
    size_t video, keyframe;
    if (!sfd_name_table_find(&r->by_id, a->e->frames.videos[f->video].id, &video) ||
        !sfd_report_keyframes_find(k, video, frame_time(a->e, f), &keyframe))
        return false;
    large[k->start[video] + keyframe] = true;
    sfd_json_put_open(j, '[');
    sfd_json_put_integer(j, m->kind);
    sfd_json_put_integer(j, row->label);
    sfd_json_put_number(j, score_of(a, m));
    sfd_json_put_integer(j, (long long)video);
    sfd_json_put_integer(j, (long long)keyframe);
    sfd_json_put_open(j, '[');
    sfd_report_put_box(j, &row->box);
    sfd_json_put_close(j, ']');
    if (m->other == SFD_NO_TRUTH) {
        sfd_json_put_text(j, NULL);
    } else {
        sfd_json_put_open(j, '[');
        sfd_report_put_box(j, &row_of(a, m, true)->box);
        sfd_json_put_close(j, ']');
    }
    sfd_json_put_close(j, ']');
    return true;
}

static void put_list(sfd_json_out *j, const sfd_report *r, const sfd_analysis *a, list *l,
                     const sfd_report_keyframes *k, uint8_t *n_of_label, bool *large)
{
    size_t n_put = 0;
    for (size_t i = 0; i < l->n; i++) {
        mistake *m = &l->items[i];
        if (i == 0 || m->kind != l->items[i - 1].kind) {
            n_put = 0;
            memset(n_of_label, 0, (size_t)a->m.max_id + 1);
        }
        uint8_t *n = &n_of_label[row_of(a, m, false)->label];
        if (n_put == PER_KIND || *n == PER_LABEL)
            continue;
        if (!is_missed(m->kind))
            m->other = truth_of(a, m);
        if (put_mistake(j, r, a, m, k, large)) {
            n_put++;
            ++*n;
        }
    }
}

sfd_status sfd_report_put_worst(sfd_json_out *j, const sfd_report *r, const sfd_analysis *a,
                                const sfd_report_keyframes *k, bool *large, sfd_error *err)
{
    list l = {0};
    uint8_t *n_of_label = sfd_calloc((size_t)a->m.max_id + 1, sizeof *n_of_label);
    const bool ok = n_of_label && add_false_positives(&l, a) && add_missed(&l, a);
    if (ok && l.n > 0)
        qsort(l.items, l.n, sizeof *l.items, compare);
    sfd_json_put_key(j, "worst");
    sfd_json_put_open(j, '[');
    if (ok)
        put_list(j, r, a, &l, k, n_of_label, large);
    sfd_json_put_close(j, ']');
    free(l.items);
    free(n_of_label);
    return ok ? SFD_OK : sfd_fail_nomem(err, "worst errors");
}
