/* SPDX-License-Identifier: Apache-2.0 */
/* Greedy linking of the boxes of one label in one video, frame by frame, as MMAction2's evaluator
 * does it (mmaction/evaluation/functional/multisports_utils.py, tubelets of one frame): in each
 * frame boxes that overlap a better one lose score, the ten best stay; tubes in the order of their
 * mean score take the best box that overlaps their last one enough, or end. */
#include "base/alloc.h"
#include "base/error.h"
#include "eval/order.h"
#include "tubes/linked.h"
#include "tubes/numpy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OVERLAP_OF_SAME  0.6 /* beyond it a box loses score to a better one */
#define OVERLAP_OF_NEXT  0.5 /* from it on a box may be a tube's next */
#define MOST_IN_FRAME    10
#define LEAST_SCORE      0.005
#define MAX_BOXES        2000  /* of one label in one frame, which cost the square of it */
#define MAX_EXACT_LENGTH 16384 /* of tubes whose order is that of NumPy's sums */

typedef struct candidate {
    double corner[4], score;
} candidate;

/* A tube that may still grow. */
typedef struct growing {
    float (*boxes)[4];
    size_t n, n_boxes_alloc;
    double *scores; /* [n] */
    size_t n_scores_alloc;
    double sum;
    int64_t first_frame;
} growing;

typedef struct linker {
    sfd_linked *out;
    const sfd_tube_boxes *b;
    const char *path;
    size_t label, video;
    double common_score; /* of every box, where it is not the box's own */
    bool own_scores;

    candidate *in_frame; /* [MAX_BOXES], as are the next ones */
    double *areas, *weights, *keys;
    uint32_t *order, *left;
    candidate best[MOST_IN_FRAME];
    size_t n_best;

    growing *current[MOST_IN_FRAME]; /* a frame has no more boxes that could be in one */
    size_t n_current;
    growing **finished;
    size_t n_finished, n_finished_alloc;
    int64_t last_frame; /* that was looked at */
} linker;

/* ---- boxes of a frame */

static double area_of(const double c[4])
{
    return (c[2] - c[0]) * (c[3] - c[1]);
}

/* `edge` 1: a box covers its last column and row of pixels. */
static double intersection(const double a[4], const double b[4], double edge)
{
    const double w = (a[2] < b[2] ? a[2] : b[2]) - (a[0] > b[0] ? a[0] : b[0]) + edge;
    const double h = (a[3] < b[3] ? a[3] : b[3]) - (a[1] > b[1] ? a[1] : b[1]) + edge;
    return (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
}

/* Indices by rising value in `order`. */
static void sort_keys(linker *l, size_t n)
{
    sfd_numpy_argsort(l->keys, l->order, n);
}

/* What overlaps the best of those left loses its share of score and takes no more part. */
static size_t weaken(linker *l, size_t n_left)
{
    const uint32_t best = l->left[0];
    const double *corner = l->in_frame[best].corner;
    size_t n = 0;
    for (size_t k = 1; k < n_left; k++) {
        const uint32_t j = l->left[k];
        const double shared = intersection(corner, l->in_frame[j].corner, 1);
        const double iou = shared / (l->areas[j] + l->areas[best] - shared);
        if (iou > OVERLAP_OF_SAME)
            l->weights[j] = 1 - iou;
        else if (iou <= OVERLAP_OF_SAME)
            l->left[n++] = j;
    }
    return n;
}

static void choose_best(linker *l, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double *c = l->in_frame[i].corner;
        l->areas[i] = (c[2] - c[0] + 1) * (c[3] - c[1] + 1);
        l->weights[i] = 1;
        l->keys[i] = l->in_frame[i].score;
    }
    sort_keys(l, n);
    for (size_t i = 0; i < n; i++)
        l->left[i] = l->order[n - 1 - i];
    for (size_t n_left = n; n_left > 0;)
        n_left = weaken(l, n_left);
    for (size_t i = 0; i < n; i++)
        l->keys[i] = l->in_frame[i].score *= l->weights[i];
    sort_keys(l, n);
    l->n_best = n < MOST_IN_FRAME ? n : MOST_IN_FRAME;
    for (size_t i = 0; i < l->n_best; i++)
        l->best[i] = l->in_frame[l->order[n - 1 - i]];
}

/* ---- tubes */

static void free_growing(growing *g)
{
    free(g->boxes);
    free(g->scores);
    free(g);
}

static bool append(growing *g, const candidate *c)
{
    if (!sfd_grow(&g->boxes, &g->n_boxes_alloc, g->n, sizeof *g->boxes) ||
        !sfd_grow(&g->scores, &g->n_scores_alloc, g->n, sizeof *g->scores))
        return false;
    for (size_t k = 0; k < 4; k++)
        g->boxes[g->n][k] = (float)c->corner[k];
    g->scores[g->n++] = c->score;
    g->sum += c->score;
    return true;
}

static bool start(linker *l, const candidate *c, int64_t frame)
{
    growing *g = sfd_calloc(1, sizeof *g);
    if (!g || !append(g, c)) {
        if (g)
            free_growing(g);
        return false;
    }
    g->first_frame = frame;
    l->current[l->n_current++] = g;
    return true;
}

/* Of very long tubes the exact sum would cost the square of the length. */
static double order_score(const growing *g)
{
    return g->n <= MAX_EXACT_LENGTH ? sfd_numpy_mean(g->scores, g->n) : g->sum / (double)g->n;
}

static void sort_current(linker *l)
{
    growing *unsorted[MOST_IN_FRAME];
    double keys[MOST_IN_FRAME];
    uint32_t order[MOST_IN_FRAME];
    for (size_t i = 0; i < l->n_current; i++) {
        unsorted[i] = l->current[i];
        keys[i] = l->n_current > 1 ? -order_score(l->current[i]) : 0;
    }
    sfd_numpy_argsort(keys, order, l->n_current);
    for (size_t i = 0; i < l->n_current; i++)
        l->current[i] = unsorted[order[i]];
}

/* The best of the frame's boxes that a tube may go on with; n_best: none. */
static size_t find_next(const linker *l, const growing *g)
{
    double last[4];
    size_t found = l->n_best;
    for (size_t k = 0; k < 4; k++)
        last[k] = (double)g->boxes[g->n - 1][k];
    for (size_t i = 0; i < l->n_best; i++) {
        const double *c = l->best[i].corner, shared = intersection(c, last, 0);
        if (!(shared / (area_of(c) + area_of(last) - shared) >= OVERLAP_OF_NEXT))
            continue;
        if (found == l->n_best || l->best[i].score > l->best[found].score)
            found = i;
    }
    return found;
}

static bool finish(linker *l, size_t i)
{
    if (!sfd_grow(&l->finished, &l->n_finished_alloc, l->n_finished, sizeof *l->finished))
        return false;
    l->finished[l->n_finished++] = l->current[i];
    memmove(&l->current[i], &l->current[i + 1], (--l->n_current - i) * sizeof *l->current);
    return true;
}

/* Each tube takes its next box or ends; those that end last in order go first. */
static bool grow_tubes(linker *l)
{
    bool ends[MOST_IN_FRAME];
    for (size_t i = 0; i < l->n_current; i++) {
        const size_t next = find_next(l, l->current[i]);
        ends[i] = next == l->n_best;
        if (ends[i])
            continue;
        if (!append(l->current[i], &l->best[next]))
            return false;
        memmove(&l->best[next], &l->best[next + 1], (--l->n_best - next) * sizeof *l->best);
    }
    for (size_t i = l->n_current; i-- > 0;)
        if (ends[i] && !finish(l, i))
            return false;
    return true;
}

/* The frame's n boxes are in l->in_frame. */
static bool link_frame(linker *l, int64_t frame, size_t n)
{
    choose_best(l, n);
    sort_current(l);
    bool ok = grow_tubes(l);
    for (size_t i = 0; ok && i < l->n_best; i++)
        ok = start(l, &l->best[i], frame);
    l->last_frame = frame;
    return ok;
}

/* ---- a video */

static bool keep_tube(linker *l, const growing *g)
{
    const double score = sfd_numpy_mean(g->scores, g->n);
    if (score < LEAST_SCORE || g->n < l->b->settings->min_frames)
        return true;
    const sfd_linked_tube tube = {
        .label = l->label, .video = l->video, .first_frame = g->first_frame, .score = score};
    bool ok = sfd_linked_begin(l->out, &tube);
    for (size_t i = 0; ok && i < g->n; i++)
        ok = sfd_linked_add(l->out, g->boxes[i]);
    return ok;
}

static bool end_video(linker *l)
{
    bool ok = true;
    for (size_t i = 0; ok && i < l->n_finished; i++)
        ok = keep_tube(l, l->finished[i]);
    for (size_t i = 0; ok && i < l->n_current; i++)
        ok = keep_tube(l, l->current[i]);
    return ok;
}

static void clear_tubes(linker *l)
{
    for (size_t i = 0; i < l->n_finished; i++)
        free_growing(l->finished[i]);
    for (size_t i = 0; i < l->n_current; i++)
        free_growing(l->current[i]);
    l->n_finished = l->n_current = 0;
}

static bool is_frame_of(const sfd_truth_video *v, int64_t frame)
{
    return frame >= 1 && (v->n_frames <= 0 || frame <= v->n_frames);
}

static sfd_status link_boxes_of_frame(linker *l, const sfd_tube_box *boxes, size_t n,
                                      sfd_error *err)
{
    const sfd_truth_video *v = &l->b->truth->videos[l->video];
    const int64_t frame = boxes[0].frame;
    if (!is_frame_of(v, frame))
        return SFD_OK;
    if (n > MAX_BOXES)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: \"%.200s\", frame %lld: %zu boxes of label %zu, more than %d", l->path,
                        v->name, (long long)frame, n, l->label + 1, MAX_BOXES);
    /* in a frame without boxes all tubes end */
    bool ok =
        l->n_current == 0 || l->last_frame + 1 == frame || link_frame(l, l->last_frame + 1, 0);
    for (size_t i = 0; i < n; i++) {
        candidate *c = &l->in_frame[i];
        for (size_t k = 0; k < 4; k++)
            c->corner[k] = (double)boxes[i].corner[k];
        c->score = l->own_scores ? boxes[i].score : l->common_score;
    }
    ok = ok && link_frame(l, frame, n);
    return ok ? SFD_OK : sfd_fail_nomem(err, l->path);
}

/* n boxes of one label in one video. */
static sfd_status link_video(linker *l, const sfd_tube_box *boxes, size_t n, sfd_error *err)
{
    const sfd_truth_video *v = &l->b->truth->videos[boxes[0].video];
    sfd_status status = SFD_OK;
    l->label = boxes[0].label;
    l->video = boxes[0].video;
    for (size_t i = 0, end; status == SFD_OK && i < n; i = end) {
        for (end = i + 1; end < n && boxes[end].frame == boxes[i].frame;)
            end++;
        status = link_boxes_of_frame(l, boxes + i, end - i, err);
    }
    bool ok = status != SFD_OK || l->n_current == 0 || !is_frame_of(v, l->last_frame + 1) ||
              v->n_frames <= 0 || link_frame(l, l->last_frame + 1, 0);
    ok = ok && (status != SFD_OK || end_video(l));
    clear_tubes(l);
    return ok ? status : sfd_fail_nomem(err, l->path);
}

/* ---- all */

static int by_frame(const void *a, const void *b)
{
    const sfd_tube_box *x = a, *y = b;
    if (x->label != y->label)
        return x->label < y->label ? -1 : 1;
    if (x->video != y->video)
        return x->video < y->video ? -1 : 1;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Room for the boxes of the fullest frame. */
static bool make_room(linker *l, const sfd_tube_boxes *b)
{
    size_t most = 1;
    for (size_t i = 0, end; i < b->n; i = end) {
        for (end = i + 1; end < b->n && b->boxes[end].frame == b->boxes[i].frame;)
            end++;
        most = end - i > most ? end - i : most;
    }
    most = most < MAX_BOXES ? most : MAX_BOXES;
    l->in_frame = sfd_malloc_array(most, sizeof *l->in_frame);
    l->areas = sfd_malloc_array(most, sizeof *l->areas);
    l->weights = sfd_malloc_array(most, sizeof *l->weights);
    l->keys = sfd_malloc_array(most, sizeof *l->keys);
    l->order = sfd_malloc_array(most, sizeof *l->order);
    l->left = sfd_malloc_array(most, sizeof *l->left);
    return l->in_frame && l->areas && l->weights && l->keys && l->order && l->left;
}

sfd_status sfd_link_boxes(sfd_linked *out, sfd_tube_boxes *b, sfd_error *err)
{
    linker l = {.out = out,
                .b = b,
                .path = b->path,
                .own_scores = b->settings->linking == SFD_TUBES_OWN_SCORES,
                .common_score = b->n > 0 ? b->boxes[b->n - 1].score : 0};
    sfd_status status = SFD_OK;
    if (b->n > 0)
        qsort(b->boxes, b->n, sizeof *b->boxes, by_frame);
    if (!make_room(&l, b))
        status = sfd_fail_nomem(err, b->path);
    for (size_t i = 0, end; status == SFD_OK && i < b->n; i = end) {
        const sfd_tube_box *first = &b->boxes[i];
        for (end = i + 1; end < b->n && b->boxes[end].label == first->label &&
                          b->boxes[end].video == first->video;)
            end++;
        status = link_video(&l, first, end - i, err);
    }
    free(l.in_frame);
    free(l.areas);
    free(l.weights);
    free(l.keys);
    free(l.order);
    free(l.left);
    free(l.finished);
    return status;
}
