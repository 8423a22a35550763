/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes of a person put together. */
#include "annotations/set.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 0: persons with ids, 1: tracks of a file, 2: boxes alone */
static int kind_of(const sfd_person_box *b)
{
    return b->has_person_id ? 0 : b->track > 0 ? 1 : 2;
}

static int compare_persons(const sfd_person_box *a, const sfd_person_box *b)
{
    const int x = kind_of(a), y = kind_of(b);
    if (x != y)
        return x < y ? -1 : 1;
    if (x == 0)
        return (a->person_id > b->person_id) - (a->person_id < b->person_id);
    return x == 1 ? (a->track > b->track) - (a->track < b->track) : 0;
}

static int compare_places(const sfd_person_box *a, const sfd_person_box *b)
{
    if (a->time_s != b->time_s)
        return a->time_s < b->time_s ? -1 : 1;
    for (int i = 0; i < 4; i++)
        if (a->corner[i] != b->corner[i])
            return a->corner[i] < b->corner[i] ? -1 : 1;
    return 0;
}

static int compare_orders(const sfd_person_box *a, const sfd_person_box *b)
{
    return (a->order > b->order) - (a->order < b->order);
}

static int by_person(const void *pa, const void *pb)
{
    const sfd_person_box *a = pa, *b = pb;
    int c = compare_persons(a, b);
    if (c == 0 && kind_of(a) == 2)
        c = compare_places(a, b);
    else if (c == 0)
        c = (a->time_s > b->time_s) - (a->time_s < b->time_s);
    return c ? c : compare_orders(a, b);
}

static sfd_status merge_actions(sfd_annotations *a, sfd_person_box *to, const sfd_person_box *from,
                                sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < from->n_done; i++)
        status = sfd_set_add_done(a, to, from->done[i].label, from->done[i].score, err);
    return status;
}

/* Where a person is said to be in two places at a time, the second box is nobody's. */
static bool part_doubles(sfd_annotations *a, sfd_labelled_video *v)
{
    bool any = false;
    for (size_t i = 1, last = 0; i < v->n_boxes; i++) {
        sfd_person_box *b = &v->boxes[i], *p = &v->boxes[last];
        if (kind_of(b) == 2 || compare_persons(p, b) != 0 || p->time_s != b->time_s ||
            compare_places(p, b) == 0) {
            last = i;
            continue;
        }
        sfd_tally_add(&a->tally, "boxes of persons who are twice at one time lose their ids",
                      v->id);
        b->has_person_id = false;
        b->track = 0;
        any = true;
    }
    return any;
}

static sfd_status merge_boxes(sfd_annotations *a, sfd_labelled_video *v, sfd_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < v->n_boxes; i++) {
        sfd_person_box *b = &v->boxes[i], *p = n > 0 ? &v->boxes[n - 1] : NULL;
        if (!p || compare_persons(p, b) != 0 || compare_places(p, b) != 0) {
            v->boxes[n++] = *b;
            continue;
        }
        sfd_status status = merge_actions(a, p, b, err);
        if (status != SFD_OK)
            return status;
        p->outside &= b->outside;
        p->interpolated &= b->interpolated;
        p->score = fmax(p->score, b->score);
    }
    v->n_boxes = n;
    return SFD_OK;
}

static int by_rank(const void *pa, const void *pb)
{
    const sfd_person_box *a = pa, *b = pb;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->time_s != b->time_s)
        return a->time_s < b->time_s ? -1 : 1;
    return compare_orders(a, b);
}

/* From boxes by person to boxes by track, in the order in which tracks appeared. */
static sfd_status make_tracks(const sfd_annotations *a, sfd_labelled_video *v, sfd_error *err)
{
    size_t n = 0, start = 0;
    for (size_t i = 0; i < v->n_boxes; i++) {
        const sfd_person_box *b = &v->boxes[i];
        if (i == 0 || kind_of(b) == 2 || compare_persons(b - 1, b) != 0) {
            start = i;
            v->boxes[i].rank = b->order;
            n++;
        }
        v->boxes[start].rank = b->order < v->boxes[start].rank ? b->order : v->boxes[start].rank;
        v->boxes[i].first = start;
    }
    for (size_t i = 0; i < v->n_boxes; i++)
        v->boxes[i].rank = v->boxes[v->boxes[i].first].rank;
    qsort(v->boxes, v->n_boxes, sizeof *v->boxes, by_rank);
    free(v->tracks);
    v->n_tracks = 0;
    v->tracks = sfd_calloc(n, sizeof *v->tracks);
    if (!v->tracks)
        return sfd_fail_nomem(err, a->path);
    for (size_t i = 0; i < v->n_boxes; i++) {
        const sfd_person_box *b = &v->boxes[i];
        if (i == 0 || b->rank != b[-1].rank)
            v->tracks[v->n_tracks++] = (sfd_track_range){i, 0, b->person_id, b->has_person_id};
        v->tracks[v->n_tracks - 1].n++;
    }
    return SFD_OK;
}

/* In rising order of ids; there are few. */
static void sort_actions(const sfd_label_list *labels, sfd_person_box *b)
{
    for (size_t i = 1; i < b->n_done; i++) {
        const sfd_done done = b->done[i];
        size_t k = i;
        for (; k > 0 && labels->items[b->done[k - 1].label].id > labels->items[done.label].id; k--)
            b->done[k] = b->done[k - 1];
        b->done[k] = done;
    }
}

static int by_time(const void *pa, const void *pb)
{
    const sfd_seen_frame *a = pa, *b = pb;
    if (a->time_s != b->time_s)
        return a->time_s < b->time_s ? -1 : 1;
    return (b->name != NULL) - (a->name != NULL);
}

static void settle_frames(sfd_labelled_video *v)
{
    size_t n = 0;
    if (v->n_frames_seen > 0)
        qsort(v->frames, v->n_frames_seen, sizeof *v->frames, by_time);
    for (size_t i = 0; i < v->n_frames_seen; i++)
        if (n == 0 || v->frames[n - 1].time_s != v->frames[i].time_s)
            v->frames[n++] = v->frames[i];
    v->n_frames_seen = n;
}

static sfd_status settle(sfd_annotations *a, sfd_labelled_video *v, sfd_error *err)
{
    sfd_status status = SFD_OK;
    settle_frames(v);
    if (v->n_boxes == 0)
        return SFD_OK;
    qsort(v->boxes, v->n_boxes, sizeof *v->boxes, by_person);
    if (part_doubles(a, v))
        qsort(v->boxes, v->n_boxes, sizeof *v->boxes, by_person);
    const size_t before = v->n_boxes;
    status = merge_boxes(a, v, err);
    a->n_boxes -= before - v->n_boxes;
    for (size_t i = 0; i < v->n_boxes; i++)
        sort_actions(&a->labels, &v->boxes[i]);
    return status == SFD_OK ? make_tracks(a, v, err) : status;
}

sfd_status sfd_set_settle(sfd_annotations *a, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < a->n_videos; i++)
        status = settle(a, a->videos[i], err);
    return status;
}
