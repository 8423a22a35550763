/* SPDX-License-Identifier: Apache-2.0 */
/* The unpickler's memory. */
#include "base/error.h"
#include "pickle/pickle.h"

void sfd_unpickler_init(sfd_unpickler *u, const char *origin, size_t max_bytes, sfd_error *err)
{
    *u = (sfd_unpickler){.origin = origin, .err = err};
    sfd_arena_init(&u->arena, max_bytes);
}

void sfd_unpickler_free(sfd_unpickler *u)
{
    sfd_arena_free(&u->arena);
}

static void fail_memory(sfd_unpickler *u)
{
    if (u->status != SFD_OK)
        return;
    u->status = u->arena.exhausted
                    ? sfd_fail(u->err, SFD_ERR_FORMAT,
                               "%s: the pickle's objects need more than %zu bytes of memory",
                               u->origin, u->arena.max_bytes)
                    : sfd_fail_nomem(u->err, u->origin);
}

bool sfd_unpickler_grow(sfd_unpickler *u, void *array_ptr, size_t *n_alloc, size_t n_used,
                        size_t size)
{
    bool grown = sfd_arena_grow(&u->arena, array_ptr, n_alloc, n_used, size);
    if (!grown)
        fail_memory(u);
    return grown;
}

void *sfd_unpickler_alloc(sfd_unpickler *u, size_t n)
{
    void *memory = sfd_arena_alloc(&u->arena, n);
    if (!memory)
        fail_memory(u);
    return memory;
}
