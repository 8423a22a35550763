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

/* ------------------------------------------------------------------ bytes */

#define ROOM 4096 /* bytes of a row whose columns are done */

typedef uint8_t eight_bytes __attribute__((vector_size(8)));

/* Eight channels of the n columns that lie `step` bytes apart. */
static inline void pool_columns(uint8_t *y, const uint8_t *x, size_t n, size_t step)
{
    eight_bytes top = {0}, value;
    for (size_t i = 0; i < n; i++) {
        memcpy(&value, x + i * step, sizeof value);
        const eight_bytes larger = (eight_bytes)(value > top);
        top = (larger & value) | (~larger & top);
    }
    memcpy(y, &top, sizeof top);
}

static inline void pool_columns_singly(uint8_t *y, const uint8_t *x, size_t n, size_t step,
                                       size_t channels)
{
    for (size_t c = 0; c < channels; c++) {
        uint8_t top = 0;
        for (size_t i = 0; i < n; i++)
            top = x[i * step + c] > top ? x[i * step + c] : top;
        y[c] = top;
    }
}

static void max_bytes(uint8_t *restrict top, const uint8_t *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        top[i] = x[i] > top[i] ? x[i] : top[i];
}

/* A window of so many channels that its columns have no room. */
static void pool_wide_window(const sfd_pool_shape *s, const uint8_t *x, uint8_t *y, taps at_t,
                             taps at_h, taps at_v)
{
    memset(y, 0, (size_t)s->channels);
    for (int t = at_t.first; t < at_t.end; t++)
        for (int h = at_h.first; h < at_h.end; h++)
            for (int v = at_v.first; v < at_v.end; v++)
                max_bytes(y, x + index_in(s->in, t, h, v) * s->x_ld, (size_t)s->channels);
}

/* Windows from v to `end`: maxima down the rows first. */
static void pool_windows(const sfd_pool_shape *s, const uint8_t *x, uint8_t *y, taps at_t,
                         taps at_h, int v, int end)
{
    const size_t channels = (size_t)s->channels, ld = s->x_ld;
    const int first = inside(s, 2, v).first, last = inside(s, 2, end - 1).end;
    const size_t n = (size_t)(last - first - 1) * ld + channels;
    uint8_t top[ROOM];
    memset(top, 0, n);
    for (int t = at_t.first; t < at_t.end; t++)
        for (int h = at_h.first; h < at_h.end; h++)
            max_bytes(top, x + index_in(s->in, t, h, first) * ld, n);
    for (; v < end; v++) {
        const taps at = inside(s, 2, v);
        const uint8_t *from = top + (size_t)(at.first - first) * ld;
        const size_t columns = (size_t)(at.end - at.first);
        uint8_t *to = y + (size_t)v * s->y_ld;
        size_t c = 0;
        for (; c + 8 <= channels; c += 8)
            pool_columns(to + c, from + c, columns, ld);
        pool_columns_singly(to + c, from + c, columns, ld, channels - c);
    }
}

static void pool_bytes(const sfd_pool_shape *s, const uint8_t *x, uint8_t *y, taps at_t, taps at_h)
{
    const size_t columns = ROOM / s->x_ld, kernel = (size_t)s->kernel[2];
    const int at_once = columns < kernel ? 0 : (int)((columns - kernel) / (size_t)s->stride[2]) + 1;
    if (at_once == 0)
        for (int v = 0; v < s->out[2]; v++)
            pool_wide_window(s, x, y + (size_t)v * s->y_ld, at_t, at_h, inside(s, 2, v));
    else
        for (int v = 0; v < s->out[2]; v += at_once)
            pool_windows(s, x, y, at_t, at_h, v, s->out[2] - v < at_once ? s->out[2] : v + at_once);
}

/* ------------------------------------------------------------------ all */

void SFD_NAME(sfd_f32_max_pool_row)(const sfd_pool_shape *s, const void *x, void *y, int t, int h)
{
    const taps at_t = inside(s, 0, t), at_h = inside(s, 1, h);
    const bool f32 = s->x_type == SFD_F32 && s->y_type == SFD_F32;
    if (s->x_type == SFD_U8) {
        pool_bytes(s, x, (uint8_t *)y + index_in(s->out, t, h, 0) * s->y_ld, at_t, at_h);
        return;
    }
    for (int v = 0; v < s->out[2]; v++) {
        const size_t to = index_in(s->out, t, h, v) * s->y_ld;
        if (f32)
            pool_window(s, x, at_t, at_h, inside(s, 2, v), (float *)y + to);
        else
            pool_half(s, x, at_t, at_h, inside(s, 2, v), y, to);
    }
}
