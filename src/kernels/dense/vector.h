/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over n floats side by side. */
#ifndef SFD_KERNELS_DENSE_VECTOR_H
#define SFD_KERNELS_DENSE_VECTOR_H

#include <stddef.h>

/* The functions of one instruction set; struct sfd_kernels says what they do. */
#define SFD_DECLARE_VECTOR(set)                                                                    \
    void sfd_f32_add__##set(float *restrict acc, const float *restrict x, size_t n);               \
    void sfd_f32_max__##set(float *restrict acc, const float *restrict x, size_t n);               \
    void sfd_f32_add_scaled__##set(float *restrict acc, const float *restrict x, float f,          \
                                   size_t n);                                                      \
    double sfd_f32_fma_chains__##set(size_t n)

SFD_DECLARE_VECTOR(scalar);
SFD_DECLARE_VECTOR(avx2);
SFD_DECLARE_VECTOR(avx512);

#endif
