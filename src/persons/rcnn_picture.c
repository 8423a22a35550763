/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/rcnn_picture.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_SIDE 800
#define LONG_SIDE  1333
#define DIVISOR    32

/* ------------------------------------------------------------------ sizes */

/* Detectron2 rounds halves up and shortens the long side in a second step. */
static void size_pillow(sfd_rcnn_sizes *s)
{
    const double shorter = fmin(s->width, s->height);
    double scale = SHORT_SIDE / shorter;
    double width = s->width <= s->height ? SHORT_SIDE : scale * s->width;
    double height = s->width <= s->height ? scale * s->height : SHORT_SIDE;
    if (fmax(width, height) > LONG_SIDE) {
        scale = LONG_SIDE / fmax(width, height);
        width *= scale;
        height *= scale;
    }
    s->in_width = (int)(width + 0.5);
    s->in_height = (int)(height + 0.5);
}

static double fitting_scale(const sfd_rcnn_sizes *s)
{
    return fmin(LONG_SIDE / fmax(s->width, s->height), SHORT_SIDE / fmin(s->width, s->height));
}

static void size_opencv(sfd_rcnn_sizes *s)
{
    s->scale = fitting_scale(s);
    s->in_width = (int)(s->width * s->scale + 0.5);
    s->in_height = (int)(s->height * s->scale + 0.5);
}

/* Detectron allows the long side to be rounded down to its limit; halves go to even numbers. */
static void size_opencv_float(sfd_rcnn_sizes *s)
{
    const double longer = fmax(s->width, s->height);
    s->scale = SHORT_SIDE / fmin(s->width, s->height);
    if (rint(s->scale * longer) > LONG_SIDE)
        s->scale = LONG_SIDE / longer;
    s->in_width = (int)rint(s->width * s->scale);
    s->in_height = (int)rint(s->height * s->scale);
}

/* torchvision's factor is a float, and PyTorch divides a number by a tensor as it multiplies the
 * reciprocal: 640x480 becomes 1066x800, which 800.0F / 480.0F would make 1066x799. */
static void size_torch(sfd_rcnn_sizes *s)
{
    const float shorter = (float)fmin(s->width, s->height),
                longer = (float)fmax(s->width, s->height);
    s->scale = fminf(1 / shorter * SHORT_SIDE, 1 / longer * LONG_SIDE);
    s->in_width = (int)floor(s->width * s->scale);
    s->in_height = (int)floor(s->height * s->scale);
}

static int pad(int n)
{
    return (n + DIVISOR - 1) / DIVISOR * DIVISOR;
}

sfd_rcnn_sizes sfd_rcnn_sizes_of(const sfd_rcnn_convention *v, int width, int height)
{
    static void (*const rules[])(sfd_rcnn_sizes *) = {
        [SFD_RCNN_RESIZE_PILLOW] = size_pillow,
        [SFD_RCNN_RESIZE_OPENCV] = size_opencv,
        [SFD_RCNN_RESIZE_OPENCV_FLOAT] = size_opencv_float,
        [SFD_RCNN_RESIZE_TORCH] = size_torch,
    };
    sfd_rcnn_sizes s = {.width = width, .height = height, .scale = 1};
    rules[v->resize](&s);
    s.in_width = s.in_width > 0 ? s.in_width : 1;
    s.in_height = s.in_height > 0 ? s.in_height : 1;
    s.padded_width = pad(s.in_width);
    s.padded_height = pad(s.in_height);
    return s;
}

sfd_box_px sfd_rcnn_box_back(const sfd_rcnn_convention *v, const sfd_rcnn_sizes *s,
                             const sfd_box_px *box)
{
    sfd_box_px b = *box;
    if (v->resize == SFD_RCNN_RESIZE_OPENCV_FLOAT) {
        const float scale = (float)s->scale;
        return (sfd_box_px){b.x1 / scale, b.y1 / scale, b.x2 / scale, b.y2 / scale};
    }
    const float x = (float)s->width / (float)s->in_width;
    const float y = (float)s->height / (float)s->in_height;
    return (sfd_box_px){b.x1 * x, b.y1 * y, b.x2 * x, b.y2 * y};
}

/* ------------------------------------------------------------------ pixels */

/* What a byte becomes, by colour (R, G, B). */
static void set_values(const sfd_rcnn_convention *v, float values[256][3])
{
    for (int i = 0; i < 256; i++)
        for (int c = 0; c < 3; c++) {
            const int channel = v->bgr ? 2 - c : c;
            values[i][c] = ((float)i - v->mean[channel]) / v->std[channel];
        }
}

/* Into the map's order of channels, from R, G, B. */
static void order_channels(const sfd_rcnn_sizes *s, const sfd_map *input)
{
    float *at = input->data;
    const size_t n = (size_t)s->padded_width * (size_t)s->in_height;
    for (size_t i = 0; i < n; i++, at += input->ld) {
        const float red = at[0];
        at[0] = at[2];
        at[2] = red;
    }
}

static sfd_status resize_bytes(const sfd_rcnn_convention *v, const sfd_rcnn_sizes *s,
                               const sfd_rgb *picture, const float values[256][3],
                               const sfd_map *input, sfd_error *err)
{
    sfd_rgb small = {s->in_width, s->in_height, 3 * (size_t)s->in_width, NULL};
    small.rgb = sfd_malloc_array((size_t)small.height, small.stride_bytes);
    if (!small.rgb)
        return sfd_fail_nomem(err, "resizing a picture");
    sfd_status status = v->resize == SFD_RCNN_RESIZE_PILLOW
                            ? sfd_resize_antialiased(&small, picture, err)
                            : sfd_resize_linear(&small, picture, err);
    for (size_t y = 0; status == SFD_OK && y < (size_t)small.height; y++) {
        float *out = (float *)input->data + y * (size_t)s->padded_width * input->ld;
        const uint8_t *in = small.rgb + y * small.stride_bytes;
        for (int x = 0; x < small.width; x++, out += input->ld, in += 3)
            for (int c = 0; c < 3; c++)
                out[c] = values[in[c]][c];
    }
    free(small.rgb);
    return status;
}

sfd_status sfd_rcnn_fill(const sfd_rcnn_convention *v, const sfd_rcnn_sizes *s,
                         const sfd_rgb *picture, const sfd_map *input, sfd_error *err)
{
    const sfd_float_picture to = {s->in_width, s->in_height, (size_t)s->padded_width, input->ld,
                                  input->data};
    const bool by_factor = v->resize == SFD_RCNN_RESIZE_OPENCV_FLOAT;
    float values[256][3];
    set_values(v, values);
    memset(input->data, 0, sfd_map_positions(input) * input->ld * sizeof(float));
    sfd_status status;
    if (by_factor || v->resize == SFD_RCNN_RESIZE_TORCH)
        status = sfd_resize_floats(
            &to, picture, values, by_factor ? 1 / s->scale : (double)s->width / s->in_width,
            by_factor ? 1 / s->scale : (double)s->height / s->in_height, by_factor, err);
    else
        status = resize_bytes(v, s, picture, values, input, err);
    if (v->bgr)
        order_channels(s, input);
    return status;
}
