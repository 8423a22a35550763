/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling, compiled once for every instruction set: the including file defines SFD_SET. */
#include "kernels/dense/max.h"
#include "kernels/name.h"
#include "kernels/pool/max_pool.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

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

/* The first tap is copied: a window may hold nothing above -infinity, or nothing but NaN. */
static void pool_window(const sfd_pool_shape *s, const float *x, taps at_t, taps at_h, taps at_v,
                        float *y)
{
    const size_t n = (size_t)s->channels;
    bool first = true;
    for (int t = at_t.first; t < at_t.end; t++)
        for (int h = at_h.first; h < at_h.end; h++)
            for (int v = at_v.first; v < at_v.end; v++, first = false) {
                const float *from = x + index_in(s->in, t, h, v) * s->x_ld;
                if (first)
                    memcpy(y, from, n * sizeof *y);
                else
                    sfd_max_into(y, from, n);
            }
    for (size_t i = 0; first && i < n; i++)
        y[i] = -INFINITY;
}

void SFD_NAME(sfd_f32_max_pool_row)(const sfd_pool_shape *s, const float *x, float *y, int t, int h)
{
    for (int v = 0; v < s->out[2]; v++)
        pool_window(s, x, inside(s, 0, t), inside(s, 1, h), inside(s, 2, v),
                    y + index_in(s->out, t, h, v) * s->y_ld);
}
