/* SPDX-License-Identifier: Apache-2.0 */
/* Depthwise convolutions: every channel by itself, so that a vector of channels is multiplied by a
 * vector of weights at each tap. Neighbouring outputs of a row share the load of the weights. */
#include "kernels/conv/cost_tmpl.h"
#include "kernels/conv/window_rows_tmpl.h"
#include "kernels/name.h"

#include <string.h>

#define DEPTH_BLOCK 4 /* neighbouring outputs */
#define DEPTH_ROWS  8 /* most output rows in a tile */

static bool depth_can(const sfd_conv_shape *s)
{
    return sfd_conv_is_f32(s) && s->groups > 1 && s->groups == s->cin && s->groups == s->cout &&
           s->kernel[0] * s->kernel[1] <= MAX_ROW_TAPS;
}

/* Channels, padded to vectors. */
static inline size_t depth_width(const sfd_conv_shape *s)
{
    return (sfd_conv_cout(s) + VEC - 1) / VEC * VEC;
}

static size_t depth_weight_floats(const sfd_conv_shape *s)
{
    return sfd_conv_taps(s) * depth_width(s);
}

/* [channel][taps] -> [taps][width] */
static void depth_prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    memset(prepared, 0, depth_weight_floats(s) * sizeof *prepared);
    for (size_t c = 0; c < sfd_conv_cout(s); c++)
        for (size_t tap = 0; tap < sfd_conv_taps(s); tap++)
            prepared[tap * depth_width(s) + c] = *w++;
}

static inline size_t depth_n_rows(const sfd_conv_shape *s)
{
    return (size_t)s->out[0] * (size_t)s->out[1];
}

static inline size_t depth_rows(const sfd_conv_shape *s)
{
    return sfd_conv_share(s, depth_n_rows(s), 1, DEPTH_ROWS);
}

static size_t depth_n_tiles(const sfd_conv_shape *s)
{
    return (depth_n_rows(s) + depth_rows(s) - 1) / depth_rows(s);
}

static size_t depth_scratch_floats(const sfd_conv_shape *s)
{
    (void)s;
    return 0;
}

/* ------------------------------------------------------------------ a row */

/* The input rows that an output row sees, with their weights. */
typedef struct depth_lines {
    size_t n;
    const float *x[MAX_ROW_TAPS], *w[MAX_ROW_TAPS];
} depth_lines;

static void depth_find_lines(const sfd_conv_shape *s, const sfd_conv_io *io, int t, int h,
                             depth_lines *lines)
{
    const size_t line = (size_t)s->kernel[2] * depth_width(s);
    lines->n = 0;
    for (int tap = 0; tap < s->kernel[0] * s->kernel[1]; tap++) {
        const int it = t * s->stride[0] - s->padding[0] + tap / s->kernel[1] * s->dilation[0];
        const int ih = h * s->stride[1] - s->padding[1] + tap % s->kernel[1] * s->dilation[1];
        if (it < 0 || it >= s->in[0] || ih < 0 || ih >= s->in[1])
            continue;
        lines->x[lines->n] = (const float *)io->x + sfd_conv_in_index(s, it, ih, 0) * s->x_ld;
        lines->w[lines->n++] = io->weights + (size_t)tap * line;
    }
}

/* Taps along a row that are inside the map for the output at v: [first, end). */
typedef struct depth_taps {
    int first, end;
} depth_taps;

static inline depth_taps depth_inside(const sfd_conv_shape *s, int v)
{
    const int start = v * s->stride[2] - s->padding[2], d = s->dilation[2];
    depth_taps taps = {0, s->kernel[2]};
    while (taps.first < taps.end && start + taps.first * d < 0)
        taps.first++;
    while (taps.end > taps.first && start + (taps.end - 1) * d >= s->in[2])
        taps.end--;
    return taps;
}

/* Fewer than VEC results. */
static __attribute__((noinline)) void depth_finish_part(const sfd_conv_shape *s,
                                                        const sfd_conv_io *io, size_t position,
                                                        size_t c, vec sum)
{
    float part[VEC];
    vec_store(part, sum);
    for (size_t i = 0; c + i < sfd_conv_cout(s); i++) {
        float value = part[i] + io->bias[c + i];
        if (io->residual)
            value += result_get(io->residual, position * s->residual_ld + c + i, SFD_F32);
        result_set(io->y, position * s->y_ld + c + i, SFD_F32, sfd_activate(value, s->activation));
    }
}

ALWAYS_INLINE void depth_finish(const sfd_conv_shape *s, const sfd_conv_io *io, size_t position,
                                size_t c, vec sum)
{
    if (sfd_conv_cout(s) - c < VEC) {
        depth_finish_part(s, io, position, c, sum);
        return;
    }
    sum = vec_add(sum, vec_load(io->bias + c));
    if (io->residual)
        sum = vec_add(sum, result_load(io->residual, position * s->residual_ld + c, SFD_F32));
    const vec result = s->activation == SFD_ACTIVATION_SILU   ? vec_silu(sum)
                       : s->activation == SFD_ACTIVATION_RELU ? vec_relu(sum)
                                                              : sum;
    result_store(io->y, position * s->y_ld + c, SFD_F32, result);
}

/* n neighbouring outputs from column v on, which see the same taps; `position` is the first one's.
 */
ALWAYS_INLINE void depth_outputs(const sfd_conv_shape *s, const sfd_conv_io *io,
                                 const depth_lines *lines, depth_taps taps, int v, size_t position,
                                 const int n)
{
    const size_t width = depth_width(s), next = (size_t)s->stride[2] * s->x_ld;
    const size_t from =
        (size_t)(v * s->stride[2] - s->padding[2] + taps.first * s->dilation[2]) * s->x_ld;
    for (size_t c = 0; c < sfd_conv_cout(s); c += VEC) {
        vec sum[DEPTH_BLOCK];
        for (int i = 0; i < n; i++)
            sum[i] = vec_set(0);
        for (size_t line = 0; line < lines->n; line++) {
            const float *x = lines->x[line] + from + c;
            const float *w = lines->w[line] + (size_t)taps.first * width + c;
            for (int tap = taps.first; tap < taps.end; tap++, w += width) {
                const vec weights = vec_load(w);
                UNROLL
                for (int i = 0; i < n; i++)
                    sum[i] = vec_fma(vec_load(x + (size_t)i * next), weights, sum[i]);
                x += (size_t)s->dilation[2] * s->x_ld;
            }
        }
        for (int i = 0; i < n; i++)
            depth_finish(s, io, position + (size_t)i, c, sum[i]);
    }
}

static void depth_run_row(const sfd_conv_shape *s, const sfd_conv_io *io, int t, int h)
{
    depth_lines lines;
    depth_find_lines(s, io, t, h, &lines);
    const size_t start = sfd_conv_out_index(s, t, h, 0);
    for (int v = 0; v < s->out[2];) {
        const depth_taps taps = depth_inside(s, v);
        const int last = v + DEPTH_BLOCK - 1;
        const depth_taps last_taps = last < s->out[2] ? depth_inside(s, last) : (depth_taps){0, 0};
        if (taps.first == 0 && last_taps.end == s->kernel[2] && taps.end == s->kernel[2]) {
            depth_outputs(s, io, &lines, taps, v, start + (size_t)v, DEPTH_BLOCK);
            v += DEPTH_BLOCK;
        } else {
            depth_outputs(s, io, &lines, taps, v, start + (size_t)v, 1);
            v++;
        }
    }
}

static void depth_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                           float *scratch)
{
    const size_t first = tile * depth_rows(s), height = (size_t)s->out[1];
    (void)scratch;
    for (size_t row = first; row < first + depth_rows(s) && row < depth_n_rows(s); row++)
        depth_run_row(s, io, (int)(row / height), (int)(row % height));
}

/* An input is loaded for every product, and the weights for every fourth. */
static double depth_cost(const sfd_conv_shape *s)
{
    const double products = cost_vectors(sfd_conv_cout(s)) * (double)sfd_conv_taps(s);
    return cost_positions(s, 1.25 * products + cost_results(sfd_conv_cout(s)));
}

const sfd_conv_algorithm SFD_NAME(sfd_conv_depthwise) = {
    .name = "depthwise",
    .rows_together = 1,
    .cost = depth_cost,
    .can = depth_can,
    .weight_floats = depth_weight_floats,
    .prepare = depth_prepare,
    .n_tiles = depth_n_tiles,
    .scratch_floats = depth_scratch_floats,
    .run_tile = depth_run_tile,
};
