/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation of a job fails once. */
#include "support/no_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static atomic_int countdown; /* the allocation that finds 1 fails; 0: none does */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static bool fails(void)
{
    int before = atomic_load(&countdown);
    while (before > 0 && !atomic_compare_exchange_weak(&countdown, &before, before - 1))
        ;
    return before == 1;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

void refuse_each_allocation(no_memory_job *job, void *user, int at_least)
{
    int n = 0;
    for (;;) {
        sfd_error err = {SFD_OK, ""};
        atomic_store(&countdown, ++n);
        const sfd_status status = job(user, &err);
        if (atomic_exchange(&countdown, 0) > 0) { /* fewer allocations than that */
            if (status != SFD_OK)
                fail_msg("without a refusal: status %d, \"%s\"", (int)status, err.message);
            break;
        }
        if (status != SFD_ERR_NOMEM || err.status != SFD_ERR_NOMEM)
            fail_msg("allocation %d: status %d, \"%s\"", n, (int)status, err.message);
        if (!strstr(err.message, "memory") && !strstr(err.message, "cannot start"))
            fail_msg("allocation %d: \"%s\"", n, err.message);
    }
    print_message("%d allocations\n", n - 1);
    assert_true(n > at_least);
}
