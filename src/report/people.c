/* SPDX-License-Identifier: Apache-2.0 */
/* Rows put together to boxes with labels, and boxes to persons. */
#include "report/people.h"

#include "base/alloc.h"
#include "base/box.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define MAX_GAP_S  2.5 /* between two boxes of a person who has no id */
#define MIN_IOU    0.3
#define MAX_LINKED 256 /* boxes of a keyframe; more are persons of their own */

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* ------------------------------------------------------------------- boxes */

static int compare_boxes(const sfd_report_row *x, const sfd_report_row *y)
{
    int order = COMPARE(x->video, y->video);
    order = order ? order : COMPARE(x->timestamp_s, y->timestamp_s);
    order = order ? order : COMPARE(x->has_person, y->has_person);
    order = order ? order : COMPARE(x->person, y->person);
    order = order ? order : COMPARE(x->box.x1, y->box.x1);
    order = order ? order : COMPARE(x->box.y1, y->box.y1);
    order = order ? order : COMPARE(x->box.x2, y->box.x2);
    return order ? order : COMPARE(x->box.y2, y->box.y2);
}

static int compare_rows(const void *a, const void *b)
{
    const sfd_report_row *x = *(const sfd_report_row *const *)a;
    const sfd_report_row *y = *(const sfd_report_row *const *)b;
    int order = compare_boxes(x, y);
    order = order ? order : COMPARE(y->score, x->score);
    return order ? order : COMPARE(x, y);
}

/* Usable rows in order. */
static size_t sort_rows(sfd_report_people *p, const sfd_report_rows *rows)
{
    size_t n = 0;
    int corner;
    for (size_t i = 0; i < rows->n; i++) {
        if (rows->items[i].frame_only)
            continue;
        if (sfd_box_usable(sfd_box_examine(&rows->items[i].box, &corner)))
            p->rows[n++] = &rows->items[i];
        else
            p->n_unusable++;
    }
    if (n > 0)
        qsort(p->rows, n, sizeof *p->rows, compare_rows);
    return n;
}

static void make_boxes(sfd_report_people *p, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        const sfd_report_row *r = p->rows[i];
        if (i > 0 && compare_boxes(r, p->rows[i - 1]) == 0) {
            p->boxes[p->n_boxes - 1].n++;
            continue;
        }
        sfd_report_box *b = &p->boxes[p->n_boxes++];
        *b = (sfd_report_box){.timestamp_s = r->timestamp_s,
                              .box = r->box,
                              .first = i,
                              .n = 1,
                              .id = r->person,
                              .video = r->video,
                              .has_id = r->has_person};
        sfd_box_clip(&b->box);
        p->start[r->video + 1]++;
    }
    for (size_t v = 0; v < p->n_videos; v++)
        p->start[v + 1] += p->start[v];
}

/* ------------------------------------------------------------------ persons */

static int compare_ids(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return COMPARE(*x, *y);
}

static bool collect_ids(sfd_report_cast *cast, const sfd_report_box *boxes, size_t n)
{
    size_t n_all = 0;
    cast->ids = sfd_malloc_array(n, sizeof *cast->ids);
    if (!cast->ids)
        return false;
    for (size_t i = 0; i < n; i++)
        if (boxes[i].has_id)
            cast->ids[n_all++] = boxes[i].id;
    qsort(cast->ids, n_all, sizeof *cast->ids, compare_ids);
    for (size_t i = 0; i < n_all; i++)
        if (i == 0 || cast->ids[i] != cast->ids[cast->n_ids - 1])
            cast->ids[cast->n_ids++] = cast->ids[i];
    cast->n = cast->n_ids;
    return true;
}

typedef struct pair {
    double iou;
    uint32_t before, now;
} pair;

/* The boxes, by index into those of the video, in which persons without ids were seen last. */
typedef struct linker {
    sfd_report_box *boxes;
    sfd_report_cast *cast;
    uint32_t seen[2 * MAX_LINKED];
    size_t n_seen;
    pair *pairs; /* [2 * MAX_LINKED * MAX_LINKED] */
} linker;

static int compare_pairs(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    int order = COMPARE(y->iou, x->iou);
    order = order ? order : COMPARE(x->now, y->now);
    return order ? order : COMPARE(x->before, y->before);
}

static void link_keyframe(linker *l, const uint32_t *now, size_t n_now)
{
    bool taken[2 * MAX_LINKED] = {false}, linked[MAX_LINKED] = {false};
    size_t n_pairs = 0, n_left = 0;
    for (size_t i = 0; i < n_now; i++) {
        for (size_t k = 0; k < l->n_seen; k++) {
            double iou = sfd_box_iou(&l->boxes[now[i]].box, &l->boxes[l->seen[k]].box);
            if (iou >= MIN_IOU)
                l->pairs[n_pairs++] = (pair){iou, (uint32_t)k, (uint32_t)i};
        }
    }
    qsort(l->pairs, n_pairs, sizeof *l->pairs, compare_pairs);
    for (size_t i = 0; i < n_pairs; i++) {
        const pair *p = &l->pairs[i];
        if (taken[p->before] || linked[p->now])
            continue;
        taken[p->before] = linked[p->now] = true;
        l->boxes[now[p->now]].person = l->boxes[l->seen[p->before]].person;
    }
    for (size_t k = 0; k < l->n_seen; k++)
        if (!taken[k] && n_left < MAX_LINKED)
            l->seen[n_left++] = l->seen[k];
    l->n_seen = n_left;
    for (size_t i = 0; i < n_now; i++) {
        if (!linked[i])
            l->boxes[now[i]].person = (uint32_t)l->cast->n++;
        l->seen[l->n_seen++] = now[i];
    }
}

static void forget(linker *l, double timestamp_s)
{
    size_t n = 0;
    for (size_t k = 0; k < l->n_seen; k++)
        if (timestamp_s - l->boxes[l->seen[k]].timestamp_s <= MAX_GAP_S)
            l->seen[n++] = l->seen[k];
    l->n_seen = n;
}

static void link_video(linker *l, size_t n)
{
    for (size_t i = 0, end; i < n; i = end) {
        uint32_t now[MAX_LINKED];
        size_t n_now = 0;
        const double t = l->boxes[i].timestamp_s;
        forget(l, t);
        for (end = i; end < n && l->boxes[end].timestamp_s == t; end++) {
            sfd_report_box *b = &l->boxes[end];
            if (b->has_id) {
                const int64_t *at = bsearch(&b->id, l->cast->ids, l->cast->n_ids,
                                            sizeof *l->cast->ids, compare_ids);
                b->person = (uint32_t)(at - l->cast->ids);
            } else if (n_now < MAX_LINKED) {
                now[n_now++] = (uint32_t)end;
            } else {
                b->person = (uint32_t)l->cast->n++;
            }
        }
        link_keyframe(l, now, n_now);
    }
}

static bool link_all(sfd_report_people *p)
{
    linker l = {.pairs = sfd_malloc_array(2 * MAX_LINKED * MAX_LINKED, sizeof *l.pairs)};
    bool ok = l.pairs != NULL;
    for (size_t v = 0; v < p->n_videos && ok; v++) {
        const size_t n = p->start[v + 1] - p->start[v];
        l.boxes = p->boxes + p->start[v];
        l.cast = &p->casts[v];
        l.n_seen = 0;
        ok = collect_ids(l.cast, l.boxes, n);
        if (ok)
            link_video(&l, n);
    }
    free(l.pairs);
    return ok;
}

sfd_status sfd_report_people_make(sfd_report_people *p, const sfd_report_rows *rows,
                                  size_t n_videos, sfd_error *err)
{
    *p = (sfd_report_people){.n_videos = n_videos};
    p->rows = sfd_malloc_array(rows->n, sizeof *p->rows);
    p->boxes = sfd_malloc_array(rows->n, sizeof *p->boxes);
    p->start = sfd_calloc(n_videos + 1, sizeof *p->start);
    p->casts = sfd_calloc(n_videos, sizeof *p->casts);
    if (!p->rows || !p->boxes || !p->start || !p->casts)
        return sfd_fail_nomem(err, "report");
    make_boxes(p, sort_rows(p, rows));
    return link_all(p) ? SFD_OK : sfd_fail_nomem(err, "report");
}

void sfd_report_people_free(sfd_report_people *p)
{
    for (size_t v = 0; p->casts && v < p->n_videos; v++)
        free(p->casts[v].ids);
    free(p->casts);
    free(p->rows);
    free(p->boxes);
    free(p->start);
    *p = (sfd_report_people){0};
}

/* ---------------------------------------------------------------- keyframes */

static int compare_times(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return COMPARE(*x, *y);
}

/* Appends the distinct times of a video. */
static size_t add_times(double *out, sfd_report_people *const *lists, size_t n, size_t video)
{
    size_t n_all = 0, n_distinct = 0;
    for (size_t l = 0; l < n; l++)
        for (size_t i = lists[l]->start[video]; i < lists[l]->start[video + 1]; i++)
            out[n_all++] = lists[l]->boxes[i].timestamp_s;
    qsort(out, n_all, sizeof *out, compare_times);
    for (size_t i = 0; i < n_all; i++)
        if (i == 0 || out[i] != out[n_distinct - 1])
            out[n_distinct++] = out[i];
    return n_distinct;
}

sfd_status sfd_report_keyframes_make(sfd_report_keyframes *k, sfd_report_people *const *lists,
                                     size_t n, size_t n_videos, sfd_error *err)
{
    size_t n_all = 0;
    for (size_t l = 0; l < n; l++)
        n_all += lists[l]->n_boxes;
    *k = (sfd_report_keyframes){.times_s = sfd_malloc_array(n_all, sizeof *k->times_s),
                                .start = sfd_calloc(n_videos + 1, sizeof *k->start)};
    if (!k->times_s || !k->start)
        return sfd_fail_nomem(err, "report");
    for (size_t v = 0; v < n_videos; v++)
        k->start[v + 1] = k->start[v] + add_times(k->times_s + k->start[v], lists, n, v);
    for (size_t l = 0; l < n; l++) {
        for (size_t i = 0; i < lists[l]->n_boxes; i++) {
            sfd_report_box *b = &lists[l]->boxes[i];
            size_t index = 0;
            sfd_report_keyframes_find(k, b->video, b->timestamp_s, &index);
            b->keyframe = (uint32_t)index;
        }
    }
    return SFD_OK;
}

void sfd_report_keyframes_free(sfd_report_keyframes *k)
{
    free(k->times_s);
    free(k->start);
    *k = (sfd_report_keyframes){0};
}

bool sfd_report_keyframes_find(const sfd_report_keyframes *k, size_t video, double timestamp_s,
                               size_t *index)
{
    const double *first = k->times_s + k->start[video];
    const double *at = bsearch(&timestamp_s, first, k->start[video + 1] - k->start[video],
                               sizeof *first, compare_times);
    if (!at)
        return false;
    *index = (size_t)(at - first);
    return true;
}
