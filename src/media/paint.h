/* SPDX-License-Identifier: Apache-2.0 */
/* Rectangles and single pixels on a picture; what lies outside of it is left out. */
#ifndef SFD_MEDIA_PAINT_H
#define SFD_MEDIA_PAINT_H

#include "media/draw.h"
#include "media/layout.h"

/* opacity: 0 .. 255. */
void sfd_paint_pixel(uint8_t *rgb, sfd_colour c, int opacity);
void sfd_paint_rect(sfd_picture *p, sfd_rect r, sfd_colour c, int opacity);
/* The four sides of r, `line` pixels wide, inside it. */
void sfd_paint_frame(sfd_picture *p, sfd_rect r, int line, sfd_colour c, int opacity);
/* Whether black is easier to read on it than white, by their contrast (WCAG 2). */
bool sfd_colour_is_light(sfd_colour c);

#endif
