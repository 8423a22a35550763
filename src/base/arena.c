/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for what a file's index is read into. */
#include "base/arena.h"

#include "base/alloc.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 65536
#define ALIGNMENT   alignof(max_align_t)

typedef struct sfd_arena_block {
    struct sfd_arena_block *next;
    size_t n_used, n_bytes;
    alignas(max_align_t) unsigned char data[];
} sfd_arena_block;

void sfd_arena_init(sfd_arena *a, size_t max_bytes)
{
    *a = (sfd_arena){.max_bytes = max_bytes};
}

void sfd_arena_free(sfd_arena *a)
{
    while (a->blocks) {
        sfd_arena_block *next = a->blocks->next;
        free(a->blocks);
        a->blocks = next;
    }
    a->n_bytes = 0;
}

static sfd_arena_block *add_block(sfd_arena *a, size_t n)
{
    size_t n_bytes = n > BLOCK_BYTES ? n : BLOCK_BYTES;
    if (n_bytes > a->max_bytes - a->n_bytes) {
        a->exhausted = true;
        return NULL;
    }
    sfd_arena_block *block = sfd_calloc(1, sizeof *block + n_bytes);
    if (!block)
        return NULL;
    block->n_bytes = n_bytes;
    block->next = a->blocks;
    a->blocks = block;
    a->n_bytes += n_bytes;
    return block;
}

void *sfd_arena_alloc(sfd_arena *a, size_t n)
{
    if (n > a->max_bytes) {
        a->exhausted = true;
        return NULL;
    }
    n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    sfd_arena_block *block = a->blocks;
    if (!block || n > block->n_bytes - block->n_used)
        block = add_block(a, n);
    if (!block)
        return NULL;
    void *memory = block->data + block->n_used;
    block->n_used += n;
    return memory;
}

bool sfd_arena_grow(sfd_arena *a, void *array_ptr, size_t *n_alloc, size_t n_used, size_t size)
{
    if (n_used < *n_alloc)
        return true;
    size_t wanted = *n_alloc ? *n_alloc * 2 : 4;
    void *old, *grown = wanted <= SIZE_MAX / size ? sfd_arena_alloc(a, wanted * size) : NULL;
    if (!grown)
        return false;
    memcpy(&old, array_ptr, sizeof old);
    if (n_used > 0)
        memcpy(grown, old, n_used * size);
    memcpy(array_ptr, &grown, sizeof grown);
    *n_alloc = wanted;
    return true;
}
