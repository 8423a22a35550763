/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation with checked sizes. All of it is freed with free(). */
#ifndef SFD_BASE_ALLOC_H
#define SFD_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* True and *out = a * b, or false when the product does not fit. */
bool sfd_mul_size(size_t a, size_t b, size_t *out);

/* n objects of `size` bytes, zeroed (calloc) or not; NULL when n * size overflows or memory is out.
 * n = 0 gives a pointer that may be freed. */
void *sfd_calloc(size_t n, size_t size);
void *sfd_malloc_array(size_t n, size_t size);

/* As sfd_malloc_array, on a 64-byte boundary: for vector loads and cache lines. */
void *sfd_malloc_aligned(size_t n, size_t size);

/* Returns freed memory to the system, where malloc would keep it for the threads that had it. For
 * the end of work that needed much memory for a while. */
void sfd_release_freed(void);

/* Grows *array (n_used of *n_alloc elements of `size` bytes) so that one more fits; at least
 * doubles. False, everything unchanged, when memory is out. */
bool sfd_grow(void *array_ptr, size_t *n_alloc, size_t n_used, size_t size);

/* Copy of n bytes of text with a final zero, NULL when memory is out. */
char *sfd_strndup(const char *text, size_t n);
char *sfd_strdup(const char *text);

#endif
