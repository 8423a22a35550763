/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of scored boxes, and non-maximum suppression. */
#ifndef SFD_PERSONS_BOXES_H
#define SFD_PERSONS_BOXES_H

#include <sfdet/persons.h>

typedef struct sfd_box_list {
    sfd_found_person *items;
    size_t n, n_alloc;
} sfd_box_list;

/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_box_list_add(sfd_box_list *list, const sfd_box_px *box, float score, sfd_error *err);
void sfd_box_list_free(sfd_box_list *list);

/* Best first; of equal scores the first added is first. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_box_list_sort(sfd_box_list *list, sfd_error *err);

/* Keeps of a sorted list each box that overlaps none kept before with an IoU above `iou`
 * (torchvision's nms: areas without the last pixel). */
void sfd_box_list_suppress(sfd_box_list *list, float iou);

#endif
