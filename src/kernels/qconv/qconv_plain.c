/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes written for reading: the oracle, and the portable path. */
#include "kernels/activation/activation.h"
#include "kernels/qconv/qconv.h"

#include <math.h>
#include <string.h>

/* Scales and biases, then weights [cout][taps][cin]. */
static size_t weight_bytes(const sfd_conv_shape *s)
{
    return sfd_conv_cout(s) * (2 * sizeof(float) + sfd_conv_cin(s) * sfd_conv_taps(s));
}

static void prepare(const sfd_conv_shape *s, const sfd_qconv_params *p, void *prepared)
{
    const size_t taps = sfd_conv_taps(s), n = sfd_conv_cin(s), channels = sfd_conv_cout(s);
    const int8_t *w = p->w;
    float *scale = prepared, *bias = scale + channels;
    int8_t *out = (int8_t *)(bias + channels);
    memcpy(scale, p->scale, channels * sizeof *scale);
    memcpy(bias, p->bias, channels * sizeof *bias);
    for (size_t co = 0; co < sfd_conv_cout(s); co++)
        for (size_t tap = 0; tap < taps; tap++)
            for (size_t ci = 0; ci < n; ci++)
                *out++ = w[(co * n + ci) * taps + tap];
}

/* A tile is one row of the output. */
static size_t n_tiles(const sfd_conv_shape *s)
{
    return (size_t)s->out[0] * (size_t)s->out[1];
}

static size_t scratch_bytes(const sfd_conv_shape *s)
{
    return sfd_conv_taps(s) * sizeof(const uint8_t *);
}

/* Where an output position's taps are; NULL in the padding. */
static void find_taps(const sfd_conv_shape *s, const uint8_t *x, const int at[3],
                      const uint8_t **taps)
{
    for (int dt = 0; dt < s->kernel[0]; dt++)
        for (int dh = 0; dh < s->kernel[1]; dh++)
            for (int dw = 0; dw < s->kernel[2]; dw++) {
                const int t = at[0] * s->stride[0] - s->padding[0] + dt * s->dilation[0];
                const int h = at[1] * s->stride[1] - s->padding[1] + dh * s->dilation[1];
                const int v = at[2] * s->stride[2] - s->padding[2] + dw * s->dilation[2];
                const bool inside =
                    t >= 0 && t < s->in[0] && h >= 0 && h < s->in[1] && v >= 0 && v < s->in[2];
                *taps++ = inside ? x + sfd_conv_in_index(s, t, h, v) * s->x_ld : NULL;
            }
}

static int32_t sum_products(const sfd_conv_shape *s, const uint8_t *const *taps, const int8_t *w,
                            uint8_t zero)
{
    int32_t sum = 0;
    for (size_t tap = 0; tap < sfd_conv_taps(s); tap++)
        for (int ci = 0; ci < s->cin; ci++)
            sum += *w++ * (taps[tap] ? taps[tap][ci] - zero : 0);
    return sum;
}

static void finish(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t p, size_t co,
                   int32_t sum)
{
    const float *scale = io->weights, *bias = scale + sfd_conv_cout(s);
    float v = fmaf((float)sum, scale[co], bias[co]);
    if (io->silu)
        v = fmaf(sfd_silu_in_steps(v), io->silu_scale, io->silu_zero);
    if (io->residual) {
        const size_t at = p * s->residual_ld + co;
        const float r = io->residual_type == SFD_U8 ? (float)((const uint8_t *)io->residual)[at]
                                                    : ((const float *)io->residual)[at];
        v = fmaf(r, io->residual_scale, v);
    }
    v = v > io->low ? v : io->low; /* also where v is NaN */
    v = v < io->high ? v : io->high;
    if (io->y_type == SFD_U8)
        ((uint8_t *)io->y)[p * s->y_ld + co] = (uint8_t)lrintf(v);
    else
        ((float *)io->y)[p * s->y_ld + co] = v;
}

static void run_tile(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t tile, void *scratch)
{
    const int t = (int)(tile / (size_t)s->out[1]), h = (int)(tile % (size_t)s->out[1]);
    const size_t k = sfd_conv_cin(s) * sfd_conv_taps(s);
    const int8_t *w = (const int8_t *)((const float *)io->weights + 2 * sfd_conv_cout(s));
    const uint8_t **taps = scratch;
    for (int v = 0; v < s->out[2]; v++) {
        find_taps(s, io->x, (int[]){t, h, v}, taps);
        for (size_t co = 0; co < sfd_conv_cout(s); co++)
            finish(s, io, sfd_conv_out_index(s, t, h, v), co,
                   sum_products(s, taps, w + co * k, io->x_zero));
    }
}

static bool pays(const sfd_conv_shape *s)
{
    (void)s;
    return true;
}

static bool can(const sfd_conv_shape *s, const int8_t *w)
{
    (void)w;
    return sfd_qconv_fits(s);
}

const sfd_qconv_algorithm sfd_qconv_plain = {.name = "int8 plain",
                                             .pays = pays,
                                             .can = can,
                                             .weight_bytes = weight_bytes,
                                             .prepare = prepare,
                                             .n_tiles = n_tiles,
                                             .scratch_bytes = scratch_bytes,
                                             .run_tile = run_tile};
