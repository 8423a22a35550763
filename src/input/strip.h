/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of a view's rows, in which input tensors are worked out. */
#ifndef SFD_INPUT_STRIP_H
#define SFD_INPUT_STRIP_H

#include "input/input.h"

#define SFD_STRIP 256 /* the most pixels; even */

/* Source columns (or rows) of a view's pixels: left neighbour and weight of the right one. */
typedef struct sfd_tap {
    int at, next;
    float weight;
} sfd_tap;

/* Some neighbouring columns of one row of a view. */
typedef struct sfd_strip {
    const sfd_pathway_input *in;
    const sfd_clip_pictures *clip;
    const sfd_view *view;
    double zoom;
    bool plain; /* the picture's own pixels: nothing is scaled and the crop starts on a pixel */
    int x, n, y;
    sfd_tap columns[SFD_STRIP]; /* unless plain */
} sfd_strip;

/* Columns x .. x + n - 1; the row, `y`, is for the caller to set. */
sfd_strip sfd_strip_make(const sfd_pathway_input *in, const sfd_clip_pictures *clip,
                         const sfd_view *v, int x, int n);

/* Normalised RGB of the strip in an entry of the pathway's frames: rgb [n][3]. */
void sfd_strip_read(const sfd_strip *s, int entry, float *rgb);

#endif
