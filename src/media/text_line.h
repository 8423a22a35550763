/* SPDX-License-Identifier: Apache-2.0 */
/* One line of text: measured, shortened where there is no room, drawn. */
#ifndef SFD_MEDIA_TEXT_LINE_H
#define SFD_MEDIA_TEXT_LINE_H

#include "media/font.h"

/* Longer texts are cut before they are measured. */
#define SFD_LINE_CHARACTERS 256

typedef struct sfd_text_line {
    uint32_t characters[SFD_LINE_CHARACTERS];
    size_t n;
    float width;
} sfd_text_line;

/* A text as it fits `room` pixels: with an ellipsis before its last word, a score, where it has to
 * be shortened. */
void sfd_text_line_set(sfd_text_line *t, const sfd_pen *pen, const char *text, float room);
/* x: its left end; y: its baseline. */
void sfd_text_line_draw(sfd_picture *p, sfd_pen *pen, const sfd_text_line *t, int x, int y,
                        sfd_colour c);

#endif
