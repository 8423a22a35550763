/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix product of packed weights: the inner loop of the vector convolutions, compiled for AVX2,
 * AVX-512 and NEON.
 *
 * Weights are packed in panels of 2 * VEC columns (the last one VEC columns where that is enough),
 * each [taps][k][columns], columns past the end zero. */
#ifndef SFD_KERNELS_CONV_GEMM_TMPL_H
#define SFD_KERNELS_CONV_GEMM_TMPL_H

#include "kernels/conv/element_tmpl.h"

#include <stddef.h>

/* Rows of the register tile: as many as leave room for two weight vectors and a broadcast, of which
 * words that are taken apart need twice as many. */
#if VEC_REGISTERS == 32
#define GEMM_ROWS (WORD_FAST ? 14 : 12)
#else
#define GEMM_ROWS (WORD_FAST ? 6 : 4)
#endif

/* Rows of weights that are asked for ahead of their use: panels stream through the nearest cache.
 */
#define GEMM_AHEAD      12
#define GEMM_LINE       16 /* words of a cache line */
#define GEMM_LINE_BYTES 64
/* Sums between which a register tile asks for what the tile below it needs: spread out, since a
 * core waits for few lines at a time and its own inputs come the same way. */
#define GEMM_STEP 64
/* Weights of a group of panels, which stays in a core's second-level cache. */
#define GEMM_GROUP_WORDS (128 * 1024)

/* y[m][n] = act(bias[n] + residual[m][n] + sum over taps and k of a[tap][m * lda + k] w[tap][k][n])
 * for the taps from first_tap to end_tap; the packed weights have all n_taps. a, w and k are in
 * words, of which each stands for WORD_ELEMENTS products. */
typedef struct gemm_args {
    size_t rows, columns, k;
    size_t n_taps, first_tap, end_tap;
    const word *const *a; /* [n_taps] first rows */
    size_t lda;
    const word *w;        /* packed panels of all columns */
    const float *bias;    /* [columns]; NULL for zeros */
    const void *residual; /* NULL for none; may be y */
    size_t residual_ld;
    void *y;
    size_t y_ld;
    sfd_dtype residual_type, y_type;
    sfd_activation activation;
    int far_inputs; /* a comes from memory rather than from a cache */
} gemm_args;

/* Words of packed weights for n columns of taps * k rows. */
ALWAYS_INLINE size_t gemm_packed_words(size_t n, size_t taps_k)
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

/* Puts a weight where its product wants it; `row` counts elements of taps * k words. */
static inline void gemm_set_weight(void *packed, size_t n, size_t taps_k, size_t row, size_t column,
                                   float weight)
{
    const size_t at = gemm_packed_index(n, taps_k, row / WORD_ELEMENTS, column);
    ((element *)packed)[at * WORD_ELEMENTS + row % WORD_ELEMENTS] = element_of(weight);
}

/* Fewer than VEC results: kept out of line, they are rare. */
static __attribute__((noinline)) void gemm_finish_part(const gemm_args *g, size_t row,
                                                       size_t column, const float *sum)
{
    float values[VEC] = {0};
    for (size_t i = 0; i < g->columns - column; i++) {
        float value = sum[i];
        if (g->bias)
            value += g->bias[column + i];
        if (g->residual)
            value += result_get(g->residual, row * g->residual_ld + column + i, g->residual_type);
        value = g->activation == SFD_ACTIVATION_RELU ? sfd_relu(value) : value;
        if (result_is_f32(g->y_type))
            ((float *)g->y)[row * g->y_ld + column + i] = value;
        else
            values[i] = value;
    }
    if (!result_is_f32(g->y_type))
        result_store_part(g->y, row * g->y_ld + column, g->y_type, values, g->columns - column);
}

/* One vector of results: bias, residual, ReLU, store. */
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
        sum =
            vec_add(sum, result_load(g->residual, row * g->residual_ld + column, g->residual_type));
    result_store(g->y, row * g->y_ld + column, g->y_type,
                 g->activation == SFD_ACTIVATION_RELU ? vec_relu(sum) : sum);
}

/* A register tile, and what it asks for of the one below it. */
typedef struct gemm_tile {
    size_t row, column;
    size_t below, end_below;   /* its rows */
    size_t inputs, end_inputs; /* those of them whose inputs this tile asks for */
} gemm_tile;

ALWAYS_INLINE void gemm_prefetch_inputs(const gemm_args *g, const gemm_tile *t, const word *a)
{
    for (size_t row = t->inputs; row < t->end_inputs; row++)
        for (int k = 0; k < GEMM_STEP; k += GEMM_LINE)
            __builtin_prefetch(a + row * g->lda + k);
}

/* The row that results are written to, and added to. */
ALWAYS_INLINE void gemm_prefetch_results(const gemm_args *g, size_t row, size_t column,
                                         const int n_vecs)
{
    const size_t y = result_bytes(g->y_type), residual = result_bytes(g->residual_type);
    for (size_t i = 0; i < (size_t)(n_vecs * VEC) * y; i += GEMM_LINE_BYTES)
        __builtin_prefetch((char *)g->y + (row * g->y_ld + column) * y + i, 1);
    if (g->residual)
        for (size_t i = 0; i < (size_t)(n_vecs * VEC) * residual; i += GEMM_LINE_BYTES)
            __builtin_prefetch((const char *)g->residual +
                               (row * g->residual_ld + column) * residual + i);
}

/* sum[n_rows][n_vecs] += a[n_rows][k] w[k][n_vecs]; returns the end of w. `n_rows` and `n_vecs` are
 * constants after inlining, so the sums stay in registers. */
ALWAYS_INLINE const word *gemm_add(vec sum[GEMM_ROWS][2], const word *a, size_t lda, const word *w,
                                   size_t k, const int n_rows, const int n_vecs)
{
    for (; k > 0; k--, a++, w += n_vecs * VEC) {
        const vec w0 = word_load(w), w1 = n_vecs > 1 ? word_load(w + VEC) : w0;
        for (int i = 0; i < n_vecs * VEC; i += GEMM_LINE)
            __builtin_prefetch(w + GEMM_AHEAD * n_vecs * VEC + i);
        UNROLL
        for (int i = 0; i < n_rows; i++) {
            const vec x = vec_set(a[(size_t)i * lda]);
            sum[i][0] = word_fma(x, w0, sum[i][0]);
            if (n_vecs > 1)
                sum[i][1] = word_fma(x, w1, sum[i][1]);
        }
    }
    return w;
}

ALWAYS_INLINE void gemm_block(const gemm_args *g, const gemm_tile *t, const int n_rows,
                              const int n_vecs)
{
    vec sum[GEMM_ROWS][2];
    UNROLL
    for (int i = 0; i < n_rows; i++)
        sum[i][0] = sum[i][1] = vec_set(0);
    const word *w =
        g->w + t->column * g->n_taps * g->k + g->first_tap * g->k * (size_t)n_vecs * VEC;
    const size_t n_steps = (g->end_tap - g->first_tap) * ((g->k + GEMM_STEP - 1) / GEMM_STEP);
    const size_t rows_a_step = ((size_t)n_rows + n_steps - 1) / n_steps;
    size_t below = t->below;
    for (size_t tap = g->first_tap; tap < g->end_tap; tap++) {
        const word *a = g->a[tap] + t->row * g->lda;
        for (size_t k = 0; k < g->k; k += GEMM_STEP) {
            gemm_prefetch_inputs(g, t, g->a[tap] + k);
            for (size_t i = 0; i < rows_a_step && below < t->end_below; i++, below++)
                gemm_prefetch_results(g, below, t->column, n_vecs);
            w = gemm_add(sum, a + k, g->lda, w, g->k - k < GEMM_STEP ? g->k - k : GEMM_STEP, n_rows,
                         n_vecs);
        }
    }
    vec done[GEMM_ROWS][2]; /* a copy: some compilers do not unroll the next loop in time */
    UNROLL
    for (int i = 0; i < n_rows; i++) {
        done[i][0] = sum[i][0];
        done[i][1] = sum[i][1];
    }
    UNROLL
    for (int i = 0; i < n_rows; i++) {
        gemm_finish(g, t->row + (size_t)i, t->column, done[i][0]);
        if (n_vecs > 1)
            gemm_finish(g, t->row + (size_t)i, t->column + VEC, done[i][1]);
    }
}

ALWAYS_INLINE void gemm_rows(const gemm_args *g, const gemm_tile *t, const int n_vecs)
{
    switch (t->below - t->row) {
#define CASE(N)                                                                                    \
    case N:                                                                                        \
        gemm_block(g, t, N, n_vecs);                                                               \
        break
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
#if VEC_REGISTERS == 32 || WORD_FAST
        CASE(5);
        CASE(6);
#endif
#if VEC_REGISTERS == 32
        CASE(7);
        CASE(8);
        CASE(9);
        CASE(10);
        CASE(11);
        CASE(12);
#endif
#if VEC_REGISTERS == 32 && WORD_FAST
        CASE(13);
        CASE(14);
#endif
#undef CASE
    }
}

static void gemm_silu(const gemm_args *g, const gemm_tile *t)
{
    const size_t left = g->columns - t->column;
    for (size_t row = t->row; row < t->below; row++)
        result_silu(g->y, row * g->y_ld + t->column, g->y_type, left < 2 * VEC ? left : 2 * VEC);
}

/* A row of register tiles, over a group of panels; the inputs below are shared out among them. */
static inline void gemm_row(const gemm_args *g, gemm_tile *t, size_t first_panel, size_t n_panels)
{
    const size_t n = g->far_inputs ? t->end_below - t->below : 0;
    for (size_t i = 0; i < n_panels; i++) {
        t->column = (first_panel + i) * 2 * VEC;
        t->inputs = t->below + i * n / n_panels;
        t->end_inputs = t->below + (i + 1) * n / n_panels;
        if (g->columns - t->column > VEC)
            gemm_rows(g, t, 2);
        else
            gemm_rows(g, t, 1);
        if (g->activation == SFD_ACTIVATION_SILU)
            gemm_silu(g, t);
    }
}

/* Rows are cut into register tiles of nearly equal height, so that none is nearly empty. */
static inline size_t gemm_end_of_tile(const gemm_args *g, size_t row)
{
    const size_t left = g->rows - row, n_tiles = (left + GEMM_ROWS - 1) / GEMM_ROWS;
    return n_tiles ? row + (left + n_tiles - 1) / n_tiles : row;
}

static inline void gemm_group(const gemm_args *g, size_t first_panel, size_t n_panels)
{
    gemm_tile t = {.below = gemm_end_of_tile(g, 0)};
    for (; t.row < g->rows; t.row = t.below, t.below = t.end_below) {
        t.end_below = gemm_end_of_tile(g, t.below);
        gemm_row(g, &t, first_panel, n_panels);
    }
}

static inline void gemm_run(const gemm_args *g)
{
    const size_t n_panels = (g->columns + 2 * VEC - 1) / (2 * VEC);
    const size_t fit = GEMM_GROUP_WORDS / (g->n_taps * g->k * 2 * VEC);
    size_t n_groups = fit > 1 ? (n_panels + fit - 1) / fit : n_panels;
    for (size_t first = 0, n; first < n_panels; first += n, n_groups--) {
        n = (n_panels - first + n_groups - 1) / n_groups;
        gemm_group(g, first, n);
    }
}

#endif
