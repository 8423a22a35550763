/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over n values side by side. */
#ifndef SFD_KERNELS_DENSE_VECTOR_H
#define SFD_KERNELS_DENSE_VECTOR_H

#include <stddef.h>
#include <stdint.h>

/* The functions of one instruction set; struct sfd_kernels says what they do. */
#define SFD_DECLARE_VECTOR(set)                                                                    \
    void sfd_f32_add__##set(float *restrict acc, const float *restrict x, size_t n);               \
    void sfd_f32_max__##set(float *restrict acc, const float *restrict x, size_t n);               \
    void sfd_f32_add_scaled__##set(float *restrict acc, const float *restrict x, float f,          \
                                   size_t n);                                                      \
    void sfd_u8_from_f32__##set(uint8_t *restrict y, const float *restrict x, float factor,        \
                                float zero, size_t n);                                             \
    void sfd_f32_from_u8__##set(float *restrict y, const uint8_t *restrict x, float scale,         \
                                int zero, size_t n);                                               \
    double sfd_f32_fma_chains__##set(size_t n)

SFD_DECLARE_VECTOR(scalar);
SFD_DECLARE_VECTOR(avx2);
SFD_DECLARE_VECTOR(avx512);
SFD_DECLARE_VECTOR(neon);

#endif
