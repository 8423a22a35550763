/* SPDX-License-Identifier: Apache-2.0 */
/* 3x1x1 convolutions at stride 1 by Winograd F(4,3) along time: 1.5 multiplications per output
 * instead of 3. A thread's tile is a run of positions of a frame at four output times (six input
 * frames). */
#include "kernels/conv/cost_tmpl.h"
#include "kernels/conv/winograd_product_tmpl.h"
#include "kernels/conv/winograd_tmpl.h"
#include "kernels/name.h"

#include <string.h>

static bool wino_t_can(const sfd_conv_shape *s)
{
    for (int axis = 0; axis < 3; axis++)
        if (s->stride[axis] != 1 || s->kernel[axis] != (axis ? 1 : 3) ||
            s->padding[axis] != (axis ? 0 : 1))
            return false;
    return element_can(s) && s->groups == 1 && s->dilation[0] == 1 && s->cin % VEC == 0 &&
           s->cout % VEC == 0;
}

static size_t wino_t_weight_floats(const sfd_conv_shape *s)
{
    return WINO_IN * gemm_packed_words(sfd_conv_cout(s), words(sfd_conv_cin(s)));
}

static void wino_t_prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    const size_t n = sfd_conv_cout(s), k = words(sfd_conv_cin(s)), plane = gemm_packed_words(n, k);
    for (size_t co = 0; co < n; co++)
        for (size_t ci = 0; ci < sfd_conv_cin(s); ci++, w += 3) {
            double u[WINO_IN];
            wino_filter((double[3]){w[0], w[1], w[2]}, u);
            for (size_t i = 0; i < WINO_IN; i++)
                gemm_set_weight(prepared + i * plane, n, k, ci, co, (float)u[i]);
        }
}

static inline size_t wino_t_time_groups(const sfd_conv_shape *s)
{
    return (size_t)((s->out[0] + WINO_OUT - 1) / WINO_OUT);
}

#define WINO_T_POSITIONS 176 /* most in a tile: many, so that weights are read seldom */

static inline size_t wino_t_rows(const sfd_conv_shape *s)
{
    const size_t positions = sfd_conv_out_frame(s);
    return sfd_conv_share(s, positions * wino_t_time_groups(s), 28, WINO_T_POSITIONS);
}

static inline size_t wino_t_per_frame(const sfd_conv_shape *s)
{
    return (sfd_conv_out_frame(s) + wino_t_rows(s) - 1) / wino_t_rows(s);
}

static size_t wino_t_n_tiles(const sfd_conv_shape *s)
{
    return wino_t_time_groups(s) * wino_t_per_frame(s);
}

static inline size_t wino_t_columns(const sfd_conv_shape *s)
{
    return s->cout < 256 ? sfd_conv_cout(s) : 256;
}

static inline size_t wino_t_in_plane(const sfd_conv_shape *s)
{
    return wino_t_rows(s) * wino_in_row(s) + WINO_PAD;
}

static inline size_t wino_t_out_plane(const sfd_conv_shape *s)
{
    return wino_t_rows(s) * wino_t_columns(s) + WINO_PAD;
}

static size_t wino_t_scratch_floats(const sfd_conv_shape *s)
{
    return WINO_IN * (words(wino_t_in_plane(s)) + wino_t_out_plane(s)) + sfd_conv_cin(s);
}

/* Six frames' rows at the same position -> [plane][channel]. */
static void wino_t_transform_input(const sfd_conv_shape *s, const element *const at[WINO_IN],
                                   element *to, size_t plane)
{
    for (size_t c = 0; c < sfd_conv_cin(s); c += VEC) {
        vec d[WINO_IN];
        for (int i = 0; i < WINO_IN; i++)
            d[i] = element_load(at[i] + c);
        wino_input(d, d);
        for (int i = 0; i < WINO_IN; i++)
            element_store(to + (size_t)i * plane + c, d[i]);
    }
}

/* Writes some channels of one position's outputs at up to four times; m are its products at the
 * first point. */
static void wino_t_transform_output(const sfd_conv_shape *s, const sfd_conv_io *io, int t, size_t p,
                                    const float *m, size_t plane, wino_columns columns)
{
    const size_t frame = sfd_conv_out_frame(s);
    for (size_t i_c = 0, c = columns.first; i_c < columns.n; i_c += VEC, c += VEC) {
        vec product[WINO_IN], y[WINO_OUT];
        for (int i = 0; i < WINO_IN; i++)
            product[i] = vec_load(m + (size_t)i * plane + i_c);
        wino_output(product, y);
        const vec bias = vec_load(io->bias + c);
        for (int i = 0; i < WINO_OUT && t + i < s->out[0]; i++) {
            const size_t at = (size_t)(t + i) * frame + p;
            vec value = vec_add(y[i], bias);
            if (io->residual)
                value = vec_add(
                    value, result_load(io->residual, at * s->residual_ld + c, s->residual_type));
            result_store(io->y, at * s->y_ld + c, s->y_type,
                         s->activation == SFD_ACTIVATION_RELU ? vec_relu(value) : value);
        }
    }
    for (int i = 0; s->activation == SFD_ACTIVATION_SILU && i < WINO_OUT && t + i < s->out[0]; i++)
        result_silu(io->y, ((size_t)(t + i) * frame + p) * s->y_ld + columns.first, s->y_type,
                    columns.n);
}

/* Transforms the inputs of the block's positions, from p on, for the outputs at t and after. */
static void wino_t_gather(const sfd_conv_shape *s, const sfd_conv_io *io, int t, size_t p,
                          const wino_block *b)
{
    const size_t frame = sfd_conv_in_frame(s);
    memset(b->zeros, 0, sfd_conv_cin(s) * sizeof *b->zeros);
    for (size_t r = 0; r < b->n; r++) {
        const element *at[WINO_IN];
        for (int i = 0; i < WINO_IN; i++) {
            const int it = t + i - 1;
            const bool inside = it >= 0 && it < s->in[0];
            at[i] =
                inside ? (const element *)io->x + ((size_t)it * frame + p + r) * s->x_ld : b->zeros;
        }
        wino_t_transform_input(s, at, b->in + r * wino_in_row(s), b->in_plane);
    }
}

static void wino_t_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                            float *scratch)
{
    const size_t positions = sfd_conv_out_frame(s), n = wino_t_per_frame(s);
    const int t = (int)(tile / n) * WINO_OUT;
    const size_t p = positions * (tile % n) / n;
    wino_block b = {.n = positions * (tile % n + 1) / n - p,
                    .in = (element *)scratch,
                    .in_plane = wino_t_in_plane(s),
                    .out_plane = wino_t_out_plane(s)};
    b.out = scratch + WINO_IN * words(b.in_plane);
    b.zeros = (element *)(b.out + WINO_IN * b.out_plane);
    wino_t_gather(s, io, t, p, &b);
    for (size_t first = 0; first < sfd_conv_cout(s); first += wino_t_columns(s)) {
        const wino_columns columns = wino_columns_from(s, first, wino_t_columns(s));
        wino_multiply(s, io->weights, WINO_IN, &b, columns);
        for (size_t r = 0; r < b.n; r++)
            wino_t_transform_output(s, io, t, p + r, b.out + r * columns.n, b.out_plane, columns);
    }
}

#define COST_WINO_T 30.0 /* a vector of channels at four times transformed, inputs or outputs */

static double wino_t_cost(const sfd_conv_shape *s)
{
    const size_t n = sfd_conv_cout(s), k = words(sfd_conv_cin(s));
    const double products =
        WINO_IN * cost_product(n, k) + cost_weights(n, WINO_IN * k, WINO_T_POSITIONS);
    const double transforms = (double)(s->cin + s->cout) / VEC * COST_WINO_T;
    return cost_positions(s, (products + transforms) / WINO_OUT);
}

const sfd_conv_algorithm CONV_NAME(sfd_conv_winograd_t) = {
    .name = CONV_LABEL("winograd_t"),
    .rows_together = 1,
    .transforms = true,
    .cost = wino_t_cost,
    .can = wino_t_can,
    .weight_floats = wino_t_weight_floats,
    .prepare = wino_t_prepare,
    .n_tiles = wino_t_n_tiles,
    .scratch_floats = wino_t_scratch_floats,
    .run_tile = wino_t_run_tile,
};
