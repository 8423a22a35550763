/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel tables. */
#include "kernels/kernels.h"

#define DECLARE(suffix)                                                                            \
    void sfd_f32_add__##suffix(float *acc, const float *x, size_t n);                              \
    void sfd_f32_max__##suffix(float *acc, const float *x, size_t n);                              \
    void sfd_f32_add_scaled__##suffix(float *acc, const float *x, float f, size_t n);              \
    double sfd_f32_fma_chains__##suffix(size_t n);                                                 \
    void sfd_f32_max_pool_row__##suffix(const sfd_pool_shape *s, const float *x, float *y, int t,  \
                                        int h)

#define TABLE(LEVEL, suffix)                                                                       \
    {                                                                                              \
        .level = LEVEL, .n_conv = sizeof conv_##suffix / sizeof *conv_##suffix,                    \
        .conv = conv_##suffix, .max_pool_row = sfd_f32_max_pool_row__##suffix,                     \
        .add = sfd_f32_add__##suffix, .max = sfd_f32_max__##suffix,                                \
        .add_scaled = sfd_f32_add_scaled__##suffix, .fma_chains = sfd_f32_fma_chains__##suffix,    \
    }

DECLARE(scalar);
static const sfd_conv_algorithm *const conv_scalar[] = {&sfd_conv_plain, &sfd_conv_gemm};
static const sfd_kernels table_scalar = TABLE(SFD_CPU_SCALAR, scalar);

#if defined(__x86_64__)
DECLARE(avx2);
DECLARE(avx512);

static const sfd_conv_algorithm *const conv_avx2[] = {&sfd_conv_plain,
                                                      &sfd_conv_gemm,
                                                      &sfd_conv_packed__avx2,
                                                      &sfd_conv_rows__avx2,
                                                      &sfd_conv_planar__avx2,
                                                      &sfd_conv_planar_t__avx2,
                                                      &sfd_conv_winograd_t__avx2,
                                                      &sfd_conv_winograd_hw__avx2,
                                                      &sfd_conv_winograd_lean__avx2};
static const sfd_conv_algorithm *const conv_avx512[] = {&sfd_conv_plain,
                                                        &sfd_conv_gemm,
                                                        &sfd_conv_packed__avx512,
                                                        &sfd_conv_rows__avx512,
                                                        &sfd_conv_planar__avx512,
                                                        &sfd_conv_planar_t__avx512,
                                                        &sfd_conv_winograd_t__avx512,
                                                        &sfd_conv_winograd_hw__avx512,
                                                        &sfd_conv_winograd_lean__avx512};
static const sfd_kernels table_avx2 = TABLE(SFD_CPU_AVX2, avx2);
static const sfd_kernels table_avx512 = TABLE(SFD_CPU_AVX512, avx512);
#endif

const sfd_kernels *sfd_kernels_get(sfd_cpu_level level)
{
#if defined(__x86_64__)
    if (level == SFD_CPU_AVX512)
        return &table_avx512;
    if (level == SFD_CPU_AVX2)
        return &table_avx2;
#endif
    (void)level;
    return &table_scalar;
}
