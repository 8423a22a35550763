/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the processor's instructions may be used. */
#ifndef SFD_BASE_CPU_H
#define SFD_BASE_CPU_H

#include <sfdet/common.h>

/* Features, each by itself: what the processor has and the operating system keeps the registers
 * of. A set of them is an unsigned. Names are those of Linux's /proc/cpuinfo,
 * in the order of these bits. */
typedef enum sfd_cpu_flag {
    SFD_CPU_AVX2 = 1 << 0,
    SFD_CPU_FMA = 1 << 1,
    SFD_CPU_F16C = 1 << 2,
    SFD_CPU_AVX_VNNI = 1 << 3,
    SFD_CPU_AVX512F = 1 << 4,
    SFD_CPU_AVX512BW = 1 << 5,
    SFD_CPU_AVX512DQ = 1 << 6,
    SFD_CPU_AVX512VL = 1 << 7,
    SFD_CPU_AVX512_BF16 = 1 << 8,
    SFD_CPU_AVX512_VNNI = 1 << 9,
    SFD_CPU_AMX_TILE = 1 << 10,
    SFD_CPU_AMX_BF16 = 1 << 11,
    SFD_CPU_AMX_INT8 = 1 << 12,
    SFD_CPU_ASIMD = 1 << 13,
    SFD_CPU_ASIMDDP = 1 << 14,
    SFD_CPU_I8MM = 1 << 15,
    SFD_CPU_BF16 = 1 << 16
} sfd_cpu_flag;

/* What the kernels of the sets scalar, avx2, avx512 and avx512_bf16 cannot do without, and on arm64
 * those of neon, neon_dot, neon_i8mm and neon_bf16. */
#define SFD_CPU_SCALAR     0u
#define SFD_CPU_NEEDS_AVX2 (SFD_CPU_AVX2 | SFD_CPU_FMA)
#define SFD_CPU_NEEDS_AVX512                                                                       \
    (SFD_CPU_NEEDS_AVX2 | SFD_CPU_AVX512F | SFD_CPU_AVX512BW | SFD_CPU_AVX512DQ | SFD_CPU_AVX512VL)
#define SFD_CPU_NEEDS_AVX512_BF16 (SFD_CPU_NEEDS_AVX512 | SFD_CPU_AVX512_BF16)
#define SFD_CPU_NEEDS_NEON        SFD_CPU_ASIMD
#define SFD_CPU_NEEDS_NEON_DOT    (SFD_CPU_NEEDS_NEON | SFD_CPU_ASIMDDP)
#define SFD_CPU_NEEDS_NEON_I8MM   (SFD_CPU_NEEDS_NEON_DOT | SFD_CPU_I8MM)
#define SFD_CPU_NEEDS_NEON_BF16   (SFD_CPU_NEEDS_NEON_I8MM | SFD_CPU_BF16)

/* The features of this machine. */
unsigned sfd_cpu_detect(void);

/* "avx512f" of SFD_CPU_AVX512F. */
const char *sfd_cpu_flag_name(sfd_cpu_flag flag);

/* The best of these sets, "scalar" to "neon_bf16", that the features are enough for. */
const char *sfd_cpu_name(unsigned cpu);

/* The features to use: those of this machine that belong to `wanted` (one of these names)
 * if not NULL, else to the environment variable SFD_CPU if set, else all. Errors: SFD_ERR_ARG
 * (unknown name), SFD_ERR_UNSUPPORTED (this machine does not have it). */
sfd_status sfd_cpu_choose(unsigned *out, const char *wanted, sfd_error *err);

#endif
