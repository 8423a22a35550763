/* SPDX-License-Identifier: Apache-2.0 */
/* Names of action ids, full and short. */
#include "base/labels.h"
#include "base/alloc.h"
#include "base/error.h"

#include <sfdet/labels.h>
#include <stdlib.h>
#include <string.h>

struct sfd_labels {
    sfd_label_map map;
    char **short_names; /* [max_id + 1]; NULL where the full name is used */
};

/* A copy without parenthesised parts and the blanks and commas they leave behind. */
static char *without_remarks(const char *name)
{
    char *copy = sfd_strdup(name);
    size_t n = 0;
    int depth = 0;
    if (!copy)
        return NULL;
    for (const char *c = name; *c; c++) {
        depth += *c == '(';
        if (depth == 0 && !(*c == ' ' && (n == 0 || copy[n - 1] == ' ')))
            copy[n++] = *c;
        if (*c == ')' && depth > 0)
            depth--;
    }
    while (n > 0 && strchr(" ,", copy[n - 1]))
        n--;
    copy[n] = '\0';
    return copy;
}

static sfd_status make_short_names(sfd_labels *l, sfd_error *err)
{
    size_t n_ids = (size_t)l->map.max_id + 1;
    l->short_names = sfd_calloc(n_ids, sizeof *l->short_names);
    if (!l->short_names)
        return sfd_fail_nomem(err, "label names");
    for (size_t i = 1; i < n_ids; i++) {
        if (!l->map.names[i])
            continue;
        l->short_names[i] = without_remarks(l->map.names[i]);
        if (!l->short_names[i])
            return sfd_fail_nomem(err, "label names");
    }
    return SFD_OK;
}

/* "kick (an object)" and "kick (a person)" keep their remarks. */
static bool is_ambiguous(const sfd_labels *l, int id)
{
    const char *name = l->short_names[id];
    if (!*name)
        return true;
    for (int i = 1; i <= l->map.max_id; i++)
        if (i != id && l->short_names[i] && strcmp(l->short_names[i], name) == 0)
            return true;
    return false;
}

sfd_status sfd_labels_open(sfd_labels **out, const char *path, sfd_error *err)
{
    *out = NULL;
    sfd_labels *l = sfd_calloc(1, sizeof *l);
    if (!l)
        return sfd_fail_nomem(err, "labels");
    sfd_status status = sfd_label_map_read(&l->map, path, SFD_LABELS_ANY_LAYOUT, err);
    if (status == SFD_OK)
        status = make_short_names(l, err);
    if (status != SFD_OK) {
        sfd_labels_free(l);
        return status;
    }
    *out = l;
    return SFD_OK;
}

void sfd_labels_free(sfd_labels *l)
{
    if (!l)
        return;
    for (int i = 0; l->short_names && i <= l->map.max_id; i++)
        free(l->short_names[i]);
    free(l->short_names);
    sfd_label_map_free(&l->map);
    free(l);
}

const char *sfd_labels_name(const sfd_labels *l, int id)
{
    return sfd_label_name(&l->map, id);
}

const char *sfd_labels_short_name(const sfd_labels *l, int id)
{
    const char *name = sfd_label_name(&l->map, id);
    return name && !is_ambiguous(l, id) ? l->short_names[id] : name;
}
