/* SPDX-License-Identifier: Apache-2.0 */
/* What follows the sums: vectors of a position's output channels to bytes or floats in memory.
 * The including file defines the vector of sums and
 *   QVEC, QLANES            its type, its 32-bit lanes
 *   q_load, q_store         of 32-bit lanes in memory
 *   q_floats(sums)          as floats
 *   q_bytes_as_floats(p)    QLANES bytes
 *   q_pack(y, v, nv)        nv vectors of floats within 0 and 255, rounded, as bytes */
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

#include <string.h>

/* A layer's vectors for each output channel, filled up to whole vectors with zeros. */
typedef struct q_channels {
    int32_t *offset; /* what the zero point of x takes from a sum of w * x */
    float *scale, *bias;
} q_channels;

static size_t q_vectors(const sfd_conv_shape *s)
{
    return (sfd_conv_cout(s) + QLANES - 1) / QLANES;
}

static size_t q_channels_bytes(const sfd_conv_shape *s)
{
    return 3 * q_vectors(s) * sizeof(QVEC);
}

static q_channels q_channels_at(const sfd_conv_shape *s, const void *at)
{
    const size_t n = q_vectors(s) * QLANES;
    int32_t *offset = (int32_t *)at;
    return (q_channels){offset, (float *)(offset + n), (float *)(offset + 2 * n)};
}

/* In a layer with few channels (qconv_product_tmpl.h) each stands twice in its only vector. */
static inline void q_channels_repeat(q_channels c)
{
    const size_t half = QLANES / 2;
    memcpy(c.offset + half, c.offset, half * sizeof *c.offset);
    memcpy(c.scale + half, c.scale, half * sizeof *c.scale);
    memcpy(c.bias + half, c.bias, half * sizeof *c.bias);
}

static void q_channels_fill(const sfd_conv_shape *s, const sfd_qconv_params *p, void *at)
{
    const size_t row = sfd_conv_cin(s) * sfd_conv_taps(s), n = sfd_conv_cout(s);
    const q_channels c = q_channels_at(s, at);
    memset(at, 0, q_channels_bytes(s));
    for (size_t co = 0; co < n; co++) {
        int32_t sum = 0;
        for (size_t i = 0; i < row; i++)
            sum += p->w[co * row + i];
        c.offset[co] = -p->x_zero * sum;
    }
    memcpy(c.scale, p->scale, n * sizeof *c.scale);
    memcpy(c.bias, p->bias, n * sizeof *c.bias);
}

/* Where results go. */
typedef struct q_results {
    const sfd_conv_shape *s;
    const sfd_qconv_io *io;
    q_channels channels;
} q_results;

/* Of a position's channels those from co on that a map has, at most nv vectors. */
static inline size_t q_n_channels(const q_results *r, size_t co, int nv)
{
    const size_t left = sfd_conv_cout(r->s) - co, most = (size_t)nv * QLANES;
    return left < most ? left : most;
}

ALWAYS_INLINE vec q_clamp(const q_results *r, vec v)
{
    return VEC_OP(min)(VEC_OP(max)(v, vec_set(r->io->low)), vec_set(r->io->high));
}

/* Less than whole vectors of the residual, and vectors of floats. */
static __attribute__((noinline)) void q_read_part(const q_results *r, size_t at, size_t n,
                                                  float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = r->io->residual_type == SFD_U8 ? (float)((const uint8_t *)r->io->residual)[at + i]
                                               : ((const float *)r->io->residual)[at + i];
}

ALWAYS_INLINE void q_add_residual(const q_results *r, size_t at, size_t n, vec v[], const int nv)
{
    const vec scale = vec_set(r->io->residual_scale);
    if (n == (size_t)nv * QLANES && r->io->residual_type == SFD_U8) {
        const uint8_t *bytes = (const uint8_t *)r->io->residual + at;
        UNROLL for (int i = 0; i < nv; i++) v[i] =
            vec_fma(q_bytes_as_floats(bytes + i * QLANES), scale, v[i]);
        return;
    }
    float values[WIDEST * QLANES] = {0};
    q_read_part(r, at, n, values);
    UNROLL for (int i = 0; i < nv; i++) v[i] = vec_fma(vec_load(values + i * QLANES), scale, v[i]);
}

/* Eight channels at most of a position are common. */
static inline void q_copy_bytes(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n == 8)
        memcpy(to, from, 8);
    else
        memcpy(to, from, n);
}

ALWAYS_INLINE void q_write_bytes(uint8_t *y, size_t n, const vec v[], const int nv)
{
    uint8_t bytes[WIDEST * QLANES];
    if (n == (size_t)nv * QLANES) {
        q_pack(y, v, nv);
        return;
    }
    q_pack(bytes, v, nv);
    q_copy_bytes(y, bytes, n);
}

ALWAYS_INLINE void q_write_floats(float *y, size_t n, const vec v[], const int nv)
{
    float values[WIDEST * QLANES];
    UNROLL for (int i = 0; i < nv; i++) vec_store(values + i * QLANES, v[i]);
    memcpy(y, values, n * sizeof *y);
}

/* The sums of position p, channels from co on. */
ALWAYS_INLINE void q_finish(const q_results *r, size_t p, size_t co, const QVEC sums[],
                            const int nv)
{
    const float *scale = r->channels.scale + co, *bias = r->channels.bias + co;
    const size_t n = q_n_channels(r, co, nv), at = p * r->s->y_ld + co;
    vec v[WIDEST];
    UNROLL for (int i = 0; i < nv; i++) v[i] =
        vec_fma(q_floats(sums[i]), vec_load(scale + i * QLANES), vec_load(bias + i * QLANES));
    if (r->io->residual)
        q_add_residual(r, p * r->s->residual_ld + co, n, v, nv);
    UNROLL for (int i = 0; i < nv; i++) v[i] = q_clamp(r, v[i]);
    if (r->io->y_type == SFD_U8)
        q_write_bytes((uint8_t *)r->io->y + at, n, v, nv);
    else
        q_write_floats((float *)r->io->y + at, n, v, nv);
}

/* The sums of positions p and p + 1, of which the map has n, in the halves of a vector. */
static inline void q_finish_two(const q_results *r, size_t p, size_t n, QVEC sums)
{
    const size_t half = QLANES / 2, channels = sfd_conv_cout(r->s);
    float values[QLANES] = {0};
    uint8_t bytes[QLANES];
    vec v = vec_fma(q_floats(sums), vec_load(r->channels.scale), vec_load(r->channels.bias));
    if (r->io->residual) {
        for (size_t i = 0; i < n; i++)
            q_read_part(r, (p + i) * r->s->residual_ld, channels, values + i * half);
        v = vec_fma(vec_load(values), vec_set(r->io->residual_scale), v);
    }
    v = q_clamp(r, v);
    if (r->io->y_type == SFD_U8) {
        uint8_t *y = (uint8_t *)r->io->y + p * r->s->y_ld;
        q_pack(bytes, &v, 1);
        for (size_t i = 0; i < n; i++)
            q_copy_bytes(y + i * r->s->y_ld, bytes + i * half, channels);
    } else {
        vec_store(values, v);
        for (size_t i = 0; i < n; i++)
            memcpy((float *)r->io->y + (p + i) * r->s->y_ld, values + i * half,
                   channels * sizeof(float));
    }
}
