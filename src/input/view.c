/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes of views, and boxes in them. */
#include "input/view.h"

#include <limits.h>
#include <math.h>

sfd_view sfd_view_for_test(const sfd_net_config *c)
{
    return (sfd_view){.short_side = c->test_crop_size, .flip = c->flip};
}

/* Half of what is left over; nothing or all of it at the ends of the longer side. */
static int crop_offset(int size, int side, int crop, bool longer, sfd_video_style style)
{
    const int left = size - side;
    if (style == SFD_VIDEO_MMACTION2)
        return left / 2 * (longer ? crop : 1);
    return !longer || crop == 1 ? (left + 1) / 2 : crop == 0 ? 0 : left;
}

sfd_view sfd_view_of_crop(int width, int height, int side, int crop, sfd_video_style style)
{
    return (sfd_view){.short_side = width < height ? width : height,
                      .x = crop_offset(width, side, crop, width >= height, style),
                      .y = crop_offset(height, side, crop, height > width, style),
                      .width = side,
                      .height = side};
}

double sfd_view_zoom(const sfd_view *v, int width, int height)
{
    return v->short_side / (width < height ? width : height);
}

static int to_size(double v)
{
    return v < 1 ? 1 : v > INT_MAX ? INT_MAX : (int)v;
}

/* mmcv's rescale_size: as large as fits both the longer and the shorter limit. */
static bool fit_long_side(const sfd_view *v, const sfd_net_config *c, int width, int height,
                          int *in_width, int *in_height)
{
    const double long_side = width < height ? height : width,
                 short_side = width < height ? width : height,
                 by_long = c->max_long_side / long_side, by_short = v->short_side / short_side;
    if (c->max_long_side == 0 || by_short <= by_long)
        return false;
    *in_width = to_size(floor(width * by_long + 0.5));
    *in_height = to_size(floor(height * by_long + 0.5));
    return true;
}

/* The order of the operations is that of the code base whose sizes are matched: PySlowFast divides
 * the sides, mmcv first forms the scale. */
static int scaled_long_side(const sfd_view *v, const sfd_net_config *c, int long_side,
                            int short_side)
{
    if (c->round_long_side)
        return to_size(floor((double)long_side * (v->short_side / short_side) + 0.5));
    return to_size(floor((double)long_side / short_side * v->short_side));
}

void sfd_view_size(const sfd_view *v, const sfd_net_config *c, int width, int height, int *in_width,
                   int *in_height)
{
    const int size = to_size(v->short_side);
    if (c->fixed_size[0] > 0) {
        *in_width = c->fixed_size[0];
        *in_height = c->fixed_size[1];
    } else if (fit_long_side(v, c, width, height, in_width, in_height)) {
        return;
    } else if (width < height) {
        *in_width = size;
        *in_height = width == size ? height : scaled_long_side(v, c, height, width);
    } else {
        *in_width = height == size ? width : scaled_long_side(v, c, width, height);
        *in_height = size;
    }
}

static double clip_to(double v, int n)
{
    return fmin(n - 1.0, fmax(0.0, v));
}

/* A mirrored box is PySlowFast's, which counts the last column as in_width - 1. */
static sfd_box_px map_clipped(const sfd_box_norm *b, int width, int height, int in_width,
                              int in_height, bool flip)
{
    double scale = width < height ? (double)in_height / height : (double)in_width / width;
    double x1 = clip_to(b->x1 * width, width) * scale, x2 = clip_to(b->x2 * width, width) * scale;
    if (flip) {
        const double left = in_width - x2 - 1;
        x2 = in_width - x1 - 1;
        x1 = left;
    }
    return (sfd_box_px){
        .x1 = (float)clip_to(x1, in_width),
        .y1 = (float)clip_to(clip_to(b->y1 * height, height) * scale, in_height),
        .x2 = (float)clip_to(x2, in_width),
        .y2 = (float)clip_to(clip_to(b->y2 * height, height) * scale, in_height),
    };
}

/* MMAction2 keeps boxes and factors in float32. */
static sfd_box_px map_per_axis(const sfd_box_norm *b, int width, int height, int in_width,
                               int in_height)
{
    float sx = (float)((double)in_width / width), sy = (float)((double)in_height / height);
    return (sfd_box_px){
        .x1 = (float)(b->x1 * width) * sx,
        .y1 = (float)(b->y1 * height) * sy,
        .x2 = (float)(b->x2 * width) * sx,
        .y2 = (float)(b->y2 * height) * sy,
    };
}

void sfd_view_boxes(const sfd_view *v, const sfd_net_config *c, int width, int height,
                    const sfd_box_norm *boxes, size_t n, sfd_box_px *out)
{
    int in_width, in_height;
    sfd_view_size(v, c, width, height, &in_width, &in_height);
    for (size_t i = 0; i < n; i++)
        out[i] = c->boxes_scaled_per_axis
                     ? map_per_axis(&boxes[i], width, height, in_width, in_height)
                     : map_clipped(&boxes[i], width, height, in_width, in_height, v->flip);
}
