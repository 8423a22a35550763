/* SPDX-License-Identifier: Apache-2.0 */
/* The unpickler's memory, and the values in it. */
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

sfd_value *sfd_new_value(sfd_unpickler *u, sfd_value_type type)
{
    sfd_value *v = sfd_unpickler_alloc(u, sizeof *v);
    if (v)
        v->type = type;
    return v;
}

bool sfd_append(sfd_unpickler *u, sfd_value *list, sfd_value *item)
{
    if (!sfd_unpickler_grow(u, &list->list.items, &list->list.n_alloc, list->list.n,
                            sizeof(sfd_value *)))
        return false;
    list->list.items[list->list.n++] = item;
    return true;
}

bool sfd_note_storage(sfd_unpickler *u, sfd_storage *storage)
{
    if (!sfd_unpickler_grow(u, &u->storages, &u->n_storages_alloc, u->n_storages,
                            sizeof(sfd_storage *)))
        return false;
    u->storages[u->n_storages++] = storage;
    return true;
}

bool sfd_value_size(const sfd_value *v, size_t *out)
{
    if (v->type != SFD_VALUE_INT || v->integer < 0 || (uint64_t)v->integer > SIZE_MAX)
        return false;
    *out = (size_t)v->integer;
    return true;
}

sfd_value *sfd_value_get(sfd_unpickler *u, const sfd_value *v, const char *key)
{
    if (v->type != SFD_VALUE_DICT)
        return NULL;
    for (size_t i = 0; i + 1 < v->list.n; i += 2)
        if (sfd_value_is(u, v->list.items[i], key))
            return v->list.items[i + 1];
    return NULL;
}
