/* SPDX-License-Identifier: Apache-2.0 */
/* A team of threads that share loops.
 *
 * Threads without work spin for a tenth of a millisecond, then sleep: on an idle machine the next
 * loop finds them awake, on a busy one they leave the core to who needs it. A loop is over when its
 * items are done; threads that have not woken by then are not waited for. */
#ifndef SFD_BASE_TEAM_H
#define SFD_BASE_TEAM_H

#include <sfdet/common.h>

typedef struct sfd_team sfd_team;

/* Computes one item; `thread` (0 .. size - 1) tells whose scratch memory to use. Which thread gets
 * an item is left to chance: results must not depend on it. */
typedef void (*sfd_team_fn)(void *user, size_t item, int thread);

/* n_threads >= 1, the caller of sfd_team_for among them. Errors: SFD_ERR_NOMEM (memory or threads).
 * The caller destroys *out. */
sfd_status sfd_team_create(sfd_team **out, int n_threads, sfd_error *err);
/* The same with places for guests: n_places >= n_threads, numbered behind the team's own. */
sfd_status sfd_team_create_open(sfd_team **out, int n_threads, int n_places, sfd_error *err);
void sfd_team_destroy(sfd_team *t); /* takes NULL; guests have left */

int sfd_team_size(const sfd_team *t); /* places, taken or not */

/* Calls fn for items 0 .. n - 1, handed out one by one in rising order, and returns when all are
 * done; their writes are visible then. One loop at a time, none inside another. Work that must be
 * cut the same way at every run takes parts as items: n = sfd_team_size(t).
 * In a process forked from the one that created the team the caller does all items itself. */
void sfd_team_for(sfd_team *t, size_t n, sfd_team_fn fn, void *user);

/* A thread that has nothing to do takes part in the team's loops, the one in hand and those to
 * come, and returns once guests have been sent away more often than `n_dismissed` times; at once
 * where no place is free. */
void sfd_team_help(sfd_team *t, unsigned n_dismissed);
unsigned sfd_team_dismissals(sfd_team *t);
/* Sends all guests away, each at the end of its loop. */
void sfd_team_dismiss(sfd_team *t);

/* Cores that this process may use: those of its affinity mask, no more than the CPU quotas of its
 * control groups (cpu.max of version 2, cfs_quota of version 1) and SLURM_CPUS_PER_TASK allow. At
 * least 1. */
int sfd_usable_cores(void);

/* The quota's share of it, for tests: the cores that the groups listed in `cgroup_file` (as
 * /proc/self/cgroup) may use, rounded up, by the files below `root` (as /sys/fs/cgroup); INT_MAX
 * without a limit. */
int sfd_quota_cores(const char *cgroup_file, const char *root);

#endif
