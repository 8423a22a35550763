/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes of keyframes in files. */
#ifndef SFD_PIPELINE_BOX_WRITER_H
#define SFD_PIPELINE_BOX_WRITER_H

#include "base/decimal.h"
#include "base/outfile.h"

#include <sfdet/persons.h>

/* A format: how the file begins, what a keyframe adds, how it ends. `begin` and `end` may be NULL.
 * Errors of writing are noticed by the file. */
typedef struct sfd_box_layout {
    void (*begin)(sfd_box_writer *w);
    sfd_status (*add)(sfd_box_writer *w, const sfd_found_keyframe *k, sfd_error *err);
    sfd_status (*end)(sfd_box_writer *w, sfd_error *err);
} sfd_box_layout;

extern const sfd_box_layout sfd_box_layout_coco;

struct sfd_box_writer {
    const sfd_box_layout *layout;
    sfd_outfile *file;

    /* COCO's list of pictures, which stands behind the boxes */
    FILE *images;
    char *images_text;
    size_t images_bytes;
    size_t n_images, n_boxes;
};

/* False for boxes that rounding leaves without an area: they are nobody's. */
static inline bool sfd_box_is_written(const sfd_found_keyframe *k, const sfd_box_px *b)
{
    return ((double)b->x2 - (double)b->x1) / k->width > 1e-6 &&
           ((double)b->y2 - (double)b->y1) / k->height > 1e-6;
}

/* Of a box in pixels x, y, width and height, such that corners that are summed up again are the
 * floats that they were: all that is in a difference of two floats. */
static inline void sfd_format_pixels(char text[4][SFD_DECIMAL_CHARS], const sfd_box_px *b)
{
    sfd_format_exact(text[0], (double)b->x1);
    sfd_format_exact(text[1], (double)b->y1);
    sfd_format_exact(text[2], (double)b->x2 - (double)b->x1);
    sfd_format_exact(text[3], (double)b->y2 - (double)b->y1);
}

/* The rows of the csv file. */
void sfd_write_box_rows(FILE *f, const sfd_found_keyframe *k);

#endif
