/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes and label plates on pictures. */
#ifndef SFD_MEDIA_DRAW_H
#define SFD_MEDIA_DRAW_H

#include "media/picture.h"

typedef struct sfd_colour {
    uint8_t r, g, b;
} sfd_colour;

/* Predictions are green, ground truth is red. */
static const sfd_colour sfd_colour_prediction = {64, 214, 96};
static const sfd_colour sfd_colour_truth = {214, 40, 48};

/* A typeface; read-only once opened, may be shared by threads. */
typedef struct sfd_font sfd_font;

/* An installed DejaVu Sans through stb_truetype, else the built-in bitmap font. `path` forces a
 * TrueType file, which must be a trusted one: stb_truetype does not check what it reads. Errors:
 * SFD_ERR_IO, SFD_ERR_FORMAT (only with `path`), SFD_ERR_NOMEM. */
sfd_status sfd_font_open(sfd_font **out, const char *path, sfd_error *err);
/* The built-in bitmap font. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_font_open_builtin(sfd_font **out, sfd_error *err);
void sfd_font_close(sfd_font *f); /* takes NULL */

typedef struct sfd_label_line {
    const char *text; /* UTF-8: "stand 0.93" */
} sfd_label_line;

/* One person: a frame in `colour` and a plate with one line of text for each label. */
typedef struct sfd_annotation {
    sfd_box_norm box;
    sfd_colour colour;
    size_t n_lines;
    const sfd_label_line *lines;
} sfd_annotation;

/* Draws all annotations. Line width and text size follow the picture's size; plates stay inside the
 * picture and off each other where there is room; text too long for the picture is shortened with
 * an ellipsis; a score at its end stays. p must be writable (picture.h). Errors: SFD_ERR_NOMEM. */
sfd_status sfd_draw_annotations(sfd_picture *p, const sfd_font *font, const sfd_annotation *list,
                                size_t n, sfd_error *err);

#endif
