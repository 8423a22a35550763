/* SPDX-License-Identifier: Apache-2.0 */
/* Walking up control groups. */
#include "base/cgroup.h"

#include <stdio.h>
#include <string.h>

#define PATH_ROOM (2 * SFD_CGROUP_LINE)

bool sfd_cgroup_read(char line[SFD_CGROUP_LINE], const char *dir, const char *file)
{
    char path[PATH_ROOM];
    if (snprintf(path, sizeof path, "%s/%s", dir, file) >= (int)sizeof path)
        return false;
    FILE *f = fopen(path, "re");
    const bool ok = f && fgets(line, SFD_CGROUP_LINE, f);
    if (f)
        fclose(f);
    return ok;
}

static long long lesser(long long a, long long b)
{
    return a < b ? a : b;
}

/* The least limit of a group and all above it. Inside a container the group's path may not be
 * there, then the root is the container's own group. */
static long long path_limit(const char *root, char *group, long long (*limit)(const char *dir))
{
    char dir[PATH_ROOM];
    long long least = SFD_CGROUP_NO_LIMIT;
    for (;;) {
        if (snprintf(dir, sizeof dir, "%s%s", root, group) >= (int)sizeof dir)
            return least;
        least = lesser(least, limit(dir));
        char *end = strrchr(group, '/');
        if (!end)
            return least;
        *end = '\0';
    }
}

static bool is_named(const char *controllers, size_t n, const char *name)
{
    for (const char *at = controllers; at < controllers + n;) {
        const size_t length = strcspn(at, ",:");
        if (length == strlen(name) && strncmp(at, name, length) == 0)
            return true;
        at += length + 1;
    }
    return false;
}

/* A line "0::/path" of version 2, or "4:cpu,cpuacct:/path" of version 1. */
static long long line_limit(const char *root, char *line, const char *controller,
                            long long (*limit)(const char *dir))
{
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path)
        return SFD_CGROUP_NO_LIMIT;
    line[strcspn(line, "\n")] = '\0';
    const size_t n = (size_t)(path - ++controllers);
    path++;
    if (n == 0)
        return path_limit(root, path, limit);
    if (!is_named(controllers, n, controller))
        return SFD_CGROUP_NO_LIMIT;
    char mounted[PATH_ROOM];
    snprintf(mounted, sizeof mounted, "%s/%.*s", root, (int)n, controllers);
    return path_limit(mounted, path, limit);
}

long long sfd_cgroup_least(const char *cgroup_file, const char *root, const char *controller,
                           long long (*limit)(const char *dir))
{
    char line[SFD_CGROUP_LINE];
    long long least = SFD_CGROUP_NO_LIMIT;
    FILE *f = fopen(cgroup_file, "re");
    while (f && fgets(line, sizeof line, f))
        least = lesser(least, line_limit(root, line, controller, limit));
    if (f)
        fclose(f);
    return least;
}
