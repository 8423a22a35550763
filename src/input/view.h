/* SPDX-License-Identifier: Apache-2.0 */
/* Views: how large a picture is shown, which part of it, and whether mirrored. */
#ifndef SFD_INPUT_VIEW_H
#define SFD_INPUT_VIEW_H

#include "config/config.h"

/* The picture is scaled so that its short side measures `short_side` pixels; of the result a
 * network sees the crop. */
typedef struct sfd_view {
    double short_side;
    double x, y;       /* corner of the crop, in pixels of the picture before scaling */
    int width, height; /* of the crop, in pixels of the network; 0: the whole picture */
    bool flip;         /* left and right */
} sfd_view;

/* The view in which a network is tested: the whole picture at the configuration's size. */
sfd_view sfd_view_for_test(const sfd_net_config *c);

/* One of three crops of side x side pixels of a picture that is not scaled, along its longer side:
 * 0 at the left (or top), 1 in the middle, 2 at the right. PySlowFast's uniform_crop; MMAction2's
 * ThreeCrop, where the middle is rounded down and the right is as far from it as the left. */
sfd_view sfd_view_of_crop(int width, int height, int side, int crop, sfd_video_style style);

/* Network pixels per pixel of a width x height picture. */
double sfd_view_zoom(const sfd_view *v, int width, int height);

/* Size of a view of the whole of a width x height picture: the long side in proportion (rounded
 * down, or to nearest with round_long_side), both smaller where it would exceed max_long_side; or
 * the configuration's fixed_size. */
void sfd_view_size(const sfd_view *v, const sfd_net_config *c, int width, int height, int *in_width,
                   int *in_height);

/* Boxes as fractions of a width x height picture -> pixels of a view of the whole picture: clipped
 * to the last pixel, scaled by the long side's factor, mirrored where the view is, clipped again;
 * or, with boxes_scaled_per_axis, only scaled. */
void sfd_view_boxes(const sfd_view *v, const sfd_net_config *c, int width, int height,
                    const sfd_box_norm *boxes, size_t n, sfd_box_px *out);

#endif
