/* SPDX-License-Identifier: Apache-2.0 */
/* Actions by id and by name. */
#include "annotations/label_list.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *keep(sfd_label_list *l, char *text)
{
    if (!text || !sfd_grow(&l->texts, &l->n_texts_alloc, l->n_texts, sizeof *l->texts)) {
        free(text);
        return NULL;
    }
    return l->texts[l->n_texts++] = text;
}

static char *join(const char *group, const char *name)
{
    const size_t n = strlen(group) + strlen(name) + 3;
    char *text = malloc(n);
    if (text)
        snprintf(text, n, "%s: %s", group, name);
    return text;
}

/* A name that is taken already stays with the first label that has it. */
static bool add_name(sfd_label_list *l, const char *key, size_t i)
{
    size_t other;
    return sfd_name_table_find(&l->by_name, key, &other) || sfd_name_table_add(&l->by_name, key, i);
}

static bool name_label(sfd_label_list *l, size_t i, const char *group, const char *name)
{
    sfd_action_label *item = &l->items[i];
    if (!(item->name = keep(l, sfd_strdup(name))) || !add_name(l, item->name, i))
        return false;
    if (!group)
        return true;
    const char *full = keep(l, join(group, name));
    return full && (item->group = keep(l, sfd_strdup(group))) && add_name(l, full, i);
}

static sfd_status add(sfd_label_list *l, int id, const char *group, const char *name, size_t *out,
                      sfd_error *err)
{
    if (!sfd_grow(&l->items, &l->n_alloc, l->n, sizeof *l->items))
        return sfd_fail_nomem(err, "labels");
    l->items[l->n] = (sfd_action_label){.id = id};
    if (name && !name_label(l, l->n, group, name))
        return sfd_fail_nomem(err, "labels");
    *out = l->n;
    l->by_id[id] = ++l->n;
    l->max_id = id > l->max_id ? id : l->max_id;
    return SFD_OK;
}

sfd_status sfd_label_list_read(sfd_label_list *l, const char *path, sfd_error *err)
{
    sfd_label_map map;
    sfd_status status = sfd_label_map_read(&map, path, SFD_LABELS_ANY_LAYOUT, err);
    if (status != SFD_OK)
        return status;
    size_t ignored;
    for (int id = 1; status == SFD_OK && id <= map.max_id; id++)
        if (map.names[id])
            status = add(l, id, NULL, map.names[id], &ignored, err);
    sfd_label_map_free(&map);
    l->given = true;
    return status;
}

void sfd_label_list_free(sfd_label_list *l)
{
    for (size_t i = 0; i < l->n_texts; i++)
        free(l->texts[i]);
    free(l->texts);
    free(l->items);
    sfd_name_table_free(&l->by_name);
    *l = (sfd_label_list){0};
}

sfd_status sfd_label_list_by_id(sfd_label_list *l, int id, size_t *out, sfd_error *err)
{
    if (id < 0 || id > SFD_MAX_LABEL_ID)
        return sfd_fail(err, SFD_ERR_FORMAT, "action id %d is not within 0..%d", id,
                        SFD_MAX_LABEL_ID);
    if (l->by_id[id] == 0)
        return add(l, id, NULL, NULL, out, err);
    *out = l->by_id[id] - 1;
    return SFD_OK;
}

/* A label of that name in that group, or in a given list one that is called so without a group. */
static bool find(const sfd_label_list *l, const char *group, const char *name, size_t *out)
{
    if (!group)
        return sfd_name_table_find(&l->by_name, name, out);
    char *full = join(group, name);
    bool found = full && sfd_name_table_find(&l->by_name, full, out);
    free(full);
    if (!found && sfd_name_table_find(&l->by_name, name, out))
        found = !l->items[*out].group;
    return found;
}

/* The id of a name that sfd_label_full_name made of one, else -1. */
static int unnamed_id(const char *name)
{
    char again[32];
    int id;
    if (sscanf(name, "action %d", &id) != 1 || id < 0 || id > SFD_MAX_LABEL_ID)
        return -1;
    snprintf(again, sizeof again, "action %d", id);
    return strcmp(name, again) == 0 ? id : -1;
}

sfd_status sfd_label_list_named(sfd_label_list *l, const char *group, const char *name, int id,
                                size_t *out, sfd_error *err)
{
    if (find(l, group, name, out))
        return SFD_OK;
    if (!group && unnamed_id(name) >= 0)
        return sfd_label_list_by_id(l, unnamed_id(name), out, err);
    *out = SFD_NO_LABEL;
    if (l->given)
        return SFD_OK;
    if (id >= 0 && id <= SFD_MAX_LABEL_ID && l->by_id[id] > 0) {
        const size_t i = l->by_id[id] - 1;
        if (!l->items[i].name) { /* the id was met before its name */
            *out = i;
            return name_label(l, i, group, name) ? SFD_OK : sfd_fail_nomem(err, "labels");
        }
        id = -1;
    }
    if (id < 0)
        id = l->max_id + 1;
    if (id > SFD_MAX_LABEL_ID)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "more actions than %d ids", SFD_MAX_LABEL_ID);
    return add(l, id, group, name, out, err);
}

sfd_status sfd_label_list_by_name(sfd_label_list *l, const char *group, const char *name,
                                  size_t *out, sfd_error *err)
{
    return sfd_label_list_named(l, group, name, -1, out, err);
}

bool sfd_means_person(const char *name)
{
    static const char *const words[] = {"person",      "persons", "people", "pedestrian",
                                        "pedestrians", "human",   "actor",  "subject"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(name, words[i]) == 0)
            return true;
    return false;
}

const char *sfd_label_full_name(const sfd_label_list *l, size_t i, char text[SFD_LABEL_CHARS])
{
    const sfd_action_label *item = &l->items[i];
    size_t first;
    if (!item->name)
        snprintf(text, SFD_LABEL_CHARS, "action %d", item->id);
    else if (item->group && sfd_name_table_find(&l->by_name, item->name, &first) && first != i)
        snprintf(text, SFD_LABEL_CHARS, "%.250s: %.250s", item->group, item->name);
    else
        snprintf(text, SFD_LABEL_CHARS, "%s", item->name);
    return text;
}

sfd_status sfd_label_list_text(const sfd_label_list *l, char **text, sfd_error *err)
{
    sfd_label_map map = {.max_id = l->max_id};
    char(*names)[SFD_LABEL_CHARS] = sfd_malloc_array(l->n, sizeof *names);
    map.names = sfd_calloc((size_t)l->max_id + 1, sizeof *map.names);
    *text = NULL;
    for (size_t i = 0; names && map.names && i < l->n; i++)
        if (l->items[i].id > 0) {
            map.names[l->items[i].id] = sfd_label_full_name(l, i, names[i]);
            map.n_labels++;
        }
    if (names && map.names)
        *text = sfd_label_map_text(&map);
    free(names);
    free(map.names);
    return *text ? SFD_OK : sfd_fail_nomem(err, "labels");
}
