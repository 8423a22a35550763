/* SPDX-License-Identifier: Apache-2.0 */
/* Which instruction sets may be used, and how many cores. */
#include "base/cpu.h"

#include "base/error.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

static const char *const level_names[] = {"scalar", "avx2", "avx512"};

sfd_cpu_level sfd_cpu_detect(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return SFD_CPU_SCALAR;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return SFD_CPU_AVX512;
    return SFD_CPU_AVX2;
#else
    return SFD_CPU_SCALAR;
#endif
}

const char *sfd_cpu_name(sfd_cpu_level level)
{
    return level_names[level];
}

sfd_status sfd_cpu_choose(sfd_cpu_level *out, const char *wanted, sfd_error *err)
{
    sfd_cpu_level best = sfd_cpu_detect();
    *out = best;
    const char *from = wanted ? "cpu" : "SFD_CPU";
    const char *name = wanted ? wanted : getenv("SFD_CPU");
    if (!name || !*name)
        return SFD_OK;
    for (int i = SFD_CPU_SCALAR; i <= SFD_CPU_AVX512; i++) {
        if (strcmp(name, level_names[i]) != 0)
            continue;
        if (i > (int)best)
            return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: this machine has no %s, its best is %s",
                            from, name, level_names[best]);
        *out = (sfd_cpu_level)i;
        return SFD_OK;
    }
    return sfd_fail(err, SFD_ERR_ARG, "%s: \"%s\" is not one of scalar, avx2, avx512", from, name);
}

int sfd_cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    return CPU_COUNT(&set);
}
