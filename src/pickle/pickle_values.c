/* SPDX-License-Identifier: Apache-2.0 */
/* Values, made and looked at. */
#include "pickle/pickle.h"

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
