/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/anchors.h"

#include <math.h>

#define SIDE_IN_STRIDES 8 /* a square anchor: 32 pixels at stride 4 */

/* A box around a centre. Pixels: sides reach from the first pixel to the last one. */
static sfd_box_px around(double centre, double width, double height)
{
    return (sfd_box_px){(float)(centre - width / 2), (float)(centre - height / 2),
                        (float)(centre + width / 2), (float)(centre + height / 2)};
}

/* Detectron's: a cell's whole sides of the ratio (halves to even), then eight times as long. */
static sfd_box_px make_in_pixels(double stride, double ratio)
{
    const double width = rint(sqrt(stride * stride / ratio)), height = rint(width * ratio);
    return around((stride - 1) / 2, SIDE_IN_STRIDES * width - 1, SIDE_IN_STRIDES * height - 1);
}

static sfd_box_px make_rounded(sfd_box_px b)
{
    return (sfd_box_px){rintf(b.x1), rintf(b.y1), rintf(b.x2), rintf(b.y2)};
}

sfd_anchors sfd_anchors_make(sfd_rcnn_anchors rule, int level, int width, int height,
                             int picture_width, int picture_height)
{
    static const double ratios[SFD_RCNN_ANCHORS] = {0.5, 1, 2};
    const int stride = SFD_RCNN_FIRST_STRIDE << level;
    const double side = SIDE_IN_STRIDES * stride;
    sfd_anchors a = {.step_x = (float)stride, .step_y = (float)stride};
    if (rule == SFD_RCNN_ANCHORS_ROUNDED) {
        a.step_x = (float)(picture_width / width);
        a.step_y = (float)(picture_height / height);
    }
    for (int i = 0; i < SFD_RCNN_ANCHORS; i++) {
        a.first[i] = around(0, side / sqrt(ratios[i]), side * sqrt(ratios[i]));
        if (rule == SFD_RCNN_ANCHORS_ROUNDED)
            a.first[i] = make_rounded(a.first[i]);
        else if (rule == SFD_RCNN_ANCHORS_PIXELS)
            a.first[i] = make_in_pixels(stride, ratios[i]);
    }
    return a;
}
