/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for what a file's index is read into: bounded, freed all at once. */
#ifndef SFD_BASE_ARENA_H
#define SFD_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

typedef struct sfd_arena {
    struct sfd_arena_block *blocks; /* newest first */
    size_t n_bytes, max_bytes;      /* taken so far, and the limit */
    bool exhausted;                 /* the limit, not the system, refused */
} sfd_arena;

void sfd_arena_init(sfd_arena *a, size_t max_bytes);
void sfd_arena_free(sfd_arena *a);

/* n zeroed bytes for any type; NULL when the limit or the system refuses. */
void *sfd_arena_alloc(sfd_arena *a, size_t n);

/* An array of n_used elements of `size` bytes moved to one with room for at least one more (the old
 * one stays behind: at most doubling the total). False when memory is refused. */
bool sfd_arena_grow(sfd_arena *a, void *array_ptr, size_t *n_alloc, size_t n_used, size_t size);

#endif
