/* SPDX-License-Identifier: Apache-2.0 */
/* Memory by /proc, control groups and resource limits. */
#include "base/memory.h"

#include "base/cgroup.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t available(const char *meminfo)
{
    char line[256];
    unsigned long long kib;
    size_t bytes = SIZE_MAX;
    FILE *f = fopen(meminfo, "re");
    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1 && kib < SIZE_MAX / 1024)
            bytes = (size_t)kib * 1024;
    if (f)
        fclose(f);
    return bytes;
}

/* "max", or a number; version 1 has one near 2^63 where there is no limit. */
static long long group_bytes(const char *dir)
{
    char line[SFD_CGROUP_LINE];
    if (!sfd_cgroup_read(line, dir, "memory.max") &&
        !sfd_cgroup_read(line, dir, "memory.limit_in_bytes"))
        return SFD_CGROUP_NO_LIMIT;
    const long long bytes = atoll(line);
    return bytes > 0 ? bytes : SFD_CGROUP_NO_LIMIT;
}

size_t sfd_free_memory_of(const char *meminfo, const char *cgroup_file, const char *root)
{
    const long long limit = sfd_cgroup_least(cgroup_file, root, "memory", group_bytes);
    return least(available(meminfo), limit < SFD_CGROUP_NO_LIMIT ? (size_t)limit : SIZE_MAX);
}

size_t sfd_free_memory(void)
{
    struct rlimit space;
    const size_t n = sfd_free_memory_of("/proc/meminfo", "/proc/self/cgroup", "/sys/fs/cgroup");
    const bool limited = getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY;
    return limited ? least(n, (size_t)space.rlim_cur) : n;
}
