/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling, compiled once for every instruction set: the including file defines SFD_SET. */
#include "kernels/dense/max.h"
#include "kernels/name.h"
#include "kernels/pool/max_pool.h"
#include "kernels/value.h"

#include <math.h>
#include <stdbool.h>

/* Taps along one axis that fall inside the map: [first, end). */
typedef struct taps {
    int first, end;
} taps;

static inline taps inside(const sfd_pool_shape *s, int axis, int at)
{
    const int start = at * s->stride[axis] - s->padding[axis], end = start + s->kernel[axis];
    return (taps){start < 0 ? 0 : start, end < s->in[axis] ? end : s->in[axis]};
}

static inline size_t index_in(const int size[3], int t, int h, int v)
{
    return ((size_t)t * (size_t)size[1] + (size_t)h) * (size_t)size[2] + (size_t)v;
}

static inline void pool_window(const sfd_pool_shape *s, const float *x, taps at_t, taps at_h,
                               taps at_v, float *y)
{
    const size_t n = (size_t)s->channels;
    for (size_t i = 0; i < n; i++)
        y[i] = -INFINITY;
    for (int t = at_t.first; t < at_t.end; t++)
        for (int h = at_h.first; h < at_h.end; h++)
            for (int v = at_v.first; v < at_v.end; v++)
                sfd_max_into(y, x + index_in(s->in, t, h, v) * s->x_ld, n);
}

/* Eight bfloat16 as integers of the same order, in which NaN of either sign is the largest. */
typedef int16_t eight __attribute__((vector_size(16)));

static inline eight ordered(const uint16_t *x)
{
    eight bits;
    memcpy(&bits, x, sizeof bits);
    const eight order = bits ^ ((bits < 0) & INT16_MAX), is_nan = (bits & INT16_MAX) > 0x7F80;
    return (is_nan & INT16_MAX) | (~is_nan & order);
}

/* Eight channels, x's from value number `from` on, to y. */
static inline void pool_eight(const sfd_pool_shape *s, const uint16_t *x, size_t from, taps at_t,
                              taps at_h, taps at_v, uint16_t *y)
{
    eight top = (eight){0} + INT16_MIN;
    for (int t = at_t.first; t < at_t.end; t++)
        for (int h = at_h.first; h < at_h.end; h++)
            for (int v = at_v.first; v < at_v.end; v++) {
                const eight value = ordered(x + index_in(s->in, t, h, v) * s->x_ld + from);
                const eight larger = value > top;
                top = (larger & value) | (~larger & top);
            }
    top ^= (top < 0) & INT16_MAX;
    memcpy(y, &top, sizeof top);
}

#define CHUNK 64 /* channels at once */

static inline void read_floats(const void *map, size_t at, sfd_dtype type, size_t n, float *to)
{
    if (type == SFD_F32)
        memcpy(to, (const float *)map + at, n * sizeof *to);
    else
        for (size_t i = 0; i < n; i++)
            to[i] = sfd_bf16_float(((const uint16_t *)map)[at + i]);
}

/* n channels of any types, from x's value number `from` to y's number `to`, of
 * any types. */
static inline void pool_window_typed(const sfd_pool_shape *s, const void *x, size_t from, taps at_t,
                                     taps at_h, taps at_v, size_t n, void *y, size_t to)
{
    float top[CHUNK], values[CHUNK];
    for (size_t i = 0; i < n; i++)
        top[i] = -INFINITY;
    for (int t = at_t.first; t < at_t.end; t++)
        for (int h = at_h.first; h < at_h.end; h++)
            for (int v = at_v.first; v < at_v.end; v++) {
                read_floats(x, index_in(s->in, t, h, v) * s->x_ld + from, s->x_type, n, values);
                sfd_max_into(top, values, n);
            }
    for (size_t i = 0; i < n; i++)
        sfd_value_set(y, to + i, s->y_type, top[i]);
}

/* All channels of a window that are not all float32. */
static inline void pool_half(const sfd_pool_shape *s, const void *x, taps at_t, taps at_h,
                             taps at_v, void *y, size_t to)
{
    const size_t n = (size_t)s->channels;
    const bool bf16 = s->x_type == SFD_BF16 && s->y_type == SFD_BF16;
    size_t c = 0;
    for (; bf16 && n - c >= 8; c += 8)
        pool_eight(s, x, c, at_t, at_h, at_v, (uint16_t *)y + to + c);
    for (; c < n; c += CHUNK)
        pool_window_typed(s, x, c, at_t, at_h, at_v, n - c < CHUNK ? n - c : CHUNK, y, to + c);
}

void SFD_NAME(sfd_f32_max_pool_row)(const sfd_pool_shape *s, const void *x, void *y, int t, int h)
{
    const taps at_t = inside(s, 0, t), at_h = inside(s, 1, h);
    const bool f32 = s->x_type == SFD_F32 && s->y_type == SFD_F32;
    for (int v = 0; v < s->out[2]; v++) {
        const size_t to = index_in(s->out, t, h, v) * s->y_ld;
        if (f32)
            pool_window(s, x, at_t, at_h, inside(s, 2, v), (float *)y + to);
        else
            pool_half(s, x, at_t, at_h, inside(s, 2, v), y, to);
    }
}
