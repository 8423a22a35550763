/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms of Winograd's way to the gradient of a convolution's weights, 1x3x3 (two axes) or
 * 3x1x1 (one) at stride 1. They are the transposes of the way to its output
 * (kernels/conv/winograd_tmpl.h): where that is A' [(G w) * (B' x)], the gradient of w is
 *
 *   G' [sum over tiles of (B' x) * (A dy)]
 *
 * with a quarter of the products of a plain sum, or half of them. A tile is 4 outputs an axis and
 * the 6 inputs that they see. The sums of products are those of outer.h, one for each of the 6 or
 * 36 points. */
#ifndef SFD_KERNELS_OUTER_WINOGRAD_H
#define SFD_KERNELS_OUTER_WINOGRAD_H

#include <stddef.h>

/* Channels are read and written in whole vectors: up to one past the n-th. The first axis is the
 * slower one. */
typedef struct sfd_wino_outer {
    /* A tile's inputs at [6^axes] rows, and its outputs' gradients at [4^axes], to [6^axes][n],
     * planes `plane` floats apart. */
    void (*inputs)(int axes, const float *const *at, size_t n, float *to, size_t plane);
    void (*outputs)(int axes, const float *const *at, size_t n, float *to, size_t plane);
    /* Sums of products [6^axes][n] to [3^axes][n], the taps. */
    void (*taps)(int axes, const float *from, size_t from_plane, size_t n, float *to,
                 size_t to_plane);
} sfd_wino_outer;

extern const sfd_wino_outer sfd_wino_outer__avx2, sfd_wino_outer__avx512, sfd_wino_outer__neon;

#endif
