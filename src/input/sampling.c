/* SPDX-License-Identifier: Apache-2.0 */
/* From video and boxes to the network's input: which frames, which size, which pixels. */
#include "input/sampling.h"

#include <limits.h>
#include <math.h>

/* Far beyond any video, far below overflow in what follows. */
#define MAX_CENTRE_FRAME ((int64_t)1 << 52)

static int64_t keyframe_number(double timestamp_s)
{
    double frame = round(timestamp_s * SFD_TIMELINE_FPS);
    if (!(frame > -(double)MAX_CENTRE_FRAME))
        return -MAX_CENTRE_FRAME;
    return frame < (double)MAX_CENTRE_FRAME ? (int64_t)frame : MAX_CENTRE_FRAME;
}

static int64_t clamp_frame(int64_t i, int64_t total_frames)
{
    if (total_frames > 0 && i > total_frames - 1)
        i = total_frames - 1;
    return i > 0 ? i : 0;
}

void sfd_clip_frames(const sfd_net_config *c, double timestamp_s, int64_t total_frames,
                     int64_t *frames, int64_t *centre)
{
    *centre = keyframe_number(timestamp_s);
    int64_t half = (int64_t)c->num_frames * c->sampling_rate / 2;
    int64_t first = *centre + c->centre_offset_frames - half;
    for (int i = 0; i < c->num_frames; i++)
        frames[i] = clamp_frame(first + (int64_t)i * c->sampling_rate, total_frames);
}

/* torch.linspace(0, last, n) in float32, truncated, as PyTorch's x86 build computes it: counted
 * from the nearer end, runs of 16 entries in two vectors of 8 lanes whose first lane alone is
 * counted so (aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp). It is one below the exact floor
 * at some odd lengths. */
static int linspace_entry(int i, int n, int last)
{
    if (n == 1)
        return 0;
    float step = (float)last / (float)(n - 1);
    int lane = i < n / 16 * 16 ? i % 8 : 0, base = i - lane;
    float v = base < n / 2 ? step * (float)base : fmaf(-step, (float)(n - 1 - base), (float)last);
    return (int)(v + step * (float)lane);
}

int sfd_slow_indices(const sfd_net_config *c, int *indices)
{
    int n = c->num_frames / c->alpha;
    for (int i = 0; i < n; i++)
        indices[i] = c->slow_sampling == SFD_SLOW_STRIDE ? i * c->alpha
                                                         : linspace_entry(i, n, c->num_frames - 1);
    return n;
}

static int to_size(double v)
{
    return v < 1 ? 1 : v > INT_MAX ? INT_MAX : (int)v;
}

/* The order of the operations is that of the code base whose sizes are matched: PySlowFast divides
 * the sides, mmcv first forms the scale. */
static int scaled_long_side(const sfd_net_config *c, int long_side, int short_side)
{
    double size = c->test_crop_size;
    if (c->round_long_side)
        return to_size(floor((double)long_side * (size / short_side) + 0.5));
    return to_size(floor((double)long_side / short_side * size));
}

void sfd_input_size(const sfd_net_config *c, int width, int height, int *in_width, int *in_height)
{
    int size = c->test_crop_size;
    if (width < height) {
        *in_width = size;
        *in_height = width == size ? height : scaled_long_side(c, height, width);
    } else {
        *in_width = height == size ? width : scaled_long_side(c, width, height);
        *in_height = size;
    }
}

static double clip_to(double v, int n)
{
    return fmin(n - 1.0, fmax(0.0, v));
}

static sfd_box_px map_clipped(const sfd_box_norm *b, int width, int height, int in_width,
                              int in_height)
{
    double scale = width < height ? (double)in_height / height : (double)in_width / width;
    return (sfd_box_px){
        .x1 = (float)clip_to(clip_to(b->x1 * width, width) * scale, in_width),
        .y1 = (float)clip_to(clip_to(b->y1 * height, height) * scale, in_height),
        .x2 = (float)clip_to(clip_to(b->x2 * width, width) * scale, in_width),
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

void sfd_map_boxes(const sfd_net_config *c, int width, int height, const sfd_box_norm *boxes,
                   size_t n, sfd_box_px *out)
{
    int in_width, in_height;
    sfd_input_size(c, width, height, &in_width, &in_height);
    for (size_t i = 0; i < n; i++)
        out[i] = c->boxes_scaled_per_axis
                     ? map_per_axis(&boxes[i], width, height, in_width, in_height)
                     : map_clipped(&boxes[i], width, height, in_width, in_height);
}
