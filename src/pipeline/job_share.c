/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs by cores and memory. */
#include "pipeline/job_share.h"

#include "base/memory.h"
#include "base/team.h"

#define THREADS_OF_JOB 4 /* where there are many */
#define PART_OF_MEMORY 4 /* taken by further jobs: one of so many */

static size_t count_threads(int n_threads)
{
    const int n_cores = sfd_usable_cores();
    return (size_t)(n_threads > 0 && n_threads < n_cores ? n_threads : n_cores);
}

size_t sfd_jobs_of_cores(int n_threads)
{
    const size_t n = count_threads(n_threads), few = n < THREADS_OF_JOB ? n : THREADS_OF_JOB;
    return n / THREADS_OF_JOB > few ? n / THREADS_OF_JOB : few;
}

size_t sfd_jobs_in_memory(size_t n, size_t n_bytes)
{
    const size_t further = sfd_free_memory() / PART_OF_MEMORY / (n_bytes > 0 ? n_bytes : 1);
    return n > 0 && n - 1 > further ? 1 + further : n;
}

sfd_job_share sfd_share_of_job(int n_threads, size_t n_jobs, size_t i)
{
    if (n_jobs == 1)
        return (sfd_job_share){n_threads, 0};
    const size_t total = count_threads(n_threads);
    const size_t part = total / n_jobs + (i < total % n_jobs), own = part > 0 ? part : 1;
    const size_t others = n_jobs - 1, left = total > own ? total - own : 0;
    return (sfd_job_share){(int)own, (int)(others < left ? others : left)};
}
