/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel tables. A better instruction set names its own functions where it has any, and those
 * of a lesser one elsewhere. */
#include "kernels/kernels.h"

#include "kernels/activation/silu.h"
#include "kernels/dense/vector.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define CONV(list)    .conv = list, .n_conv = LENGTH(list)
#define QCONV(list)   .qconv = list, .n_qconv = LENGTH(list)
#define MAX_POOL(set) .max_pool_row = sfd_f32_max_pool_row__##set
#define SILU(set)     .silu = sfd_f32_silu__##set
#define TRAINING(set)                                                                              \
    .outer = sfd_f32_outer__##set, .norm_moments = sfd_norm_moments__##set,                        \
    .norm_forward = sfd_norm_forward__##set, .norm_mask = sfd_norm_mask__##set,                    \
    .norm_backward = sfd_norm_backward__##set
#define TRAINING_VECTOR(set) TRAINING(set), .wino_outer = &sfd_wino_outer__##set
#define VECTOR(set)                                                                                \
    .add = sfd_f32_add__##set, .max = sfd_f32_max__##set, .add_scaled = sfd_f32_add_scaled__##set, \
    .u8_from_f32 = sfd_u8_from_f32__##set, .f32_from_u8 = sfd_f32_from_u8__##set,                  \
    .fma_chains = sfd_f32_fma_chains__##set

#define PORTABLE_CONV &sfd_conv_plain, &sfd_conv_gemm
#define VECTOR_CONV(set)                                                                           \
    &sfd_conv_packed__##set, &sfd_conv_rows__##set, &sfd_conv_planar__##set,                       \
        &sfd_conv_planar_t__##set, &sfd_conv_winograd_t__##set, &sfd_conv_winograd_hw__##set,      \
        &sfd_conv_winograd_lean__##set, &sfd_conv_depthwise__##set,                                \
        &sfd_conv_grouped_packed__##set, &sfd_conv_grouped_winograd_hw__##set

#define BF16_CONV(set)                                                                             \
    &sfd_conv_packed_bf16__##set, &sfd_conv_rows_bf16__##set, &sfd_conv_planar_bf16__##set,        \
        &sfd_conv_planar_t_bf16__##set, &sfd_conv_winograd_t_bf16__##set,                          \
        &sfd_conv_winograd_hw_bf16__##set, &sfd_conv_winograd_lean_bf16__##set,                    \
        &sfd_conv_grouped_packed_bf16__##set, &sfd_conv_grouped_winograd_hw_bf16__##set

static const sfd_conv_algorithm *const conv_scalar[] = {PORTABLE_CONV};
static const sfd_qconv_algorithm *const qconv_scalar[] = {&sfd_qconv_plain};
#if defined(__x86_64__)
static const sfd_conv_algorithm *const conv_avx2[] = {PORTABLE_CONV, VECTOR_CONV(avx2),
                                                      BF16_CONV(avx2)};
static const sfd_conv_algorithm *const conv_avx512[] = {PORTABLE_CONV, VECTOR_CONV(avx512),
                                                        BF16_CONV(avx512)};
static const sfd_conv_algorithm *const conv_avx512_bf16[] = {PORTABLE_CONV, VECTOR_CONV(avx512),
                                                             BF16_CONV(avx512_bf16)};
static const sfd_qconv_algorithm *const qconv_avx2[] = {
    &sfd_qconv_rows__avx2, &sfd_qconv_winograd_hw__avx2, &sfd_qconv_winograd_t__avx2,
    &sfd_qconv_direct__avx2};
static const sfd_qconv_algorithm *const qconv_avx512_vnni[] = {&sfd_qconv_rows__avx512_vnni,
                                                               &sfd_qconv_winograd_hw__avx512_vnni,
                                                               &sfd_qconv_direct__avx512_vnni};
#elif defined(__aarch64__)
static const sfd_conv_algorithm *const conv_neon[] = {PORTABLE_CONV, VECTOR_CONV(neon),
                                                      BF16_CONV(neon)};
static const sfd_conv_algorithm *const conv_neon_bf16[] = {PORTABLE_CONV, VECTOR_CONV(neon),
                                                           BF16_CONV(neon_bf16)};
static const sfd_qconv_algorithm *const qconv_neon[] = {
    &sfd_qconv_rows__neon, &sfd_qconv_winograd_hw__neon, &sfd_qconv_winograd_t__neon,
    &sfd_qconv_direct__neon};
static const sfd_qconv_algorithm *const qconv_neon_dot[] = {&sfd_qconv_rows__neon_dot,
                                                            &sfd_qconv_direct__neon_dot};
static const sfd_qconv_algorithm *const qconv_neon_i8mm[] = {&sfd_qconv_rows__neon_i8mm,
                                                             &sfd_qconv_direct__neon_i8mm};
#endif

static const sfd_kernels tables[] = {
    {.needs = SFD_CPU_SCALAR,
     CONV(conv_scalar),
     QCONV(qconv_scalar),
     MAX_POOL(scalar),
     VECTOR(scalar),
     SILU(scalar),
     TRAINING(scalar)},
#if defined(__x86_64__)
    {.needs = SFD_CPU_NEEDS_AVX2,
     CONV(conv_avx2),
     QCONV(qconv_avx2),
     MAX_POOL(avx2),
     VECTOR(avx2),
     SILU(avx2),
     TRAINING_VECTOR(avx2)},
    {.needs = SFD_CPU_NEEDS_AVX512,
     CONV(conv_avx512),
     QCONV(qconv_avx2),
     MAX_POOL(avx512),
     VECTOR(avx512),
     SILU(avx512),
     TRAINING_VECTOR(avx512)},
    {.needs = SFD_CPU_NEEDS_AVX512 | SFD_CPU_AVX512_VNNI,
     CONV(conv_avx512),
     QCONV(qconv_avx512_vnni),
     MAX_POOL(avx512),
     VECTOR(avx512),
     SILU(avx512),
     TRAINING_VECTOR(avx512)},
    {.needs = SFD_CPU_NEEDS_AVX512_BF16 | SFD_CPU_AVX512_VNNI,
     CONV(conv_avx512_bf16),
     QCONV(qconv_avx512_vnni),
     MAX_POOL(avx512),
     VECTOR(avx512),
     SILU(avx512),
     TRAINING_VECTOR(avx512)},
#elif defined(__aarch64__)
    {.needs = SFD_CPU_NEEDS_NEON,
     CONV(conv_neon),
     QCONV(qconv_neon),
     MAX_POOL(neon),
     VECTOR(neon),
     SILU(neon),
     TRAINING_VECTOR(neon)},
    {.needs = SFD_CPU_NEEDS_NEON_DOT,
     CONV(conv_neon),
     QCONV(qconv_neon_dot),
     MAX_POOL(neon),
     VECTOR(neon),
     SILU(neon),
     TRAINING_VECTOR(neon)},
    {.needs = SFD_CPU_NEEDS_NEON_I8MM,
     CONV(conv_neon),
     QCONV(qconv_neon_i8mm),
     MAX_POOL(neon),
     VECTOR(neon),
     SILU(neon),
     TRAINING_VECTOR(neon)},
    {.needs = SFD_CPU_NEEDS_NEON_BF16,
     CONV(conv_neon_bf16),
     QCONV(qconv_neon_i8mm),
     MAX_POOL(neon),
     VECTOR(neon),
     SILU(neon),
     TRAINING_VECTOR(neon)},
#endif
};

const sfd_kernels *sfd_kernels_at(size_t i)
{
    return i < LENGTH(tables) ? &tables[i] : NULL;
}

const sfd_kernels *sfd_kernels_get(unsigned cpu)
{
    size_t best = 0;
    for (size_t i = 1; i < LENGTH(tables); i++)
        if ((tables[i].needs & ~cpu) == 0)
            best = i;
    return &tables[best];
}
