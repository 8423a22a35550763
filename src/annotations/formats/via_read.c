/* SPDX-License-Identifier: Apache-2.0 */
/* Projects of VIA 3 (VGG Image Annotator): rectangles in frames of videos or in pictures, with
 * attributes that have options. The id of an option is the number of all options of the attributes
 * before its own, plus its key, plus 1, as those who make AVA's csv of VIA's projects count. */
#include "annotations/formats/via.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_ATTRIBUTES 1024
#define MAX_CHOICES    SFD_MAX_LABEL_ID /* of one box */

typedef struct via_reader {
    sfd_annotations *a;
    const char *path;
    const cJSON *attributes;
    sfd_json_index files, views;
} via_reader;

static bool matches(const sfd_annotation_input *in)
{
    return cJSON_IsObject(in->json) && cJSON_GetObjectItemCaseSensitive(in->json, "attribute") &&
           cJSON_GetObjectItemCaseSensitive(in->json, "metadata") &&
           cJSON_GetObjectItemCaseSensitive(in->json, "file");
}

/* ---- attributes and options, in order of their keys, which are numbers */

static int by_key(const void *pa, const void *pb)
{
    const cJSON *a = *(const cJSON *const *)pa, *b = *(const cJSON *const *)pb;
    const long x = strtol(a->string, NULL, 10), y = strtol(b->string, NULL, 10);
    return x != y ? (x > y) - (x < y) : strcmp(a->string, b->string);
}

/* The n members of an object, to be freed; NULL when memory is out. */
static const cJSON **members(const cJSON *object, size_t *n)
{
    const cJSON *item;
    *n = 0;
    const cJSON **list = sfd_calloc((size_t)cJSON_GetArraySize(object), sizeof *list);
    if (!list)
        return NULL;
    cJSON_ArrayForEach(item, object) if (item->string) list[(*n)++] = item;
    if (*n > 0)
        qsort(list, *n, sizeof *list, by_key);
    return list;
}

static bool has_options(const cJSON *attribute)
{
    int64_t type = 0;
    sfd_json_whole(attribute, "type", &type);
    return type >= SFD_VIA_CHECKBOX && type <= SFD_VIA_SELECT;
}

static const char *group_of(const cJSON *attribute)
{
    const char *name = sfd_json_text(attribute, "aname");
    return !name || !*name || strcmp(name, SFD_VIA_ALONE) == 0 ? NULL : name;
}

static sfd_status declare_options(via_reader *r, const cJSON *attribute, int *offset,
                                  sfd_error *err)
{
    size_t n, label;
    const cJSON **options = members(cJSON_GetObjectItemCaseSensitive(attribute, "options"), &n);
    sfd_status status = options ? SFD_OK : sfd_fail_nomem(err, r->path);
    if (n > SFD_MAX_LABEL_ID)
        status = sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: an attribute of more than %d options",
                          r->path, SFD_MAX_LABEL_ID);
    for (size_t i = 0; status == SFD_OK && i < n; i++) {
        const long key = strtol(options[i]->string, NULL, 10);
        if (!cJSON_IsString(options[i]) || key < 0 || key > SFD_MAX_LABEL_ID)
            continue;
        status = sfd_label_list_named(&r->a->labels, group_of(attribute), options[i]->valuestring,
                                      *offset + (int)key + 1, &label, err);
    }
    free(options);
    *offset += status == SFD_OK ? (int)n : 0;
    return status;
}

static sfd_status declare(via_reader *r, sfd_error *err)
{
    size_t n;
    int offset = 0;
    const cJSON **list = members(r->attributes, &n);
    sfd_status status = list ? SFD_OK : sfd_fail_nomem(err, r->path);
    if (n > MAX_ATTRIBUTES)
        status = sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: more than %d attributes", r->path,
                          MAX_ATTRIBUTES);
    for (size_t i = 0; status == SFD_OK && i < n && offset <= SFD_MAX_LABEL_ID; i++)
        if (has_options(list[i]))
            status = declare_options(r, list[i], &offset, err);
    free(list);
    return status;
}

/* ---- what is said of a region */

static sfd_status read_option(via_reader *r, const cJSON *attribute, const char *key,
                              sfd_person_box *b, sfd_error *err)
{
    const cJSON *options = cJSON_GetObjectItemCaseSensitive(attribute, "options");
    const char *option = sfd_json_text(options, key), *group = group_of(attribute);
    size_t label;
    if (!option) {
        sfd_tally_add(&r->a->tally, "choices left out that are no option", key);
        return SFD_OK;
    }
    if (group)
        return sfd_set_add_attribute(r->a, b, group, option, err);
    sfd_status status = sfd_label_list_by_name(&r->a->labels, NULL, option, &label, err);
    if (status == SFD_OK && label != SFD_NO_LABEL)
        return sfd_set_add_done(r->a, b, label, SFD_NO_SCORE, err);
    if (status == SFD_OK)
        sfd_tally_add(&r->a->tally, "actions that are not on the list of labels", option);
    return status;
}

/* "0,3": keys of options */
static sfd_status read_options(via_reader *r, const cJSON *attribute, const char *value,
                               sfd_person_box *b, sfd_error *err)
{
    sfd_status status = SFD_OK;
    char key[32];
    size_t n_choices = 0;
    for (const char *at = value; status == SFD_OK && *at && n_choices < MAX_CHOICES; n_choices++) {
        const size_t n = strcspn(at, ",");
        if (n > 0 && n < sizeof key) {
            memcpy(key, at, n);
            key[n] = '\0';
            status = read_option(r, attribute, key, b, err);
        }
        at += n + (at[n] == ',');
    }
    return status;
}

static sfd_status read_value(via_reader *r, const cJSON *value, sfd_person_box *b, sfd_error *err)
{
    const cJSON *attribute = cJSON_GetObjectItemCaseSensitive(r->attributes, value->string);
    const char *name = sfd_json_text(attribute, "aname");
    if (!cJSON_IsString(value) || !*value->valuestring || !attribute)
        return SFD_OK;
    if (has_options(attribute))
        return read_options(r, attribute, value->valuestring, b, err);
    if (name && strcasecmp(name, SFD_VIA_PERSON) == 0 && sfd_json_is_whole(value, &b->person_id)) {
        b->has_person_id = true;
        return SFD_OK;
    }
    sfd_tally_add(&r->a->tally, "attributes left out that are text or pictures", name);
    return SFD_OK;
}

/* ---- regions */

static const cJSON *file_of(const via_reader *r, const char *view)
{
    const cJSON *v = sfd_json_index_find(&r->views, view);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(v, "fid_list"), 0);
    char id[32];
    int64_t number;
    if (cJSON_IsString(first))
        return sfd_json_index_find(&r->files, first->valuestring);
    if (sfd_json_is_whole(first, &number)) {
        snprintf(id, sizeof id, "%lld", (long long)number);
        return sfd_json_index_find(&r->files, id);
    }
    return sfd_json_index_find(&r->files, view);
}

static sfd_status find_place(via_reader *r, const cJSON *file, const double *z, int n_z,
                             sfd_labelled_video **v, double *time_s, sfd_error *err)
{
    const char *name = sfd_json_text(file, "fname");
    if (n_z == 0) {
        sfd_status status = sfd_set_picture(r->a, v, time_s, name, NULL, 0, err);
        return status == SFD_OK ? sfd_set_add_frame(r->a, *v, *time_s, name, err) : status;
    }
    sfd_status status = sfd_set_only_video(r->a, v, name, err);
    *time_s = z[0];
    if (status == SFD_OK && !(*v)->source && !((*v)->source = sfd_set_text(r->a, name)))
        status = sfd_fail_nomem(err, r->path);
    return status;
}

static sfd_status read_region(via_reader *r, const cJSON *region, sfd_error *err)
{
    const cJSON *xy = cJSON_GetObjectItemCaseSensitive(region, "xy"), *value;
    const cJSON *z = cJSON_GetObjectItemCaseSensitive(region, "z");
    const char *view = sfd_json_text(region, "vid");
    const cJSON *file = view ? file_of(r, view) : NULL;
    const int n_z = cJSON_IsArray(z) ? cJSON_GetArraySize(z) : 0;
    double shape[5], time_s = 0;
    char place[320];
    sfd_labelled_video *v;
    snprintf(place, sizeof place, "%.200s: metadata \"%.60s\"", r->path, region->string);
    if (n_z > 1 || (cJSON_IsArray(xy) && cJSON_GetArraySize(xy) == 0)) {
        sfd_tally_add(&r->a->tally, "segments of time and remarks left out that are no boxes",
                      region->string);
        return SFD_OK;
    }
    if (!sfd_json_numbers(xy, shape, 5) || shape[0] != SFD_VIA_RECTANGLE) {
        sfd_tally_add(&r->a->tally, "shapes left out that are no rectangles", region->string);
        return SFD_OK;
    }
    if (!sfd_json_text(file, "fname"))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: its \"vid\" leads to no file with a name", place);
    if (n_z == 1 && !sfd_json_numbers(z, &time_s, 1))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: \"z\" is no time", place);
    sfd_status status = find_place(r, file, &time_s, n_z, &v, &time_s, err);
    sfd_person_box b = {.time_s = time_s,
                        .score = SFD_NO_SCORE,
                        .corner = {shape[1], shape[2], shape[1] + shape[3], shape[2] + shape[4]}};
    cJSON_ArrayForEach(value, cJSON_GetObjectItemCaseSensitive(region, "av"))
    {
        if (status == SFD_OK)
            status = read_value(r, value, &b, err);
    }
    return status == SFD_OK ? sfd_set_add(r->a, v, &b, SFD_UNIT_PIXELS, place, err) : status;
}

/* Pictures without regions were looked at, too. */
static sfd_status note_pictures(via_reader *r, const cJSON *files, sfd_error *err)
{
    const cJSON *file;
    sfd_status status = SFD_OK;
    cJSON_ArrayForEach(file, files)
    {
        int64_t type = 0;
        double time_s;
        sfd_labelled_video *v;
        const char *name = sfd_json_text(file, "fname");
        if (status != SFD_OK || !name || !sfd_json_whole(file, "type", &type) ||
            type != SFD_VIA_IMAGE)
            continue;
        status = sfd_set_picture(r->a, &v, &time_s, name, NULL, 0, err);
        if (status == SFD_OK)
            status = sfd_set_add_frame(r->a, v, time_s, name, err);
    }
    return status;
}

static sfd_status read_project(via_reader *r, const cJSON *root, sfd_error *err)
{
    const cJSON *region, *files = cJSON_GetObjectItemCaseSensitive(root, "file");
    if (!sfd_json_index_make(&r->files, files) ||
        !sfd_json_index_make(&r->views, cJSON_GetObjectItemCaseSensitive(root, "view")))
        return sfd_fail_nomem(err, r->path);
    sfd_status status = declare(r, err);
    if (status == SFD_OK)
        status = note_pictures(r, files, err);
    cJSON_ArrayForEach(region, cJSON_GetObjectItemCaseSensitive(root, "metadata"))
    {
        if (status == SFD_OK && region->string)
            status = read_region(r, region, err);
    }
    return status;
}

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    via_reader r = {.a = a,
                    .path = in->path,
                    .attributes = cJSON_GetObjectItemCaseSensitive(in->json, "attribute")};
    if (!matches(in))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: no project of VIA 3", in->path);
    const sfd_status status = read_project(&r, in->json, err);
    sfd_json_index_free(&r.files);
    sfd_json_index_free(&r.views);
    return status;
}

const sfd_format sfd_format_via = {
    .info = {.name = "via",
             .extension = ".json",
             .summary = "projects of VIA 3 (VGG Image Annotator)",
             .reads = true,
             .writes = true},
    .matches = matches,
    .read = read,
    .write = sfd_via_write,
};
