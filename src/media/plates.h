/* SPDX-License-Identifier: Apache-2.0 */
/* Where the labels of annotations go, and how large they are. */
#ifndef SFD_MEDIA_PLATES_H
#define SFD_MEDIA_PLATES_H

#include "media/draw.h"
#include "media/font.h"
#include "media/layout.h"

struct sfd_plates {
    size_t n;
    sfd_rect *boxes;   /* in pixels, as they were when the plates were placed */
    sfd_rect *plates;  /* width 0: none */
    int width, height; /* of the picture */
    double text_px;
    size_t max_lines; /* of a plate */
};

/* A box in pixels, at least one of them; NaN becomes 0. */
sfd_rect sfd_box_in_pixels(const sfd_box_norm *b, int width, int height);

/* Space between a plate's edge and its text. */
int sfd_plate_padding(const sfd_pen *pen);
/* Rows of text of a plate: its lines as far as they are wanted and fit the picture. */
size_t sfd_plate_rows(const sfd_plates *p, const sfd_pen *pen, const sfd_annotation *a);
/* The text of row i of n; where the picture has no room for all lines the last one is an ellipsis.
 */
const char *sfd_plate_text(const sfd_plates *p, const sfd_annotation *a, size_t i, size_t n);

#endif
