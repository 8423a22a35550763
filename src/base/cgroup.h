/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of the control groups that a process is in, versions 1 and 2. */
#ifndef SFD_BASE_CGROUP_H
#define SFD_BASE_CGROUP_H

#include <limits.h>
#include <stdbool.h>

#define SFD_CGROUP_NO_LIMIT LLONG_MAX
#define SFD_CGROUP_LINE     4096

/* The least of what `limit` tells of the folders of all groups listed in `cgroup_file` (as
 * /proc/self/cgroup) below `root` (as /sys/fs/cgroup), and of those above them: groups of version
 * 2, and those of version 1 with this controller. */
long long sfd_cgroup_least(const char *cgroup_file, const char *root, const char *controller,
                           long long (*limit)(const char *dir));

/* The first line of a group's file; false where there is none. */
bool sfd_cgroup_read(char line[SFD_CGROUP_LINE], const char *dir, const char *file);

#endif
