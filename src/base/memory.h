/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory this process may still take. */
#ifndef SFD_BASE_MEMORY_H
#define SFD_BASE_MEMORY_H

#include <stddef.h>

/* What the machine has free or could free, no more than the limits of its control groups
 * (memory.max of version 2, memory.limit_in_bytes of version 1) and of its address space are.
 * SIZE_MAX: not known. */
size_t sfd_free_memory(void);

/* The same by the file `meminfo` (as /proc/meminfo), and groups as for sfd_quota_cores. */
size_t sfd_free_memory_of(const char *meminfo, const char *cgroup_file, const char *root);

#endif
