/* SPDX-License-Identifier: Apache-2.0 */
/* The planar kernel with Winograd F(4,5) along time, for stems of five frames (the fast pathway's
 * 5x7x7): eight products give four frames instead of twenty. Interpolation points 0, +-1/2, +-1,
 * +-2 and infinity [A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR
 * 2016]; with three input channels, transforming them costs little.
 *
 *   eight frames' planes --transform--> eight planes --8 spatial convolutions--> sums --> four
 * frames
 *
 * A tile is a band of output rows in all frames, as the planar kernel's. */
#include "kernels/conv/planar_band_tmpl.h"
#include "kernels/name.h"

#define PLANAR_T_IN   8 /* input frames, products */
#define PLANAR_T_OUT  4 /* output frames */
#define PLANAR_T_TAPS 5

static bool planar_t_can(const sfd_conv_shape *s)
{
    return planar_can(s) && s->kernel[0] == PLANAR_T_TAPS && s->stride[0] == 1 &&
           s->padding[0] == PLANAR_T_TAPS / 2;
}

/* A product as a convolution: the layer without time. */
static inline sfd_conv_shape planar_t_product(const sfd_conv_shape *s)
{
    sfd_conv_shape product = *s;
    product.kernel[0] = 1;
    return product;
}

static size_t planar_t_weight_floats(const sfd_conv_shape *s)
{
    const sfd_conv_shape product = planar_t_product(s);
    return PLANAR_T_IN * planar_weight_floats(&product);
}

/* Filter taps g -> u: the filter's value at each point p, over the product of p's distances from
 * the other points; at infinity its last tap. In double: done once, and its rounding would stay. */
static void planar_t_filter(const double g[PLANAR_T_TAPS], double u[PLANAR_T_IN])
{
    static const double points[PLANAR_T_IN - 1] = {0, 0.5, -0.5, 1, -1, 2, -2};
    for (int i = 0; i < PLANAR_T_IN - 1; i++) {
        const double p = points[i];
        double distances = 1;
        for (int j = 0; j < PLANAR_T_IN - 1; j++)
            distances *= j == i ? 1 : p - points[j];
        u[i] = (g[0] + p * (g[1] + p * (g[2] + p * (g[3] + p * g[4])))) / distances;
    }
    u[PLANAR_T_IN - 1] = g[PLANAR_T_TAPS - 1];
}

/* [cout][cin][5][kh][kw] -> [8] planar weights of a product */
static void planar_t_prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    const sfd_conv_shape product = planar_t_product(s);
    const size_t n = planar_weight_floats(&product);
    const size_t kw = (size_t)s->kernel[2], spatial = (size_t)s->kernel[1] * kw;
    for (size_t co = 0; co < sfd_conv_cout(s); co++)
        for (size_t ci = 0; ci < sfd_conv_cin(s); ci++, w += PLANAR_T_TAPS * spatial)
            for (size_t i = 0; i < spatial; i++) {
                double g[PLANAR_T_TAPS], u[PLANAR_T_IN];
                for (size_t t = 0; t < PLANAR_T_TAPS; t++)
                    g[t] = w[t * spatial + i];
                planar_t_filter(g, u);
                const size_t at = planar_weight_index(&product, co, ci, i / kw, i % kw);
                for (size_t j = 0; j < PLANAR_T_IN; j++)
                    prepared[j * n + at] = (float)u[j];
            }
}

/* ------------------------------------------------------------------ scratch memory */

/* Floats of one frame's lines under a band. */
static inline size_t planar_t_frame(const sfd_conv_shape *s)
{
    return planar_span(s) * planar_line(s);
}

/* Floats of one product's sums of an output row. */
static inline size_t planar_t_sums(const sfd_conv_shape *s)
{
    return sfd_conv_cout(s) * planar_vecs_across(s) * VEC;
}

static size_t planar_t_scratch_floats(const sfd_conv_shape *s)
{
    return PLANAR_T_IN * (2 * planar_t_frame(s) + planar_t_sums(s));
}

/* ------------------------------------------------------------------ transforms */

/* The products with points +p and -p, whose even and odd powers are the same but for their sign:
 * what is left of x (x^2 - 1/4) (x^2 - 1) (x^2 - 4) without (x - p), with q and r the squares of
 * the other two pairs. */
ALWAYS_INLINE void planar_t_pair(const vec d[PLANAR_T_IN], float p, float q, float r, vec t[2])
{
    const vec sum = vec_set(-(q + r)), product = vec_set(q * r);
    const vec even = vec_fma(product, d[2], vec_fma(sum, d[4], d[6]));
    const vec odd = vec_fma(product, d[1], vec_fma(sum, d[3], d[5]));
    t[0] = vec_fma(vec_set(p), odd, even);
    t[1] = vec_fma(vec_set(-p), odd, even);
}

/* x^6 - 21/4 x^4 + 21/4 x^2 - 1 of every second input: point 0 from d[0], infinity from d[1] on. */
ALWAYS_INLINE vec planar_t_end(const vec *d)
{
    return vec_fma(vec_set(5.25f), vec_sub(d[2], d[4]), vec_sub(d[6], d[0]));
}

/* Eight frames [8][n] -> [8][n]; frames[i] is frame number i. */
static void planar_t_transform_input(const float *const frames[PLANAR_T_IN], size_t n, float *to)
{
    for (size_t at = 0; at < n; at += VEC) {
        vec d[PLANAR_T_IN], t[PLANAR_T_IN];
        for (int i = 0; i < PLANAR_T_IN; i++)
            d[i] = vec_load(frames[i] + at);
        t[0] = planar_t_end(d);
        planar_t_pair(d, 0.5f, 1, 4, t + 1);
        planar_t_pair(d, 1, 0.25f, 4, t + 3);
        planar_t_pair(d, 2, 0.25f, 1, t + 5);
        t[7] = planar_t_end(d + 1);
        for (int i = 0; i < PLANAR_T_IN; i++)
            vec_store(to + (size_t)i * n + at, t[i]);
    }
}

/* Products [8][n] -> output frames, in the place of the first four. */
static void planar_t_transform_output(float *sums, size_t n)
{
    const vec half = vec_set(0.5f), two = vec_set(2);
    const vec quarter = vec_set(0.25f), four = vec_set(4);
    const vec eighth = vec_set(0.125f), eight = vec_set(8);
    for (float *at = sums; at < sums + n; at += VEC) {
        vec m[PLANAR_T_IN];
        for (int i = 0; i < PLANAR_T_IN; i++)
            m[i] = vec_load(at + (size_t)i * n);
        const vec even_half = vec_add(m[1], m[2]), odd_half = vec_sub(m[1], m[2]);
        const vec even_one = vec_add(m[3], m[4]), odd_one = vec_sub(m[3], m[4]);
        const vec even_two = vec_add(m[5], m[6]), odd_two = vec_sub(m[5], m[6]);
        vec_store(at, vec_add(vec_add(m[0], even_half), vec_add(even_one, even_two)));
        vec_store(at + n, vec_fma(half, odd_half, vec_fma(two, odd_two, odd_one)));
        vec_store(at + 2 * n, vec_fma(quarter, even_half, vec_fma(four, even_two, even_one)));
        vec_store(at + 3 * n,
                  vec_add(m[7], vec_fma(eighth, odd_half, vec_fma(eight, odd_two, odd_one))));
    }
}

/* ------------------------------------------------------------------ a band */

/* One output row of the frames from t on: its input lines begin at `line` of each of the
 * transformed frames. */
static void planar_t_run_row(const sfd_conv_shape *s, const sfd_conv_io *io, int t, int h,
                             const float *transformed, size_t line, float *sums)
{
    const sfd_conv_shape product = planar_t_product(s);
    const size_t n_weights = planar_weight_floats(&product), n_sums = planar_t_sums(s);
    for (size_t i = 0; i < PLANAR_T_IN; i++) {
        planar_lines lines;
        for (size_t dh = 0; dh < (size_t)s->kernel[1]; dh++)
            lines[dh] = transformed + i * planar_t_frame(s) +
                        (line + dh * (size_t)s->dilation[1]) * planar_line(s);
        planar_sum_row(&product, io->weights + i * n_weights, lines, sums + i * n_sums);
    }
    planar_t_transform_output(sums, n_sums);
    for (int i = 0; i < PLANAR_T_OUT && t + i < s->out[0]; i++) {
        const size_t start = sfd_conv_out_index(s, t + i, h, 0);
        rows_finish(s, io, start, sums + (size_t)i * n_sums, 1, planar_vecs_across(s) * VEC);
    }
}

static void planar_t_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                              float *scratch)
{
    const int rows = (int)planar_rows(s), h = (int)tile * rows;
    const int end_h = h + rows < s->out[1] ? h + rows : s->out[1];
    const size_t frame = planar_t_frame(s);
    float *transformed = scratch + PLANAR_T_IN * frame, *sums = transformed + PLANAR_T_IN * frame;
    int copied = -s->padding[0]; /* frames up to here; frame f lies in place (f + padding) % 8 */
    for (int t = 0; t < s->out[0]; t += PLANAR_T_OUT) {
        const float *frames[PLANAR_T_IN];
        for (; copied < t - s->padding[0] + PLANAR_T_IN; copied++)
            planar_copy_frame(s, io->x, copied, h,
                              scratch + (size_t)((copied + s->padding[0]) % PLANAR_T_IN) * frame);
        for (int i = 0; i < PLANAR_T_IN; i++)
            frames[i] = scratch + (size_t)((t + i) % PLANAR_T_IN) * frame;
        planar_t_transform_input(frames, frame, transformed);
        for (int row = h; row < end_h; row++)
            planar_t_run_row(s, io, t, row, transformed, (size_t)(row - h) * (size_t)s->stride[1],
                             sums);
    }
}

/* Two of eight products an output instead of five, and eight copies for four frames on either side.
 */
static double planar_t_cost(const sfd_conv_shape *s)
{
    const double direct = (double)sfd_im2row_k(s) * s->cout / VEC * COST_PLANAR;
    const double products = direct * PLANAR_T_IN / (PLANAR_T_OUT * PLANAR_T_TAPS);
    const double transformed = 2 * (planar_copied(s) + s->cout) / VEC;
    return cost_positions(s, products + planar_moves(s) + 2 * transformed * COST_COPY);
}

const sfd_conv_algorithm CONV_NAME(sfd_conv_planar_t) = {
    .name = CONV_LABEL("planar_t"),
    .rows_together = 1,
    .transforms = true,
    .cost = planar_t_cost,
    .can = planar_t_can,
    .weight_floats = planar_t_weight_floats,
    .prepare = planar_t_prepare,
    .n_tiles = planar_n_tiles,
    .scratch_floats = planar_t_scratch_floats,
    .run_tile = planar_t_run_tile,
};
