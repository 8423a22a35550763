/* SPDX-License-Identifier: Apache-2.0 */
/* How many keyframes are computed at once, and by how many threads each. */
#ifndef SFD_PIPELINE_JOB_SHARE_H
#define SFD_PIPELINE_JOB_SHARE_H

#include <stddef.h>

/* Of one job: threads of its own (0: one per core), and places for those of others. */
typedef struct sfd_job_share {
    int n_threads, n_places;
} sfd_job_share;

/* For a detector of n_threads (0: one per core): a job for each of up to four threads, which need
 * not wait for each other then; with more threads a job for every four, at least four. */
size_t sfd_jobs_of_cores(int n_threads);

/* How many of n jobs of so many bytes each fit: all but the first take a quarter of what memory
 * there is at most. */
size_t sfd_jobs_in_memory(size_t n, size_t n_bytes);

/* An equal share of all threads, of which there are no more than cores. */
sfd_job_share sfd_share_of_job(int n_threads, size_t n_jobs, size_t i);

#endif
