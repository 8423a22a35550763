/* SPDX-License-Identifier: Apache-2.0 */
/* How many cores this process may use. */
#include "base/cgroup.h"
#include "base/team.h"

#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CPUS 8192

static int affinity_cores(void)
{
    const size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
    cpu_set_t *set = CPU_ALLOC(MAX_CPUS);
    int n = 0;
    if (set && sched_getaffinity(0, size, set) == 0)
        n = CPU_COUNT_S(size, set);
    CPU_FREE(set);
    return n > 0 ? n : (int)sysconf(_SC_NPROCESSORS_ONLN);
}

/* Microseconds of CPU time in every period -> cores; no number, or none above 0: no limit. */
static long long cores_of(const char *quota, const char *period)
{
    const long long q = atoll(quota), p = atoll(period);
    return q > 0 && p > 0 ? q / p + (q % p != 0) : SFD_CGROUP_NO_LIMIT;
}

/* "max 100000" or "150000 100000" in version 2, two files in version 1. */
static long long group_cores(const char *dir)
{
    char line[SFD_CGROUP_LINE], quota[SFD_CGROUP_LINE];
    if (sfd_cgroup_read(line, dir, "cpu.max")) {
        const char *period = strchr(line, ' ');
        return period ? cores_of(line, period) : SFD_CGROUP_NO_LIMIT;
    }
    if (sfd_cgroup_read(quota, dir, "cpu.cfs_quota_us") &&
        sfd_cgroup_read(line, dir, "cpu.cfs_period_us"))
        return cores_of(quota, line);
    return SFD_CGROUP_NO_LIMIT;
}

int sfd_quota_cores(const char *cgroup_file, const char *root)
{
    const long long n = sfd_cgroup_least(cgroup_file, root, "cpu", group_cores);
    return n < INT_MAX ? (int)n : INT_MAX;
}

int sfd_usable_cores(void)
{
    int n = affinity_cores();
    const int quota = sfd_quota_cores("/proc/self/cgroup", "/sys/fs/cgroup");
    const char *slurm = getenv("SLURM_CPUS_PER_TASK");
    const int allotted = slurm ? atoi(slurm) : 0;
    n = quota < n ? quota : n;
    n = allotted > 0 && allotted < n ? allotted : n;
    return n < 1 ? 1 : n;
}
