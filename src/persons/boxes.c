/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/boxes.h"

#include "base/alloc.h"
#include "base/box.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

sfd_status sfd_box_list_add(sfd_box_list *list, const sfd_box_px *box, float score, sfd_error *err)
{
    if (!sfd_grow(&list->items, &list->n_alloc, list->n, sizeof *list->items))
        return sfd_fail_nomem(err, "finding persons");
    list->items[list->n++] = (sfd_found_person){.box = *box, .score = score};
    return SFD_OK;
}

void sfd_box_list_free(sfd_box_list *list)
{
    free(list->items);
    *list = (sfd_box_list){0};
}

/* A box with its place, so that sorting is stable. */
typedef struct placed {
    sfd_found_person box;
    size_t place;
} placed;

static int compare_scores(const void *pa, const void *pb)
{
    const placed *a = pa, *b = pb;
    if (a->box.score != b->box.score)
        return a->box.score > b->box.score ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

sfd_status sfd_box_list_sort(sfd_box_list *list, sfd_error *err)
{
    placed *order = sfd_malloc_array(list->n, sizeof *order);
    if (!order)
        return sfd_fail_nomem(err, "finding persons");
    for (size_t i = 0; i < list->n; i++)
        order[i] = (placed){list->items[i], i};
    qsort(order, list->n, sizeof *order, compare_scores);
    for (size_t i = 0; i < list->n; i++)
        list->items[i] = order[i].box;
    free(order);
    return SFD_OK;
}

void sfd_box_list_suppress(sfd_box_list *list, float iou)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++) {
        size_t k = 0;
        while (k < n && !(sfd_box_px_iou(&list->items[k].box, &list->items[i].box) > iou))
            k++;
        if (k == n)
            list->items[n++] = list->items[i];
    }
    list->n = n;
}
