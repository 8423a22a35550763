/* SPDX-License-Identifier: Apache-2.0 */
/* Boxes and label plates on pictures. */
#ifndef SFD_MEDIA_DRAW_H
#define SFD_MEDIA_DRAW_H

#include "media/picture.h"

typedef struct sfd_colour {
    uint8_t r, g, b;
} sfd_colour;

/* Ground truth is red, predictions are green, or, where it is known whose they are, of the person's
 * colour: one of eight that stay apart for colour-blind eyes, and from that red. */
static const sfd_colour sfd_colour_prediction = {64, 214, 96};
static const sfd_colour sfd_colour_truth = {214, 40, 48};
sfd_colour sfd_colour_of_person(int64_t person_id);

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
    bool hidden; /* keeps its plate's place, but is not drawn */
} sfd_annotation;

/* Where the labels of annotations go. */
typedef struct sfd_plates sfd_plates;

/* Places them on a picture of that size: text size follows it; plates stay inside the picture, off
 * each other and off heads (the upper middle of boxes) where there is room, near their boxes. Where
 * there is none, text gets smaller and labels fewer, the best, which come first, remaining. Of a
 * crowd only the nearest have labels. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_plates_place(sfd_plates **out, int width, int height, const sfd_font *font,
                            const sfd_annotation *list, size_t n, sfd_error *err);
void sfd_plates_free(sfd_plates *p); /* takes NULL */

/* Draws all annotations, with a line from a box to its plate where that lies elsewhere. `plates`
 * are those of the same list, whose boxes may have moved since: plates go along; NULL: they are
 * placed now. Text too long for the picture is shortened with an ellipsis; a score at its end
 * stays. p must be writable (picture.h), of the size that the plates were placed for. Errors:
 * SFD_ERR_NOMEM. */
sfd_status sfd_draw_annotations(sfd_picture *p, const sfd_font *font, const sfd_annotation *list,
                                size_t n, const sfd_plates *plates, sfd_error *err);

#endif
