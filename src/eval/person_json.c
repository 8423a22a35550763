/* SPDX-License-Identifier: Apache-2.0 */
/* Persons' boxes from COCO's JSON: a list of {"image_id", "category_id", "bbox": [x, y, width,
 * height], "score"}, or {"images", "annotations" with "iscrowd", "categories"}. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/json_fields.h"
#include "base/picture_name.h"
#include "eval/person_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TIME 9e15 /* ids and seconds that are exact as double */

typedef struct image {
    const cJSON *id;
    sfd_person_picture picture;
    double width, height; /* by which boxes are divided; 1 by name and id */
} image;

typedef struct reader {
    sfd_person_rows *rows;
    sfd_person_key key;
    int person;
    image *images; /* sorted by id */
    size_t n_images;
} reader;

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool usable_number(const cJSON *n)
{
    return cJSON_IsNumber(n) && fabs(n->valuedouble) <= MAX_TIME;
}

static int compare_images(const void *a, const void *b)
{
    return sfd_coco_compare_ids(((const image *)a)->id, ((const image *)b)->id);
}

static bool is_id(const cJSON *id)
{
    return usable_number(id) || cJSON_IsString(id);
}

static sfd_status name_picture(reader *r, const char *name, double time, sfd_person_picture *p,
                               sfd_error *err)
{
    p->time = time;
    return sfd_person_rows_name(r->rows, name, strlen(name), &p->name, err);
}

/* "clip/clip_0902.jpg" is second 902 of clip. */
static sfd_status picture_by_name(reader *r, const char *name, sfd_person_picture *p,
                                  sfd_error *err)
{
    sfd_picture_name parts;
    if (!sfd_picture_name_split(&parts, name) || sfd_picture_number_is_frame(parts.number))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: picture \"%s\" names no second of a video, and \"images\" has no "
                        "\"video\" and \"timestamp\" for it",
                        r->rows->path, name);
    const bool stem = *parts.stem && !sfd_picture_stem_is_generic(parts.stem);
    return name_picture(r, stem ? parts.stem : parts.folder, strtod(parts.number, NULL), p, err);
}

static sfd_status picture_of_image(reader *r, const cJSON *item, const cJSON *id,
                                   sfd_person_picture *p, sfd_error *err)
{
    const cJSON *name = member(item, "file_name"), *video = member(item, "video");
    const cJSON *timestamp = member(item, "timestamp");
    if (r->key == SFD_PERSON_BY_ID)
        return name_picture(r, cJSON_IsString(id) ? id->valuestring : "",
                            cJSON_IsString(id) ? 0 : id->valuedouble, p, err);
    if (r->key == SFD_PERSON_BY_TIME && cJSON_IsString(video) && usable_number(timestamp))
        return name_picture(r, video->valuestring, rint(timestamp->valuedouble * 1e6) / 1e6, p,
                            err);
    if (!cJSON_IsString(name))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: images[%zu] has no file_name", r->rows->path,
                        r->n_images);
    return r->key == SFD_PERSON_BY_NAME ? name_picture(r, name->valuestring, 0, p, err)
                                        : picture_by_name(r, name->valuestring, p, err);
}

/* Fractions on the other side: pixels have to become such. */
static sfd_status size_of_image(const reader *r, const cJSON *item, image *out, sfd_error *err)
{
    const cJSON *width = member(item, "width"), *height = member(item, "height");
    out->width = out->height = 1;
    if (r->key != SFD_PERSON_BY_TIME)
        return SFD_OK;
    if (!usable_number(width) || !usable_number(height) || !(width->valuedouble > 0) ||
        !(height->valuedouble > 0))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: images[%zu] has no width and height, to compare pixels with fractions",
                        r->rows->path, r->n_images);
    out->width = width->valuedouble;
    out->height = height->valuedouble;
    return SFD_OK;
}

static sfd_status read_images(reader *r, const cJSON *list, sfd_error *err)
{
    const cJSON *item;
    r->images = sfd_calloc((size_t)cJSON_GetArraySize(list), sizeof *r->images);
    if (!r->images)
        return sfd_fail_nomem(err, r->rows->path);
    cJSON_ArrayForEach(item, list)
    {
        image *i = &r->images[r->n_images];
        i->id = member(item, "id");
        if (!is_id(i->id))
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: images[%zu] has no id", r->rows->path,
                            r->n_images);
        sfd_status st = picture_of_image(r, item, i->id, &i->picture, err);
        if (st == SFD_OK)
            st = size_of_image(r, item, i, err);
        if (st == SFD_OK)
            st = sfd_person_rows_add_picture(r->rows, &i->picture, err);
        if (st != SFD_OK)
            return st;
        r->n_images++;
    }
    qsort(r->images, r->n_images, sizeof *r->images, compare_images);
    return SFD_OK;
}

static sfd_status find_image(reader *r, const cJSON *id, const char *place, image *out,
                             sfd_error *err)
{
    const image key = {.id = id};
    if (!is_id(id))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: no image_id", place);
    const image *found =
        r->n_images > 0 ? bsearch(&key, r->images, r->n_images, sizeof key, compare_images) : NULL;
    *out = (image){.id = id, .width = 1, .height = 1};
    if (found)
        *out = *found;
    else if (r->n_images > 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: image_id names no picture of \"images\"", place);
    else if (r->key == SFD_PERSON_BY_TIME && !cJSON_IsString(id))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: image_id is a number, and there is no list of \"images\"", place);
    else if (r->key == SFD_PERSON_BY_TIME)
        return picture_by_name(r, id->valuestring, &out->picture, err);
    else
        return picture_of_image(r, NULL, id, &out->picture, err);
    return SFD_OK;
}

static sfd_status read_annotation(reader *r, const cJSON *item, size_t i, sfd_error *err)
{
    const cJSON *category = member(item, "category_id"), *score = member(item, "score");
    const cJSON *crowd = member(item, "iscrowd"), *id = member(item, "track_id");
    char place[400];
    double v[4];
    image picture;
    snprintf(place, sizeof place, "%.340s: annotation %zu", r->rows->path, i);
    if (cJSON_IsNumber(category) && category->valueint != r->person) {
        r->rows->n_others++;
        return SFD_OK;
    }
    sfd_status st = find_image(r, member(item, "image_id"), place, &picture, err);
    if (st != SFD_OK)
        return st;
    if (!sfd_json_numbers(member(item, "bbox"), v, 4) || v[2] < 0 || v[3] < 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: bbox is not [x, y, width, height]", place);
    if (score && (!cJSON_IsNumber(score) || !isfinite(score->valuedouble)))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: score is not a number", place);
    if (r->rows->needs_ids && !usable_number(id))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: no track_id", place);
    const sfd_person_row row = {.picture = picture.picture,
                                .x = v[0] / picture.width,
                                .y = v[1] / picture.height,
                                .width = v[2] / picture.width,
                                .height = v[3] / picture.height,
                                .score = score ? score->valuedouble : 1,
                                .id = usable_number(id) ? (int64_t)id->valuedouble : 0,
                                .has_id = usable_number(id),
                                .crowd = cJSON_IsTrue(crowd) ||
                                         (cJSON_IsNumber(crowd) && crowd->valuedouble != 0),
                                .place = i};
    return sfd_person_rows_add(r->rows, &row, err);
}

static sfd_status read_document(reader *r, const cJSON *root, sfd_error *err)
{
    const bool whole = cJSON_IsObject(root);
    const cJSON *list = whole ? member(root, "annotations") : root, *item;
    sfd_bad_rows *bad = &r->rows->bad;
    sfd_status st = SFD_OK;
    size_t i = 0;
    if (!cJSON_IsArray(list))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: neither a list of boxes nor an object with \"annotations\"",
                        r->rows->path);
    r->person = SFD_COCO_PERSON;
    sfd_coco_find_person(whole ? member(root, "categories") : NULL, &r->person);
    if (whole && cJSON_IsArray(member(root, "images")))
        st = read_images(r, member(root, "images"), err);
    if (st == SFD_OK)
        cJSON_ArrayForEach(item, list)
        {
            st = read_annotation(r, item, i++, &bad->row);
            st = sfd_bad_rows_count(bad, st, err);
            if (st != SFD_OK)
                break;
        }
    return st;
}

sfd_status sfd_person_rows_read_json(sfd_person_rows *rows, const cJSON *root, sfd_person_key key,
                                     sfd_error *err)
{
    reader r = {.rows = rows, .key = key};
    const sfd_status st = read_document(&r, root, err);
    free(r.images);
    return st;
}
