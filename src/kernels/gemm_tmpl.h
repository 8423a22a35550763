/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix product of packed weights: the inner loop of the vector convolutions, compiled for AVX2
 * and AVX-512. The including file defines VEC (floats in a vector register) and ROWS (rows of the
 * register tile, as many as leave room for two weight vectors and a broadcast).
 *
 * Weights are packed in panels of 2 * VEC columns (the last one VEC columns where that is enough),
 * each [taps][k][columns], columns past the end zero. */
#ifndef SFD_KERNELS_GEMM_TMPL_H
#define SFD_KERNELS_GEMM_TMPL_H

#include "kernels/vec.h"

#include <stddef.h>
#include <string.h>

/* Rows of weights that are asked for ahead of their use: panels stream through the nearest cache.
 */
#define GEMM_AHEAD 12
#define GEMM_LINE  16 /* floats of a cache line */

/* y[m][n] = act(bias[n] + residual[m][n] + sum over taps and k of a[tap][m * lda + k] w[tap][k][n])
 * for the taps from first_tap to end_tap; the packed weights have all n_taps. */
typedef struct gemm_args {
    size_t rows, columns, k;
    size_t n_taps, first_tap, end_tap;
    const float *const *a; /* [n_taps] first rows */
    size_t lda;
    const float *w;        /* packed panels of all columns */
    const float *bias;     /* [columns]; NULL for zeros */
    const float *residual; /* NULL for none; may be y */
    size_t residual_ld;
    float *y;
    size_t y_ld;
    int relu;
} gemm_args;

/* Floats of packed weights for n columns of taps * k rows. */
ALWAYS_INLINE size_t gemm_packed_floats(size_t n, size_t taps_k)
{
    return (n + VEC - 1) / VEC * VEC * taps_k;
}

/* Position of w[row][column] in the packed panels, rows being taps * k. */
ALWAYS_INLINE size_t gemm_packed_index(size_t n, size_t taps_k, size_t row, size_t column)
{
    const size_t padded = (n + VEC - 1) / VEC * VEC, first = column / (2 * VEC) * 2 * VEC;
    const size_t width = padded - first < 2 * VEC ? VEC : 2 * VEC;
    return first * taps_k + row * width + (column - first);
}

/* Fewer than VEC results: kept out of line, they are rare. */
static __attribute__((noinline)) void gemm_finish_part(const gemm_args *g, size_t row,
                                                       size_t column, const float *sum)
{
    float *y = g->y + row * g->y_ld + column;
    for (size_t i = 0; i < g->columns - column; i++) {
        float value = sum[i];
        if (g->bias)
            value += g->bias[column + i];
        if (g->residual)
            value += g->residual[row * g->residual_ld + column + i];
        y[i] = g->relu && !(value > 0) ? 0 : value;
    }
}

/* One vector of results: bias, residual, activation, store. */
ALWAYS_INLINE void gemm_finish(const gemm_args *g, size_t row, size_t column, vec sum)
{
    if (g->columns - column < VEC) {
        float part[VEC];
        vec_store(part, sum);
        gemm_finish_part(g, row, column, part);
        return;
    }
    if (g->bias)
        sum = vec_add(sum, vec_load(g->bias + column));
    if (g->residual)
        sum = vec_add(sum, vec_load(g->residual + row * g->residual_ld + column));
    vec_store(g->y + row * g->y_ld + column, g->relu ? vec_max(sum, vec_set(0)) : sum);
}

/* The rows that the results are written to, and added to, come from memory: asked for before the
 * sums, they are there when those are done. */
ALWAYS_INLINE void gemm_prefetch_results(const gemm_args *g, size_t row, size_t column,
                                         const int n_rows, const int n_vecs)
{
    for (size_t i = row; i < row + (size_t)n_rows; i++)
        for (size_t c = column; c < column + (size_t)(n_vecs * VEC); c += GEMM_LINE) {
            __builtin_prefetch(g->y + i * g->y_ld + c, 1);
            if (g->residual)
                __builtin_prefetch(g->residual + i * g->residual_ld + c);
        }
}

/* `n_rows` x `n_vecs` vectors at (row, column): constants after inlining, so the sums stay in
 * registers. */
ALWAYS_INLINE void gemm_block(const gemm_args *g, size_t row, size_t column, const int n_rows,
                              const int n_vecs)
{
    vec sum[ROWS][2];
#pragma GCC unroll 16
    for (int i = 0; i < n_rows; i++)
        sum[i][0] = sum[i][1] = vec_set(0);
    gemm_prefetch_results(g, row, column, n_rows, n_vecs);
    const float *w = g->w + column * g->n_taps * g->k + g->first_tap * g->k * (size_t)n_vecs * VEC;
    for (size_t tap = g->first_tap; tap < g->end_tap; tap++) {
        const float *a = g->a[tap] + row * g->lda;
        for (size_t k = 0; k < g->k; k++, a++, w += n_vecs * VEC) {
            const vec w0 = vec_load(w), w1 = n_vecs > 1 ? vec_load(w + VEC) : w0;
            for (int i = 0; i < n_vecs * VEC; i += GEMM_LINE)
                __builtin_prefetch(w + GEMM_AHEAD * n_vecs * VEC + i);
#pragma GCC unroll 16
            for (int i = 0; i < n_rows; i++) {
                const vec x = vec_set(a[(size_t)i * g->lda]);
                sum[i][0] = vec_fma(x, w0, sum[i][0]);
                if (n_vecs > 1)
                    sum[i][1] = vec_fma(x, w1, sum[i][1]);
            }
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < n_rows; i++) {
        gemm_finish(g, row + (size_t)i, column, sum[i][0]);
        if (n_vecs > 1)
            gemm_finish(g, row + (size_t)i, column + VEC, sum[i][1]);
    }
}

/* Rows are cut into register tiles of nearly equal height, so that none is nearly empty. */
ALWAYS_INLINE void gemm_panel(const gemm_args *g, size_t column, const int n_vecs)
{
    size_t n_blocks = (g->rows + ROWS - 1) / ROWS;
    for (size_t row = 0, n; row < g->rows; row += n, n_blocks--) {
        n = (g->rows - row + n_blocks - 1) / n_blocks;
        switch (n) {
#define CASE(N)                                                                                    \
    case N:                                                                                        \
        gemm_block(g, row, column, N, n_vecs);                                                     \
        break
            CASE(1);
            CASE(2);
            CASE(3);
            CASE(4);
            CASE(5);
            CASE(6);
#if ROWS > 6
            CASE(7);
            CASE(8);
            CASE(9);
            CASE(10);
            CASE(11);
            CASE(12);
            CASE(13);
            CASE(14);
#endif
#undef CASE
        }
    }
}

static inline void gemm_run(const gemm_args *g)
{
    for (size_t column = 0; column < g->columns; column += 2 * VEC) {
        if (g->columns - column > VEC)
            gemm_panel(g, column, 2);
        else
            gemm_panel(g, column, 1);
    }
}

#endif
