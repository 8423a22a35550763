/* SPDX-License-Identifier: Apache-2.0 */
/* What training does to each value of a map beside its convolution: batch norm, a residual sum and
 * ReLU, forward and backward. */
#ifndef SFD_KERNELS_NORM_NORM_H
#define SFD_KERNELS_NORM_NORM_H

#include <stdbool.h>
#include <stddef.h>

/* Floats of one map from row to row, NULL where there is no such map. */
typedef struct sfd_norm_map {
    float *x;
    size_t ld;
} sfd_norm_map;

/* Positions of a node's maps, n channels each. No two of the maps overlap. */
typedef struct sfd_norm_rows {
    size_t rows, n;
    sfd_norm_map z;                    /* before batch norm; none without it */
    sfd_norm_map y, dy;                /* the node's output and its gradient */
    sfd_norm_map residual, d_residual; /* that is added, and its gradient */
    const float *mean;                 /* [n], of z */
    const float *scale, *shift;        /* [n], forward: of z - mean; backward: of dy */
    const float *slope;                /* [n], backward: of z - mean */
    bool relu;
} sfd_norm_rows;

/* The functions of one instruction set. */
#define SFD_DECLARE_NORM(set)                                                                      \
    /* Adds the sums of z - mean and of its square. */                                             \
    void sfd_norm_moments__##set(const sfd_norm_rows *r, double *sum, double *square);             \
    /* y = (z - mean) * scale + shift, or y as it is; + residual; ReLU, which keeps NaN. */        \
    void sfd_norm_forward__##set(const sfd_norm_rows *r);                                          \
    /* Clears dy where ReLU did, adds it to d_residual, and its sum and that of dy * (z - mean),   \
     * where there is z, to `sum` and `product`. */                                                \
    void sfd_norm_mask__##set(const sfd_norm_rows *r, double *sum, double *product);               \
    /* z = dy * scale + shift + (z - mean) * slope. */                                             \
    void sfd_norm_backward__##set(const sfd_norm_rows *r)

SFD_DECLARE_NORM(scalar);
SFD_DECLARE_NORM(avx2);
SFD_DECLARE_NORM(avx512);
SFD_DECLARE_NORM(neon);

#endif
