/* SPDX-License-Identifier: Apache-2.0 */
/* Input descriptions, and filling input tensors. */
#include "input/input.h"

#include <math.h>

/* Columns of a view that are worked out at once. */
#define CHUNK 256

/* ------------------------------------------------------------------ descriptions */

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

static int pick_frame(const sfd_net_config *c, int i, int n)
{
    if (n == c->num_frames)
        return i;
    return c->slow_sampling == SFD_SLOW_STRIDE ? i * c->alpha
                                               : linspace_entry(i, n, c->num_frames - 1);
}

static void describe(sfd_pathway_input *in, const sfd_net_config *c, int pathway)
{
    in->n_frames = sfd_net_config_frames(c, pathway);
    in->channels = 3;
    in->bgr = c->bgr;
    for (int i = 0; i < in->n_frames; i++)
        in->frames[i] = (uint16_t)pick_frame(c, i, in->n_frames);
    for (int v = 0; v < 256; v++)
        for (int i = 0; i < 3; i++)
            in->values[v][i] = ((float)v / 255.0f - c->mean[i]) / c->std[i];
}

void sfd_input_make(sfd_input *in, const sfd_net_config *c)
{
    in->n_pathways = sfd_net_config_n_pathways(c);
    for (int p = 0; p < in->n_pathways; p++)
        describe(&in->pathways[p], c, p);
    in->n_views = 1;
    in->views[0] = sfd_view_for_test(c);
}

/* ------------------------------------------------------------------ pictures as they are */

/* A view that takes the picture's own pixels: nothing is scaled and the crop starts on a pixel. */
static bool is_plain(const sfd_view *v, double zoom)
{
    return zoom == 1 && v->x == floor(v->x) && v->y == floor(v->y);
}

static void fill_plain_row(const sfd_pathway_input *in, const uint8_t *rgb, int n, bool flip,
                           float *out)
{
    const ptrdiff_t step = flip ? -3 : 3;
    const uint8_t *at = flip ? rgb + 3 * ((size_t)n - 1) : rgb;
    for (int i = 0; i < n; i++, at += step) {
        *out++ = in->values[at[0]][0];
        *out++ = in->values[at[1]][1];
        *out++ = in->values[at[2]][2];
    }
}

static void fill_plain(const sfd_pathway_input *in, const uint8_t *rgb, size_t stride,
                       const sfd_view *v, float *out)
{
    for (int y = 0; y < v->height; y++)
        fill_plain_row(in, rgb + ((size_t)v->y + (size_t)y) * stride + 3 * (size_t)v->x, v->width,
                       v->flip, out + 3 * (size_t)y * (size_t)v->width);
}

/* ------------------------------------------------------------------ scaled pictures */

/* Source columns (or rows) of a view's pixels: left neighbour and weight of the right one. */
typedef struct tap {
    int at, next;
    float weight;
} tap;

/* The tap of pixel i of a line whose first pixel lies at `start`, of a picture with `size` columns.
 */
static tap make_tap(int i, double start, double zoom, int size)
{
    const double p = start + (i + 0.5) / zoom - 0.5;
    const double inside = fmin(fmax(p, 0), size - 1);
    const int at = (int)inside;
    return (tap){at, at + 1 < size ? at + 1 : at, (float)(inside - at)};
}

static void fill_scaled_row(const sfd_pathway_input *in, const uint8_t *top, const uint8_t *bottom,
                            float down, const tap *columns, int n, float *out)
{
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 3; c++) {
            const int left = 3 * columns[i].at + c, right = 3 * columns[i].next + c;
            const float w = columns[i].weight;
            const float upper = in->values[top[left]][c] * (1 - w) + in->values[top[right]][c] * w;
            const float lower =
                in->values[bottom[left]][c] * (1 - w) + in->values[bottom[right]][c] * w;
            *out++ = upper * (1 - down) + lower * down;
        }
}

/* Scaling and cropping are one bilinear step. */
static void fill_scaled(const sfd_pathway_input *in, const uint8_t *rgb,
                        const sfd_clip_pictures *clip, const sfd_view *v, double zoom, float *out)
{
    tap columns[CHUNK];
    for (int x = 0; x < v->width; x += CHUNK) {
        const int n = v->width - x < CHUNK ? v->width - x : CHUNK;
        for (int i = 0; i < n; i++)
            columns[i] =
                make_tap(v->flip ? v->width - 1 - (x + i) : x + i, v->x, zoom, clip->width);
        for (int y = 0; y < v->height; y++) {
            const tap row = make_tap(y, v->y, zoom, clip->height);
            fill_scaled_row(in, rgb + (size_t)row.at * clip->stride_bytes,
                            rgb + (size_t)row.next * clip->stride_bytes, row.weight, columns, n,
                            out + 3 * ((size_t)y * (size_t)v->width + (size_t)x));
        }
    }
}

static void reverse_channels(float *pixels, size_t n)
{
    for (size_t i = 0; i < n; i++, pixels += 3) {
        const float first = pixels[0];
        pixels[0] = pixels[2];
        pixels[2] = first;
    }
}

void sfd_input_fill(const sfd_pathway_input *in, int i, const sfd_clip_pictures *clip,
                    const sfd_view *view, float *out)
{
    const uint8_t *rgb = clip->rgb[in->frames[i]];
    const double zoom = sfd_view_zoom(view, clip->width, clip->height);
    if (is_plain(view, zoom))
        fill_plain(in, rgb, clip->stride_bytes, view, out);
    else
        fill_scaled(in, rgb, clip, view, zoom, out);
    if (in->bgr)
        reverse_channels(out, (size_t)view->width * (size_t)view->height);
}
