/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of products of channels in register tiles, compiled for AVX2, AVX-512 and NEON: the
 * including file defines SFD_SET.
 *
 * A panel of columns is copied first, rows one after the other: rows of maps are often so far apart
 * that they fall into the same few cache sets. */
#include "kernels/name.h"
#include "kernels/outer/outer.h"
#include "kernels/vec.h"

/* Rows of the register tile: with two vectors of b and a broadcast they fill the registers. */
#if VEC_REGISTERS == 32
#define OUTER_ROWS 12
#else
#define OUTER_ROWS 6
#endif

#define PANEL   (2 * VEC) /* columns */
#define AT_ONCE 128       /* rows whose panel stays in the first-level cache */

/* Whole vectors: what is in the columns past the end is not used. */
ALWAYS_INLINE void copy_panel(const sfd_outer *o, size_t first, size_t rows, size_t column,
                              const int n_vecs, float *panel)
{
    for (size_t k = 0; k < rows; k++, panel += PANEL) {
        const float *b = o->b[first + k] + column;
        vec_store(panel, vec_load(b));
        if (n_vecs > 1)
            vec_store(panel + VEC, vec_load(b + VEC));
    }
}

ALWAYS_INLINE void add_vec(float *c, vec sum, size_t n)
{
    if (n >= VEC) {
        vec_store(c, vec_add(vec_load(c), sum));
        return;
    }
    float part[VEC];
    vec_store(part, sum);
    for (size_t j = 0; j < n; j++)
        c[j] += part[j];
}

/* c[n_rows][n] += a[rows][n_rows] panel[rows][n]; `n_rows` and `n_vecs` are constants after
 * inlining, so that the sums stay in registers. */
ALWAYS_INLINE void add_tile(const sfd_outer *o, const float *a, const float *panel, size_t rows,
                            float *c, size_t n, const int n_rows, const int n_vecs)
{
    vec sum[OUTER_ROWS][2];
    UNROLL
    for (int i = 0; i < n_rows; i++)
        sum[i][0] = sum[i][1] = vec_set(0);
    for (size_t k = 0; k < rows; k++, a += o->a_ld, panel += PANEL) {
        const vec b0 = vec_load(panel), b1 = n_vecs > 1 ? vec_load(panel + VEC) : b0;
        UNROLL
        for (int i = 0; i < n_rows; i++) {
            const vec x = vec_set(a[i]);
            sum[i][0] = vec_fma(x, b0, sum[i][0]);
            if (n_vecs > 1)
                sum[i][1] = vec_fma(x, b1, sum[i][1]);
        }
    }
    vec done[OUTER_ROWS][2]; /* a copy: some compilers do not unroll the next loop in time */
    UNROLL
    for (int i = 0; i < n_rows; i++) {
        done[i][0] = sum[i][0];
        done[i][1] = sum[i][1];
    }
    UNROLL
    for (int i = 0; i < n_rows; i++) {
        add_vec(c + (size_t)i * o->c_ld, done[i][0], n);
        if (n_vecs > 1)
            add_vec(c + (size_t)i * o->c_ld + VEC, done[i][1], n - VEC);
    }
}

ALWAYS_INLINE void add_rows(const sfd_outer *o, const float *a, const float *panel, size_t rows,
                            float *c, size_t n, size_t n_rows, const int n_vecs)
{
    switch (n_rows) {
#define CASE(N)                                                                                    \
    case N:                                                                                        \
        add_tile(o, a, panel, rows, c, n, N, n_vecs);                                              \
        break
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(5);
        CASE(6);
#if VEC_REGISTERS == 32
        CASE(7);
        CASE(8);
        CASE(9);
        CASE(10);
        CASE(11);
        CASE(12);
#endif
#undef CASE
    }
}

/* Some columns of c, all its rows, in register tiles of nearly equal height. */
ALWAYS_INLINE void add_columns(const sfd_outer *o, size_t first, size_t rows, size_t column,
                               size_t n, const int n_vecs)
{
    float panel[AT_ONCE * PANEL];
    const float *a = o->a + first * o->a_ld;
    size_t n_tiles = (o->m + OUTER_ROWS - 1) / OUTER_ROWS;
    copy_panel(o, first, rows, column, n_vecs, panel);
    for (size_t i = 0, height; i < o->m; i += height, n_tiles--) {
        height = (o->m - i + n_tiles - 1) / n_tiles;
        add_rows(o, a + i, panel, rows, o->c + i * o->c_ld + column, n, height, n_vecs);
    }
}

void SFD_NAME(sfd_f32_outer)(const sfd_outer *o)
{
    for (size_t first = 0; first < o->rows; first += AT_ONCE) {
        const size_t rows = o->rows - first < AT_ONCE ? o->rows - first : AT_ONCE;
        for (size_t column = 0; column < o->n; column += PANEL) {
            const size_t n = o->n - column < PANEL ? o->n - column : PANEL;
            if (n > VEC)
                add_columns(o, first, rows, column, n, 2);
            else
                add_columns(o, first, rows, column, n, 1);
        }
    }
}
