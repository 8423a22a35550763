/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of a job fails once: the error must be told, and nothing lost (the address
 * sanitizer's leak check sees to that). To be linked with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc. */
#ifndef SFD_TESTS_NO_MEMORY_H
#define SFD_TESTS_NO_MEMORY_H

#include <sfdet/common.h>

/* A job that succeeds where memory lasts, cleans up, and returns what it met. */
typedef sfd_status no_memory_job(void *user, sfd_error *err);

/* Runs it with one allocation after the other refused; at least so many there are. */
void refuse_each_allocation(no_memory_job *job, void *user, int at_least);

#endif
