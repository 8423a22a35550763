/* SPDX-License-Identifier: Apache-2.0 */
/* Which instruction sets may be used. */
#ifndef SFD_BASE_CPU_H
#define SFD_BASE_CPU_H

#include <sfdet/common.h>

/* In rising order: a machine that has one has those below it. */
typedef enum sfd_cpu_level {
    SFD_CPU_SCALAR, /* portable C */
    SFD_CPU_AVX2,   /* with FMA */
    SFD_CPU_AVX512  /* F, BW, DQ, VL */
} sfd_cpu_level;

/* The highest level of this machine. */
sfd_cpu_level sfd_cpu_detect(void);
const char *sfd_cpu_name(sfd_cpu_level level);

/* The level to use: `wanted` ("scalar", "avx2", "avx512") if not NULL, else the environment
 * variable SFD_CPU if set, else the highest. Errors: SFD_ERR_ARG (unknown name),
 * SFD_ERR_UNSUPPORTED (this machine does not have it). */
sfd_status sfd_cpu_choose(sfd_cpu_level *out, const char *wanted, sfd_error *err);

/* Cores that this process may use, at least 1. */
int sfd_cpu_count(void);

#endif
