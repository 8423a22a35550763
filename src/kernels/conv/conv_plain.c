/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution written for reading: the oracle of the fast algorithms. */
#include "kernels/conv/conv.h"
#include "kernels/value.h"

#include <string.h>

double sfd_conv_macs(const sfd_conv_shape *s)
{
    return (double)sfd_conv_positions(s) * s->cout * (s->cin / s->groups) *
           (double)sfd_conv_taps(s);
}

static bool can(const sfd_conv_shape *s)
{
    return sfd_conv_is_float(s);
}

static size_t weight_floats(const sfd_conv_shape *s)
{
    return sfd_conv_cout(s) * sfd_conv_group_cin(s) * sfd_conv_taps(s);
}

static void prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    for (size_t i = 0; i < weight_floats(s); i++)
        prepared[i] = s->x_type == SFD_BF16 ? sfd_bf16_round(w[i]) : w[i];
}

/* A tile is one row of the output. */
static size_t n_tiles(const sfd_conv_shape *s)
{
    return (size_t)s->out[0] * (size_t)s->out[1];
}

static size_t scratch_floats(const sfd_conv_shape *s)
{
    (void)s;
    return 0;
}

/* Products of one output value with one tap's input position. */
static float tap_product(const sfd_conv_shape *s, const void *x, size_t first, const float *w)
{
    const size_t n = sfd_conv_group_cin(s), taps = sfd_conv_taps(s);
    float sum = 0;
    for (size_t ci = 0; ci < n; ci++)
        sum += sfd_value_get(x, first + ci, s->x_type) * w[ci * taps];
    return sum;
}

static float output_value(const sfd_conv_shape *s, const sfd_conv_io *io, const int at[3], int co)
{
    const size_t n = sfd_conv_group_cin(s), first = (size_t)co / sfd_conv_group_cout(s) * n;
    const float *w = io->weights + (size_t)co * n * sfd_conv_taps(s);
    float sum = io->bias[co];
    for (int dt = 0; dt < s->kernel[0]; dt++)
        for (int dh = 0; dh < s->kernel[1]; dh++)
            for (int dw = 0; dw < s->kernel[2]; dw++, w++) {
                const int t = at[0] * s->stride[0] - s->padding[0] + dt * s->dilation[0];
                const int h = at[1] * s->stride[1] - s->padding[1] + dh * s->dilation[1];
                const int v = at[2] * s->stride[2] - s->padding[2] + dw * s->dilation[2];
                if (t < 0 || t >= s->in[0] || h < 0 || h >= s->in[1] || v < 0 || v >= s->in[2])
                    continue;
                sum += tap_product(s, io->x, sfd_conv_in_index(s, t, h, v) * s->x_ld + first, w);
            }
    return sum;
}

static void run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile, float *scratch)
{
    (void)scratch;
    const int t = (int)(tile / (size_t)s->out[1]), h = (int)(tile % (size_t)s->out[1]);
    for (int v = 0; v < s->out[2]; v++) {
        const int at[3] = {t, h, v};
        const size_t p = sfd_conv_out_index(s, t, h, v);
        for (int co = 0; co < s->cout; co++) {
            float value = output_value(s, io, at, co);
            if (io->residual)
                value +=
                    sfd_value_get(io->residual, p * s->residual_ld + (size_t)co, s->residual_type);
            sfd_value_set(io->y, p * s->y_ld + (size_t)co, s->y_type,
                          sfd_activate(value, s->activation));
        }
    }
}

/* Sums one after the other, each waiting for the one before, and the places of the taps. */
static double cost(const sfd_conv_shape *s)
{
    const double taps = (double)sfd_conv_taps(s), k = (double)sfd_conv_group_cin(s) * taps;
    return (double)sfd_conv_positions(s) * s->cout * (8 * k + 10 * taps + 60);
}

const sfd_conv_algorithm sfd_conv_plain = {
    .name = "plain",
    .rows_together = 1,
    .cost = cost,
    .can = can,
    .weight_floats = weight_floats,
    .prepare = prepare,
    .n_tiles = n_tiles,
    .scratch_floats = scratch_floats,
    .run_tile = run_tile,
};
