/* SPDX-License-Identifier: Apache-2.0 */
/* Where label plates go: plain geometry in whole pixels. */
#ifndef SFD_MEDIA_LAYOUT_H
#define SFD_MEDIA_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct sfd_rect {
    int x, y, width, height;
} sfd_rect;

int64_t sfd_rect_overlap(const sfd_rect *a, const sfd_rect *b); /* area */

/* Pixels between two rectangles along the axes, 0 when they touch. */
int64_t sfd_rect_distance(const sfd_rect *a, const sfd_rect *b);

/* Where the head of the person in a box is likely to be: in the middle of its top. */
sfd_rect sfd_head_of(const sfd_rect *box);

/* Sets x and y of plates[i], which belongs to boxes[i]: inside a picture of width x height (plates
 * are not larger than that), off the other plates and off all heads where there is room, near its
 * box, off the boxes as far as that goes. Plates of width 0 are left out. Returns the area of heads
 * and of other plates that plates cover; unless `anyhow`, it gives up as soon as there is some. n
 * is at most SFD_CAREFUL_PLATES: the time grows with its square. */
#define SFD_CAREFUL_PLATES 128
int64_t sfd_place_plates(sfd_rect *plates, const sfd_rect *boxes, size_t n, int width, int height,
                         bool anyhow);

#endif
