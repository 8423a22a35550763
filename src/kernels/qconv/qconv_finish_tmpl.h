/* SPDX-License-Identifier: Apache-2.0 */
/* What follows the sums: vectors of a position's output channels to bytes or floats in memory.
 * The including file defines the vector of sums and
 *   QVEC, QLANES            its type, its 32-bit lanes
 *   q_load, q_store         of 32-bit lanes in memory
 *   q_floats(sums)          as floats
 *   q_bytes_as_floats(p)    QLANES bytes
 *   q_pack(y, v, nv)        nv vectors of floats within 0 and 255, rounded, as bytes
 *   NO_BYTE                 the byte of x whose products are 0 */
#include "kernels/activation/vec_activation.h"
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

#include <stdbool.h>
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
        c.offset[co] = (NO_BYTE - p->x_zero) * sum;
    }
    memcpy(c.scale, p->scale, n * sizeof *c.scale);
    memcpy(c.bias, p->bias, n * sizeof *c.bias);
}

/* Where results go and how, in a copy of its own for each register tile: compilers cannot know that
 * bytes which are stored do not change it. */
typedef struct q_results {
    q_channels channels;
    uint8_t *y; /* or floats */
    const uint8_t *residual;
    size_t y_ld, residual_ld, n_channels;
    bool floats, residual_floats, silu;
    float residual_scale, low, high, silu_scale, silu_zero;
} q_results;

static q_results q_results_of(const sfd_conv_shape *s, const sfd_qconv_io *io, const void *channels)
{
    return (q_results){.channels = q_channels_at(s, channels),
                       .y = io->y,
                       .residual = io->residual,
                       .y_ld = s->y_ld,
                       .residual_ld = s->residual_ld,
                       .n_channels = sfd_conv_cout(s),
                       .floats = io->y_type != SFD_U8,
                       .residual_floats = io->residual_type != SFD_U8,
                       .residual_scale = io->residual_scale,
                       .low = io->low,
                       .high = io->high,
                       .silu = io->silu,
                       .silu_scale = io->silu_scale,
                       .silu_zero = io->silu_zero};
}

ALWAYS_INLINE vec q_clamp(const q_results *r, vec v)
{
    return vec_min(vec_max(v, vec_set(r->low)), vec_set(r->high));
}

ALWAYS_INLINE vec q_scaled(const q_results *r, size_t co, QVEC sums)
{
    return vec_fma(q_floats(sums), vec_load(r->channels.scale + co),
                   vec_load(r->channels.bias + co));
}

ALWAYS_INLINE vec q_silu(const q_results *r, vec v)
{
    return vec_fma(vec_silu(v), vec_set(r->silu_scale), vec_set(r->silu_zero));
}

/* Asks for the residual, on which q_finish would wait, before the sums. */
ALWAYS_INLINE void q_expect(const q_results *r, size_t p, size_t co, const int rows)
{
    if (r->residual && !r->residual_floats)
        for (size_t row = p; row < p + (size_t)rows; row++)
            __builtin_prefetch(r->residual + row * r->residual_ld + co);
}

/* ------------------------------------------------------------------ whole vectors */

/* `rows` positions from p on, nv vectors of channels from co on, of which n are in the map. */
ALWAYS_INLINE void q_finish_whole(const q_results *r, size_t p, size_t co, const QVEC sums[],
                                  size_t n, const int nv, const bool residual, const bool silu,
                                  const bool floats)
{
    const vec scale = vec_set(r->residual_scale);
    const size_t element = floats ? sizeof(float) : 1;
    uint8_t *y = r->y + (p * r->y_ld + co) * element;
    const uint8_t *x = residual ? r->residual + p * r->residual_ld + co : NULL;
    for (size_t row = 0; row < n; row++, y += r->y_ld * element, sums += nv) {
        vec v[WIDEST];
        UNROLL for (int i = 0; i < nv; i++)
        {
            v[i] = q_scaled(r, co + (size_t)i * QLANES, sums[i]);
            if (silu)
                v[i] = q_silu(r, v[i]);
            if (residual)
                v[i] = vec_fma(q_bytes_as_floats(x + i * QLANES), scale, v[i]);
            v[i] = q_clamp(r, v[i]);
        }
        if (floats)
            UNROLL for (int i = 0; i < nv; i++) vec_store((float *)y + i * QLANES, v[i]);
        else
            q_pack(y, v, nv);
        if (residual)
            x += r->residual_ld;
    }
}

ALWAYS_INLINE void q_finish_floats(const q_results *r, size_t p, size_t co, const QVEC sums[],
                                   size_t n, const int nv, const bool silu)
{
    if (r->residual)
        q_finish_whole(r, p, co, sums, n, nv, true, silu, true);
    else
        q_finish_whole(r, p, co, sums, n, nv, false, silu, true);
}

/* ------------------------------------------------------------------ the rest */

static __attribute__((noinline)) void q_read(float *to, const void *from, size_t at, bool floats,
                                             size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = floats ? ((const float *)from)[at + i] : (float)((const uint8_t *)from)[at + i];
}

static __attribute__((noinline)) void q_write(void *to, size_t at, bool floats, const float *v,
                                              const uint8_t *bytes, size_t n)
{
    if (floats)
        memcpy((float *)to + at, v, n * sizeof *v);
    else
        memcpy((uint8_t *)to + at, bytes, n);
}

ALWAYS_INLINE void q_finish_any(const q_results *r, size_t p, size_t co, const QVEC sums[],
                                size_t rows, size_t n, const int nv, const bool silu)
{
    float values[WIDEST * QLANES] = {0};
    uint8_t bytes[WIDEST * QLANES];
    vec v[WIDEST];
    for (size_t row = 0; row < rows; row++, p++, sums += nv) {
        UNROLL for (int i = 0; i < nv; i++) v[i] = q_scaled(r, co + (size_t)i * QLANES, sums[i]);
        if (silu)
            UNROLL for (int i = 0; i < nv; i++) v[i] = q_silu(r, v[i]);
        if (r->residual) {
            q_read(values, r->residual, p * r->residual_ld + co, r->residual_floats, n);
            UNROLL for (int i = 0; i < nv; i++) v[i] =
                vec_fma(vec_load(values + i * QLANES), vec_set(r->residual_scale), v[i]);
        }
        UNROLL for (int i = 0; i < nv; i++) v[i] = q_clamp(r, v[i]);
        if (r->floats)
            UNROLL for (int i = 0; i < nv; i++) vec_store(values + i * QLANES, v[i]);
        else
            q_pack(bytes, v, nv);
        q_write(r->y, p * r->y_ld + co, r->floats, values, bytes, n);
    }
}

/* The sums [rows][nv] of positions from p on, channels from co on. */
ALWAYS_INLINE void q_finish_as(const q_results *r, size_t p, size_t co, const QVEC sums[],
                               size_t rows, const int nv, const bool silu)
{
    const size_t left = r->n_channels - co, most = (size_t)nv * QLANES;
    if (left < most || (r->residual && r->residual_floats))
        q_finish_any(r, p, co, sums, rows, left < most ? left : most, nv, silu);
    else if (r->floats)
        q_finish_floats(r, p, co, sums, rows, nv, silu);
    else if (r->residual)
        q_finish_whole(r, p, co, sums, rows, nv, true, silu, false);
    else
        q_finish_whole(r, p, co, sums, rows, nv, false, silu, false);
}

/* A call, since written out where sums are finished it would take their registers. */
#define Q_FINISH_SILU(nv)                                                                          \
    static __attribute__((noinline)) void q_finish_silu_##nv(                                      \
        const q_results *results, size_t p, size_t co, const QVEC sums[], size_t rows)             \
    {                                                                                              \
        const q_results r = *results;                                                              \
        q_finish_as(&r, p, co, sums, rows, nv, true);                                              \
    }

Q_FINISH_SILU(1)
Q_FINISH_SILU(2)
#if WIDEST == 4
Q_FINISH_SILU(4)
#endif

ALWAYS_INLINE void q_finish(const q_results *results, size_t p, size_t co, const QVEC sums[],
                            size_t rows, const int nv)
{
    const q_results r = *results;
    if (!r.silu)
        q_finish_as(&r, p, co, sums, rows, nv, false);
    else if (nv == 1)
        q_finish_silu_1(results, p, co, sums, rows);
    else if (nv == 2)
        q_finish_silu_2(results, p, co, sums, rows);
#if WIDEST == 4
    else
        q_finish_silu_4(results, p, co, sums, rows);
#endif
}

/* ------------------------------------------------------------------ two positions in a vector */

/* Whether two neighbours' bytes are a vector in memory, too. */
ALWAYS_INLINE bool q_pairs_are_whole(const q_results *r)
{
    return !r->floats && !r->residual && !r->silu && r->y_ld == QLANES / 2 &&
           r->n_channels == QLANES / 2;
}

/* The sums of n such pairs from position p on. */
ALWAYS_INLINE void q_finish_pairs(const q_results *results, size_t p, const QVEC sums[], size_t n)
{
    q_results r = *results;
    r.y += p * r.y_ld;
    r.y_ld = QLANES;
    q_finish_whole(&r, 0, 0, sums, n, 1, false, false, false);
}

/* The sums of positions p and p + 1, of which the map has n, in the halves of a vector. */
static inline void q_finish_two(const q_results *r, size_t p, size_t n, QVEC sums)
{
    const size_t half = QLANES / 2, channels = r->n_channels;
    float values[QLANES] = {0};
    uint8_t bytes[QLANES];
    vec v = q_scaled(r, 0, sums);
    if (r->silu)
        v = q_silu(r, v);
    if (r->residual) {
        for (size_t i = 0; i < n; i++)
            q_read(values + i * half, r->residual, (p + i) * r->residual_ld, r->residual_floats,
                   channels);
        v = vec_fma(vec_load(values), vec_set(r->residual_scale), v);
    }
    v = q_clamp(r, v);
    if (r->floats)
        vec_store(values, v);
    else
        q_pack(bytes, &v, 1);
    for (size_t i = 0; i < n; i++)
        if (channels == 8 && !r->floats)
            memcpy(r->y + (p + i) * r->y_ld, bytes + i * half, 8);
        else
            q_write(r->y, (p + i) * r->y_ld, r->floats, values + i * half, bytes + i * half,
                    channels);
}
