/* SPDX-License-Identifier: Apache-2.0 */
/* Glyphs of an sfd_font at one size. */
#ifndef SFD_MEDIA_FONT_H
#define SFD_MEDIA_FONT_H

#include "media/draw.h"

#define SFD_ELLIPSIS 0x2026

/* How much of each pixel the glyph covers. */
typedef struct sfd_glyph {
    int width, height;
    int left,
        top; /* of its upper left pixel, from the pen on the baseline; top is negative above */
    uint8_t *coverage; /* [height][width], 0 .. 255; NULL when empty */
    bool known;
} sfd_glyph;

/* Horizontal positions of a glyph within a pixel. */
#define SFD_PEN_STEPS 4
#define SFD_PEN_FIRST 32
#define SFD_PEN_LAST  126

/* A font at one size with the glyphs met so far; used by one thread. */
typedef struct sfd_pen {
    const sfd_font *font;
    float scale;
    int ascent_px, line_height_px;
    sfd_glyph ascii[SFD_PEN_LAST - SFD_PEN_FIRST + 1][SFD_PEN_STEPS];
    sfd_glyph other; /* the last one outside ASCII */
} sfd_pen;

/* size_px: of the em square. */
void sfd_pen_init(sfd_pen *pen, const sfd_font *font, double size_px);
void sfd_pen_clear(sfd_pen *pen);

/* How far a character moves the pen, in pixels. */
float sfd_pen_advance(const sfd_pen *pen, uint32_t character);

/* The glyph for a pen at a fraction step / SFD_PEN_STEPS of a pixel; valid until the next call. */
const sfd_glyph *sfd_pen_glyph(sfd_pen *pen, uint32_t character, int step);

/* Takes one character off UTF-8 text: U+FFFD for each byte that is not part of valid UTF-8 and for
 * control characters. */
uint32_t sfd_utf8_next(const char **text);

/* The built-in font: cells of 6 x 8 with 5 columns for each of ASCII 32 .. 126, lowest bit on top,
 * 7 rows above the baseline. */
extern const uint8_t sfd_bitmap_font[SFD_PEN_LAST - SFD_PEN_FIRST + 1][5];

#endif
