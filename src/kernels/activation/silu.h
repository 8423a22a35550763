/* SPDX-License-Identifier: Apache-2.0 */
/* x / (1 + exp(-x)), the sigmoid linear unit. */
#ifndef SFD_KERNELS_ACTIVATION_SILU_H
#define SFD_KERNELS_ACTIVATION_SILU_H

#include <stddef.h>

/* The function of one instruction set; struct sfd_kernels says what it does. */
#define SFD_DECLARE_SILU(set) void sfd_f32_silu__##set(float *y, const float *x, size_t n)

SFD_DECLARE_SILU(scalar);
SFD_DECLARE_SILU(avx2);
SFD_DECLARE_SILU(avx512);
SFD_DECLARE_SILU(neon);

#endif
