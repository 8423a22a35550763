/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation with checked sizes. */
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __GLIBC__ /* known only now */
#include <malloc.h>
#endif

#define ALIGNMENT 64
/* Large blocks lie on whole huge pages, which Linux gives on request: a page fault for every 2 MiB
 * instead of every 4 KiB, and fewer entries of the page table to look up. */
#define HUGE_PAGE ((size_t)2 << 20)
#define MIN_HUGE  (2 * HUGE_PAGE)

bool sfd_mul_size(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

void *sfd_calloc(size_t n, size_t size)
{
    return calloc(n ? n : 1, size);
}

void *sfd_malloc_array(size_t n, size_t size)
{
    size_t bytes;
    return sfd_mul_size(n, size, &bytes) ? malloc(bytes ? bytes : 1) : NULL;
}

void *sfd_malloc_aligned(size_t n, size_t size)
{
    size_t bytes;
    if (!sfd_mul_size(n, size, &bytes) || bytes > SIZE_MAX - HUGE_PAGE)
        return NULL;
    const size_t alignment = bytes < MIN_HUGE ? ALIGNMENT : HUGE_PAGE;
    bytes = bytes ? (bytes + alignment - 1) / alignment * alignment : alignment;
    void *block = aligned_alloc(alignment, bytes);
#ifdef MADV_HUGEPAGE
    if (block && alignment == HUGE_PAGE) /* advice only: without it the block is as good */
        (void)madvise(block, bytes, MADV_HUGEPAGE);
#endif
    return block;
}

void sfd_release_freed(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

bool sfd_grow(void *array_ptr, size_t *n_alloc, size_t n_used, size_t size)
{
    if (n_used < *n_alloc)
        return true;
    size_t wanted = *n_alloc < 8 ? 16 : *n_alloc * 2, bytes;
    if (wanted <= *n_alloc || !sfd_mul_size(wanted, size, &bytes))
        return false;
    void *old, *grown;
    memcpy(&old, array_ptr, sizeof old);
    grown = realloc(old, bytes);
    if (!grown)
        return false;
    memcpy(array_ptr, &grown, sizeof grown);
    *n_alloc = wanted;
    return true;
}

char *sfd_strndup(const char *text, size_t n)
{
    char *copy = n < SIZE_MAX ? malloc(n + 1) : NULL;
    if (copy) {
        memcpy(copy, text, n);
        copy[n] = '\0';
    }
    return copy;
}

char *sfd_strdup(const char *text)
{
    return sfd_strndup(text, strlen(text));
}
