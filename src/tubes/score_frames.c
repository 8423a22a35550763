/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes in frames: each takes the truth of its class that it overlaps most, the best scored first.
 */
#include "base/alloc.h"
#include "base/error.h"
#include "eval/order.h"
#include "eval/score.h"
#include "tubes/score.h"

#include <math.h>
#include <stdlib.h>

sfd_status sfd_take_overlaps(sfd_overlap_budget *b, double n, const char *path, sfd_error *err)
{
    b->left -= n;
    return b->left >= 0 ? SFD_OK
                        : sfd_fail(err, SFD_ERR_UNSUPPORTED,
                                   "%s: more than %g overlaps of boxes would have to be computed",
                                   path, SFD_MAX_OVERLAPS);
}

/* A truth's box in a frame. */
typedef struct framed_truth {
    size_t video, order;
    int64_t frame;
    const double *corner;
    bool taken;
} framed_truth;

typedef struct frame_scorer {
    framed_truth *truths; /* by video, frame, then as in the file */
    size_t n_truths;
    double *keys, *envelope;
    uint32_t *order;
    bool *right;
} frame_scorer;

static int by_frame(const void *a, const void *b)
{
    const framed_truth *x = a, *y = b;
    if (x->video != y->video)
        return x->video < y->video ? -1 : 1;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* The tubes of a label are tubes[first .. first + n - 1]. */
static size_t tubes_of_label(const sfd_tube_truth *t, size_t label, size_t *first)
{
    size_t n = 0;
    sfd_tube_truth_find(t, label, 0, first);
    while (*first + n < t->n_tubes && t->tubes[*first + n].label == label)
        n++;
    return n;
}

static bool frame_truths(frame_scorer *s, const sfd_tube_truth *t, size_t first, size_t n_tubes)
{
    size_t n = 0;
    for (size_t i = 0; i < n_tubes; i++)
        n += t->tubes[first + i].n;
    s->truths = sfd_malloc_array(n, sizeof *s->truths);
    for (size_t i = 0; s->truths && i < n_tubes; i++) {
        const sfd_truth_tube *tube = &t->tubes[first + i];
        for (size_t k = 0; k < tube->n; k++) {
            s->truths[s->n_truths] = (framed_truth){.video = tube->video,
                                                    .order = s->n_truths,
                                                    .frame = tube->first_frame + (int64_t)k,
                                                    .corner = t->boxes[tube->start + k]};
            s->n_truths++;
        }
    }
    if (s->truths && n > 0)
        qsort(s->truths, n, sizeof *s->truths, by_frame);
    return s->truths != NULL;
}

static double area_of(const double c[4])
{
    return (c[2] - c[0]) * (c[3] - c[1]);
}

static double iou_of(const double a[4], const double b[4])
{
    const double w = (a[2] < b[2] ? a[2] : b[2]) - (a[0] > b[0] ? a[0] : b[0]);
    const double h = (a[3] < b[3] ? a[3] : b[3]) - (a[1] > b[1] ? a[1] : b[1]);
    const double shared = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
    return shared / (area_of(a) + area_of(b) - shared);
}

/* The first truth that does not come before the frame. */
static size_t find_frame(const frame_scorer *s, size_t video, int64_t frame)
{
    const framed_truth wanted = {.video = video, .frame = frame};
    size_t low = 0, high = s->n_truths;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (by_frame(&s->truths[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double count_overlaps(const frame_scorer *s, const sfd_tube_box *boxes, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)(find_frame(s, boxes[i].video, boxes[i].frame + 1) -
                        find_frame(s, boxes[i].video, boxes[i].frame));
    return sum;
}

/* Whether the truth that a box overlaps most is near enough and free; it is taken then. The first
 * NaN counts as the most. */
static bool take_truth(frame_scorer *s, const sfd_tube_box *box, double iou)
{
    const double corner[4] = {(double)box->corner[0], (double)box->corner[1],
                              (double)box->corner[2], (double)box->corner[3]};
    framed_truth *best = NULL;
    double most = 0;
    for (size_t i = find_frame(s, box->video, box->frame);
         i < s->n_truths && s->truths[i].video == box->video && s->truths[i].frame == box->frame &&
         !isnan(most);
         i++) {
        const double v = iou_of(s->truths[i].corner, corner);
        if (!best || !(v <= most)) {
            most = v;
            best = &s->truths[i];
        }
    }
    if (!best || !(most >= iou) || best->taken)
        return false;
    return best->taken = true;
}

static void rank(frame_scorer *s, sfd_eval_tube_class *c, const sfd_tube_box *boxes, size_t n,
                 double iou)
{
    for (size_t i = 0; i < n; i++)
        s->keys[i] = -boxes[i].score;
    sfd_numpy_argsort(s->keys, s->order, n);
    for (size_t i = 0; i < n; i++)
        s->right[i] = take_truth(s, &boxes[s->order[i]], iou);
    c->frame_ap = sfd_average_precision(s->right, n, s->n_truths, s->envelope);
}

sfd_status sfd_score_frames(sfd_eval_tube_class *c, const sfd_tube_truth *t, size_t label,
                            const sfd_tube_box *boxes, size_t n, double iou,
                            sfd_overlap_budget *budget, sfd_error *err)
{
    sfd_status status = SFD_OK;
    frame_scorer s = {0};
    size_t first;
    c->n_tubes = tubes_of_label(t, label, &first);
    c->n_detections = n;
    s.keys = sfd_malloc_array(n, sizeof *s.keys);
    s.envelope = sfd_malloc_array(n, sizeof *s.envelope);
    s.order = sfd_malloc_array(n, sizeof *s.order);
    s.right = sfd_malloc_array(n, sizeof *s.right);
    const bool ok =
        s.keys && s.envelope && s.order && s.right && frame_truths(&s, t, first, c->n_tubes);
    c->n_boxes = s.n_truths;
    c->counts = sfd_tube_label_counts(t, label) && s.n_truths > 0;
    if (!ok)
        status = sfd_fail_nomem(err, t->path);
    else if (c->counts)
        status = sfd_take_overlaps(budget, count_overlaps(&s, boxes, n), t->path, err);
    if (status == SFD_OK && c->counts)
        rank(&s, c, boxes, n, iou);
    free(s.truths);
    free(s.keys);
    free(s.envelope);
    free(s.order);
    free(s.right);
    return status;
}
