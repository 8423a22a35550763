/* SPDX-License-Identifier: Apache-2.0 */
/* How many cores this process may use. */
#include "base/team.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CPUS 8192
#define MAX_LINE 4096

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

static bool read_line(char line[MAX_LINE], const char *dir, const char *file)
{
    char path[2 * MAX_LINE];
    if (snprintf(path, sizeof path, "%s/%s", dir, file) >= (int)sizeof path)
        return false;
    FILE *f = fopen(path, "re");
    const bool ok = f && fgets(line, MAX_LINE, f);
    if (f)
        fclose(f);
    return ok;
}

/* Microseconds of CPU time in every period -> cores; no number, or none above 0: no limit. */
static int cores_of(const char *quota, const char *period)
{
    const long long q = atoll(quota), p = atoll(period);
    if (q <= 0 || p <= 0)
        return INT_MAX;
    const long long cores = q / p + (q % p != 0);
    return cores < INT_MAX ? (int)cores : INT_MAX;
}

/* The limit of one group: "max 100000" or "150000 100000" in version 2, two files in version 1. */
static int group_cores(const char *dir)
{
    char line[MAX_LINE], quota[MAX_LINE];
    if (read_line(line, dir, "cpu.max")) {
        const char *period = strchr(line, ' ');
        return period ? cores_of(line, period) : INT_MAX;
    }
    if (read_line(quota, dir, "cpu.cfs_quota_us") && read_line(line, dir, "cpu.cfs_period_us"))
        return cores_of(quota, line);
    return INT_MAX;
}

/* The least limit of a group and all above it. Inside a container the group's path may not be
 * there, then the root is the container's own group. */
static int path_cores(const char *root, char *group)
{
    char dir[2 * MAX_LINE];
    int least = INT_MAX;
    for (;;) {
        if (snprintf(dir, sizeof dir, "%s%s", root, group) >= (int)sizeof dir)
            return least;
        const int n = group_cores(dir);
        least = n < least ? n : least;
        char *end = strrchr(group, '/');
        if (!end)
            return least;
        *end = '\0';
    }
}

static bool names_cpu(const char *controllers, size_t n)
{
    for (const char *at = controllers; at < controllers + n;) {
        const size_t length = strcspn(at, ",:");
        if (length == 3 && strncmp(at, "cpu", 3) == 0)
            return true;
        at += length + 1;
    }
    return false;
}

/* A line "0::/path" of version 2, or "4:cpu,cpuacct:/path" of version 1. */
static int line_cores(const char *root, char *line)
{
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path)
        return INT_MAX;
    line[strcspn(line, "\n")] = '\0';
    const size_t n = (size_t)(path - ++controllers);
    path++;
    if (n == 0)
        return path_cores(root, path);
    if (!names_cpu(controllers, n))
        return INT_MAX;
    char mounted[2 * MAX_LINE];
    snprintf(mounted, sizeof mounted, "%s/%.*s", root, (int)n, controllers);
    return path_cores(mounted, path);
}

int sfd_quota_cores(const char *cgroup_file, const char *root)
{
    char line[MAX_LINE];
    int least = INT_MAX;
    FILE *f = fopen(cgroup_file, "re");
    while (f && fgets(line, sizeof line, f)) {
        const int n = line_cores(root, line);
        least = n < least ? n : least;
    }
    if (f)
        fclose(f);
    return least;
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
