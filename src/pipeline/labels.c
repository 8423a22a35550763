/* SPDX-License-Identifier: Apache-2.0 */
/* Names of action ids, full and short. */
#include "base/labels.h"
#include "base/alloc.h"
#include "base/error.h"

#include <sfdet/labels.h>
#include <sfdet/model.h>
#include <stdlib.h>
#include <string.h>

#define AVA_CLASSES 80

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

/* Takes the map over. */
static sfd_status make_labels(sfd_labels **out, sfd_label_map *map, sfd_error *err)
{
    sfd_labels *l = sfd_calloc(1, sizeof *l);
    *out = NULL;
    if (!l) {
        sfd_label_map_free(map);
        return sfd_fail_nomem(err, "labels");
    }
    l->map = *map;
    const sfd_status status = make_short_names(l, err);
    if (status != SFD_OK) {
        sfd_labels_free(l);
        return status;
    }
    *out = l;
    return SFD_OK;
}

sfd_status sfd_labels_open(sfd_labels **out, const char *path, sfd_error *err)
{
    sfd_label_map map;
    *out = NULL;
    const sfd_status status = sfd_label_map_read(&map, path, SFD_LABELS_ANY_LAYOUT, err);
    return status == SFD_OK ? make_labels(out, &map, err) : status;
}

/* ---- of a model */

static int last_class_id(const sfd_model_info *info)
{
    int last = 0;
    for (int i = 0; i < info->n_classes; i++)
        last = info->class_ids[i] > last ? info->class_ids[i] : last;
    return last;
}

/* Some id was left out between the first and the last: a choice from AVA's. */
static bool are_chosen(const sfd_model_info *info)
{
    int n = 0;
    for (int i = 0; i < info->n_classes; i++)
        n += info->class_ids[i] > 0;
    return n < last_class_id(info);
}

static int n_unnamed(const sfd_model_info *info, const sfd_label_map *map)
{
    int n = 0;
    for (int i = 0; i < info->n_classes; i++)
        n += info->class_ids[i] > 0 && !sfd_label_name(map, info->class_ids[i]);
    return n;
}

/* Tells the first class that the weights' own list calls something else. */
static sfd_status compare_names(const sfd_model_info *info, const sfd_label_map *map,
                                const char *path, sfd_error *remark, sfd_error *err)
{
    sfd_label_map own;
    bool differs = false;
    sfd_status status = sfd_label_map_parse(&own, info->weights, info->class_list,
                                            strlen(info->class_list), SFD_LABELS_ANY_LAYOUT, err);
    for (int id = 1; status == SFD_OK && id <= own.max_id && !differs; id++) {
        const char *was = sfd_label_name(&own, id), *is = sfd_label_name(map, id);
        differs = was && is && strcmp(was, is) != 0;
        if (differs)
            sfd_fail(remark, SFD_ERR_MISMATCH, "%s calls class %d \"%s\", the list in %s \"%s\"",
                     path, id, is, info->weights, was);
    }
    sfd_label_map_free(&own);
    return status;
}

sfd_status sfd_labels_open_for(sfd_labels **out, const char *path, const sfd_model *model,
                               sfd_error *remark, sfd_error *err)
{
    const sfd_model_info *info = sfd_model_get_info(model);
    const int last = last_class_id(info);
    sfd_label_map map = {0};
    sfd_status status = SFD_OK;
    *out = NULL;
    if (remark)
        *remark = (sfd_error){SFD_OK, ""};
    if (path)
        status = sfd_label_map_read(&map, path, SFD_LABELS_ANY_LAYOUT, err);
    else if (info->class_list)
        status = sfd_label_map_parse(&map, info->weights, info->class_list,
                                     strlen(info->class_list), SFD_LABELS_ANY_LAYOUT, err);
    else if (last == AVA_CLASSES || (last < AVA_CLASSES && are_chosen(info)))
        status = sfd_label_map_builtin(&map, SFD_LABELS_AVA_80, err);
    else
        sfd_fail(remark, SFD_ERR_MISMATCH,
                 "%s: its classes end at id %d, they are not AVA's 80 and have no names: a list of "
                 "labels is needed to name them",
                 info->weights, last);
    if (status != SFD_OK)
        return status;
    /* of the weights' own list, ids that it passes over are outputs that have learned nothing */
    const bool is_own = !path && info->class_list;
    if (map.n_labels > 0 && ((!is_own && n_unnamed(info, &map) > 0) || map.max_id > last))
        sfd_fail(remark, SFD_ERR_MISMATCH,
                 "%s names %zu class%s up to id %d, those of %s end at id %d: does it belong to "
                 "this network?",
                 path ? path : "the list in the weights", map.n_labels,
                 map.n_labels == 1 ? "" : "es", map.max_id, info->weights, last);
    else if (path && info->class_list)
        status = compare_names(info, &map, path, remark, err);
    if (status != SFD_OK) {
        sfd_label_map_free(&map);
        return status;
    }
    return make_labels(out, &map, err);
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
