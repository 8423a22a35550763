/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of tubes; those of persons that were followed. */
#include "tubes/linked.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BOXES ((size_t)1 << 26) /* of all tubes together, those between given ones included */

void sfd_linked_free(sfd_linked *l)
{
    free(l->tubes);
    free(l->boxes);
    *l = (sfd_linked){0};
}

bool sfd_linked_begin(sfd_linked *l, const sfd_linked_tube *tube)
{
    if (!sfd_grow(&l->tubes, &l->n_alloc, l->n, sizeof *l->tubes))
        return false;
    l->tubes[l->n] = *tube;
    l->tubes[l->n].start = l->n_boxes;
    l->tubes[l->n++].n = 0;
    return true;
}

bool sfd_linked_add(sfd_linked *l, const float corner[4])
{
    if (!sfd_grow(&l->boxes, &l->n_boxes_alloc, l->n_boxes, sizeof *l->boxes))
        return false;
    memcpy(l->boxes[l->n_boxes++], corner, sizeof *l->boxes);
    l->tubes[l->n - 1].n++;
    return true;
}

/* ---- persons */

static int by_person(const void *a, const void *b)
{
    const sfd_tube_box *x = a, *y = b;
    if (x->label != y->label)
        return x->label < y->label ? -1 : 1;
    if (x->video != y->video)
        return x->video < y->video ? -1 : 1;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static bool same_person(const sfd_tube_box *x, const sfd_tube_box *y)
{
    return x->label == y->label && x->video == y->video && x->person == y->person;
}

/* The boxes after `from` up to `to`, evenly between them. */
static bool add_up_to(sfd_linked *l, const sfd_tube_box *from, const sfd_tube_box *to)
{
    const int64_t n = to->frame - from->frame;
    for (int64_t i = 1; i <= n; i++) {
        const double share = (double)i / (double)n;
        float corner[4];
        for (size_t k = 0; k < 4; k++)
            corner[k] =
                (float)((1 - share) * (double)from->corner[k] + share * (double)to->corner[k]);
        if (!sfd_linked_add(l, corner))
            return false;
    }
    return true;
}

/* Boxes first[0..n) are of one person and label without too long a gap; a second one in a frame
 * does not count. */
static bool add_person(sfd_linked *l, const sfd_tube_box *first, size_t n)
{
    const sfd_linked_tube tube = {
        .label = first->label, .video = first->video, .first_frame = first->frame};
    double sum = first->score, n_scores = 1;
    const sfd_tube_box *last = first;
    bool ok = sfd_linked_begin(l, &tube) && sfd_linked_add(l, first->corner);
    for (size_t i = 1; ok && i < n; i++) {
        if (first[i].frame == last->frame)
            continue;
        ok = add_up_to(l, last, &first[i]);
        last = &first[i];
        sum += last->score;
        n_scores++;
    }
    if (ok)
        l->tubes[l->n - 1].score = sum / n_scores;
    return ok;
}

/* How many boxes from `i` on are one tube. */
static size_t count_person(const sfd_tube_boxes *b, size_t i)
{
    const size_t gap = b->settings->max_gap_frames;
    size_t end = i + 1;
    while (end < b->n && same_person(&b->boxes[i], &b->boxes[end]) &&
           (uint64_t)(b->boxes[end].frame - b->boxes[end - 1].frame) <= gap)
        end++;
    return end - i;
}

sfd_status sfd_link_persons(sfd_linked *l, sfd_tube_boxes *b, sfd_error *err)
{
    bool ok = true;
    if (b->n > 0)
        qsort(b->boxes, b->n, sizeof *b->boxes, by_person);
    for (size_t i = 0, n; ok && i < b->n; i += n) {
        n = 1;
        if (b->boxes[i].person == SFD_NO_PERSON)
            continue;
        n = count_person(b, i);
        const int64_t length = b->boxes[i + n - 1].frame - b->boxes[i].frame + 1;
        if ((uint64_t)length > MAX_BOXES - l->n_boxes)
            return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                            "%s: the persons' tubes have more than %zu boxes", b->path, MAX_BOXES);
        ok = add_person(l, &b->boxes[i], n);
    }
    if (!ok)
        return sfd_fail_nomem(err, b->path);
    return l->n > 0 || b->n == 0
               ? SFD_OK
               : sfd_fail(err, SFD_ERR_MISMATCH,
                          "%s: no box has a person id, of which tubes were wanted", b->path);
}
