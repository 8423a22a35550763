/* SPDX-License-Identifier: Apache-2.0 */
/* The products between Winograd's transforms: one matrix product for each point of interpolation.
 */
#ifndef SFD_KERNELS_CONV_WINOGRAD_PRODUCT_TMPL_H
#define SFD_KERNELS_CONV_WINOGRAD_PRODUCT_TMPL_H

#include "kernels/conv/conv.h"
#include "kernels/conv/gemm_tmpl.h"

/* Padding keeps planes, and rows, from falling into the same cache sets. */
#define WINO_PAD (16 * WORD_ELEMENTS) /* elements */

/* What a thread's tile has in scratch memory. */
typedef struct wino_block {
    size_t n;                   /* rows of each matrix: 4x4 tiles, or positions */
    element *in;                /* [point][n][cin + padding], transformed */
    float *out;                 /* [point][n][columns] */
    element *zeros;             /* [cin], in place of positions outside the map */
    size_t in_plane, out_plane; /* elements, floats from point to point */
} wino_block;

/* n output channels from `first` on. */
typedef struct wino_columns {
    size_t first, n;
} wino_columns;

/* The columns from `first` on, at most `most`. */
static inline wino_columns wino_columns_from(const sfd_conv_shape *s, size_t first, size_t most)
{
    const size_t left = sfd_conv_cout(s) - first;
    return (wino_columns){first, left < most ? left : most};
}

/* Elements from row to row of transformed inputs. */
static inline size_t wino_in_row(const sfd_conv_shape *s)
{
    return sfd_conv_cin(s) + (s->cin % (256 * WORD_ELEMENTS) ? 0 : WINO_PAD);
}

/* One point's product with n_columns of packed weights. */
static inline void wino_product(const sfd_conv_shape *s, const wino_block *b, size_t point,
                                const word *w, size_t n_columns)
{
    const word *a = (const word *)(b->in + point * b->in_plane);
    const gemm_args g = {.rows = b->n,
                         .columns = n_columns,
                         .k = words(sfd_conv_cin(s)),
                         .n_taps = 1,
                         .end_tap = 1,
                         .a = &a,
                         .lda = words(wino_in_row(s)),
                         .w = w,
                         .y = b->out + point * b->out_plane,
                         .y_ld = n_columns};
    gemm_run(&g);
}

/* All points' products with weights that were transformed beforehand. */
static void wino_multiply(const sfd_conv_shape *s, const float *weights, size_t n_points,
                          const wino_block *b, wino_columns columns)
{
    const size_t k = words(sfd_conv_cin(s)), plane = gemm_packed_words(sfd_conv_cout(s), k);
    for (size_t point = 0; point < n_points; point++)
        wino_product(s, b, point, weights + point * plane + columns.first * k, columns.n);
}

#endif
