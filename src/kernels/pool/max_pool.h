/* SPDX-License-Identifier: Apache-2.0 */
/* 3D max pooling of channels-last maps of float32 or bfloat16, or of
 * bytes to bytes. */
#ifndef SFD_KERNELS_POOL_MAX_POOL_H
#define SFD_KERNELS_POOL_MAX_POOL_H

#include "base/dtype.h"

#include <stddef.h>

typedef struct sfd_pool_shape {
    int in[3], out[3]; /* T, H, W */
    int channels;
    int kernel[3], stride[3], padding[3];
    size_t x_ld, y_ld;
    sfd_dtype x_type, y_type;
} sfd_pool_shape;

/* The function of one instruction set; struct sfd_kernels says what it does. */
#define SFD_DECLARE_MAX_POOL(set)                                                                  \
    void sfd_f32_max_pool_row__##set(const sfd_pool_shape *s, const void *x, void *y, int t, int h)

SFD_DECLARE_MAX_POOL(scalar);
SFD_DECLARE_MAX_POOL(avx2);
SFD_DECLARE_MAX_POOL(avx512);
SFD_DECLARE_MAX_POOL(neon);

#endif
