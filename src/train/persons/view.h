/* SPDX-License-Identifier: Apache-2.0 */
/* Random views of pictures with persons: scale, place, mirroring, colours. */
#ifndef SFD_TRAIN_PERSONS_VIEW_H
#define SFD_TRAIN_PERSONS_VIEW_H

#include "base/random.h"
#include "graph/op.h"
#include "input/resize.h"

/* How a picture lies in the network's. */
typedef struct sfd_person_view {
    double zoom;
    double x, y; /* of the picture's upper left corner, in pixels of the network */
    bool turned; /* on its side, before all else: rows are columns */
    bool flip;
    float colour[3][3]; /* r, g, b of the network from those of the picture */
} sfd_person_view;

/* Larger or smaller than inference shows it, anywhere, cut by the edges, mirrored half of the time,
 * in other colours, and now and then on its side, as people who lie are rare. Sizes: of picture and
 * network. */
sfd_person_view sfd_person_view_draw(int width, int height, int in_width, int in_height,
                                     sfd_random r);

/* Fills the map [1][H][W] with B, G, R in 0..255, grey where the picture is not. */
void sfd_person_view_fill(const sfd_person_view *v, const sfd_rgb *picture, const sfd_map *input);

/* What of a person's box the network sees; false when that is less than 0.4 of it. */
bool sfd_person_view_box(const sfd_person_view *v, const sfd_box_norm *box, int width, int height,
                         int in_width, int in_height, sfd_box_px *out);

#endif
