/* SPDX-License-Identifier: Apache-2.0 */
/* Products of two maps' channels, summed over positions: the gradient of a convolution's weights.
 */
#ifndef SFD_KERNELS_OUTER_OUTER_H
#define SFD_KERNELS_OUTER_OUTER_H

#include <stddef.h>

/* c[i][j] += sum over the rows k of a[k][i] * b[k][j]. */
typedef struct sfd_outer {
    size_t rows, m, n;
    const float *a; /* [rows][m], a_ld apart */
    size_t a_ld;
    const float *const *b; /* [rows], of n floats each; up to a vector past them is read */
    float *c;              /* [m][n], c_ld apart */
    size_t c_ld;
} sfd_outer;

/* The function of one instruction set. */
#define SFD_DECLARE_OUTER(set) void sfd_f32_outer__##set(const sfd_outer *o)

SFD_DECLARE_OUTER(scalar);
SFD_DECLARE_OUTER(avx2);
SFD_DECLARE_OUTER(avx512);
SFD_DECLARE_OUTER(neon);

#endif
