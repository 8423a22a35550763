/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers found by name: open addressing, linear probing. */
#include "base/name_table.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64

struct sfd_name_slot {
    const char *name; /* NULL: free */
    size_t number;
};

/* FNV-1a. It begins with the table's address, so that no file can choose names that meet. */
static size_t place_of(const sfd_name_table *t, const char *name)
{
    uint64_t h = 0xCBF29CE484222325u ^ (uintptr_t)t->slots;
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 0x100000001B3u;
    return (size_t)(h ^ h >> 32) & (t->n_slots - 1);
}

/* The slot of `name`, or the free one where it belongs. */
static struct sfd_name_slot *slot_of(const sfd_name_table *t, const char *name)
{
    size_t i = place_of(t, name);
    while (t->slots[i].name && strcmp(t->slots[i].name, name) != 0)
        i = (i + 1) & (t->n_slots - 1);
    return &t->slots[i];
}

static bool make_room(sfd_name_table *t)
{
    if (2 * (t->n_names + 1) <= t->n_slots)
        return true;
    sfd_name_table wider = {.n_slots = t->n_slots ? 2 * t->n_slots : FIRST_SLOTS,
                            .n_names = t->n_names};
    wider.slots = sfd_calloc(wider.n_slots, sizeof *wider.slots);
    if (!wider.slots)
        return false;
    for (size_t i = 0; i < t->n_slots; i++)
        if (t->slots[i].name)
            *slot_of(&wider, t->slots[i].name) = t->slots[i];
    free(t->slots);
    *t = wider;
    return true;
}

bool sfd_name_table_add(sfd_name_table *t, const char *name, size_t number)
{
    if (!make_room(t))
        return false;
    *slot_of(t, name) = (struct sfd_name_slot){name, number};
    t->n_names++;
    return true;
}

bool sfd_name_table_find(const sfd_name_table *t, const char *name, size_t *number)
{
    const struct sfd_name_slot *slot = t->n_slots > 0 ? slot_of(t, name) : NULL;
    if (!slot || !slot->name)
        return false;
    *number = slot->number;
    return true;
}

void sfd_name_table_free(sfd_name_table *t)
{
    free(t->slots);
    *t = (sfd_name_table){0};
}
