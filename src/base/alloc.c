/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation with checked sizes. */
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64

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
    if (!sfd_mul_size(n, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT)
        return NULL;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return aligned_alloc(ALIGNMENT, bytes ? bytes : ALIGNMENT);
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
