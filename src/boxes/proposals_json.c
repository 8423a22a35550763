/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals from detection results in COCO's JSON. */
#include "boxes/proposals_reader.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_JSON_BYTES ((size_t)1 << 30)
#define MAX_NAME       256
#define PERSON         1 /* COCO's category */

/* What "images" says of one picture. */
typedef struct image {
    const cJSON *id;
    const char *name;
    double width, height; /* 0 where they are not given */
} image;

typedef struct json_reader {
    sfd_proposals *proposals;
    const char *path;
    image *images; /* sorted by id */
    size_t n_images;
} json_reader;

static int compare_ids(const cJSON *a, const cJSON *b)
{
    if (cJSON_IsString(a) && cJSON_IsString(b))
        return strcmp(a->valuestring, b->valuestring);
    if (cJSON_IsString(a) || cJSON_IsString(b))
        return cJSON_IsString(a) ? 1 : -1;
    return (a->valuedouble > b->valuedouble) - (a->valuedouble < b->valuedouble);
}

static int compare_images(const void *a, const void *b)
{
    return compare_ids(((const image *)a)->id, ((const image *)b)->id);
}

static double number_or_zero(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) && isfinite(item->valuedouble) ? item->valuedouble : 0;
}

static sfd_status read_images(json_reader *r, const cJSON *list, sfd_error *err)
{
    const cJSON *item;
    r->images = sfd_calloc((size_t)cJSON_GetArraySize(list), sizeof *r->images);
    if (!r->images)
        return sfd_fail_nomem(err, r->path);
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "id");
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "file_name");
        if (!(cJSON_IsNumber(id) || cJSON_IsString(id)) || !cJSON_IsString(name))
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: images[%zu] has no id or no file_name",
                            r->path, r->n_images);
        r->images[r->n_images++] = (image){id, name->valuestring, number_or_zero(item, "width"),
                                           number_or_zero(item, "height")};
    }
    qsort(r->images, r->n_images, sizeof *r->images, compare_images);
    return SFD_OK;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "video/0902.jpg", "video_0902", "video,0902": the last run of digits is the timestamp, what
 * stands before it and its separator is the video; folders above the video's are left out. */
static bool split_name(const char *name, char *video, char *timestamp)
{
    const char *dot = strrchr(name, '.'), *slash = strrchr(name, '/');
    size_t end =
        dot && (!slash || dot > slash) && !is_digit(dot[1]) ? (size_t)(dot - name) : strlen(name);
    size_t first = end;
    while (first > 0 && is_digit(name[first - 1]))
        first--;
    if (first == end || first < 2 || !strchr("/_,", name[first - 1]) || end >= MAX_NAME)
        return false;
    size_t begin = first - 1;
    while (begin > 0 && name[begin - 1] != '/')
        begin--;
    if (begin == first - 1)
        return false;
    snprintf(video, MAX_NAME, "%.*s", (int)(first - 1 - begin), name + begin);
    snprintf(timestamp, MAX_NAME, "%.*s", (int)(end - first), name + first);
    return true;
}

static bool read_corners(const cJSON *bbox, double corner[4])
{
    if (!cJSON_IsArray(bbox) || cJSON_GetArraySize(bbox) != 4)
        return false;
    for (int i = 0; i < 4; i++) {
        const cJSON *v = cJSON_GetArrayItem(bbox, i);
        if (!cJSON_IsNumber(v) || !isfinite(v->valuedouble))
            return false;
        corner[i] = v->valuedouble;
    }
    return true;
}

/* The picture of a detection: from the list of images, else its id as a name. */
static bool find_image(const json_reader *r, const cJSON *id, image *out)
{
    const image key = {.id = id};
    const image *found = r->n_images > 0 && (cJSON_IsNumber(id) || cJSON_IsString(id))
                             ? bsearch(&key, r->images, r->n_images, sizeof key, compare_images)
                             : NULL;
    if (found)
        *out = *found;
    else if (cJSON_IsString(id))
        *out = (image){.id = id, .name = id->valuestring};
    else
        return false;
    return true;
}

static sfd_status read_detection(const json_reader *r, const cJSON *item, size_t i, sfd_error *err)
{
    const cJSON *category = cJSON_GetObjectItemCaseSensitive(item, "category_id");
    const cJSON *score = cJSON_GetObjectItemCaseSensitive(item, "score");
    char video[MAX_NAME], timestamp[MAX_NAME], place[512];
    double c[4];
    image picture;
    snprintf(place, sizeof place, "%.400s: detection %zu", r->path, i);
    if (cJSON_IsNumber(category) && category->valueint != PERSON)
        return SFD_OK;
    if (!find_image(r, cJSON_GetObjectItemCaseSensitive(item, "image_id"), &picture))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: image_id names no picture of \"images\"", place);
    if (!split_name(picture.name, video, timestamp))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: picture \"%s\" is not called VIDEO/TIMESTAMP.jpg or VIDEO_TIMESTAMP",
                        place, picture.name);
    if (!sfd_proposals_wants(r->proposals, video, strlen(video)))
        return SFD_OK;
    if (!read_corners(cJSON_GetObjectItemCaseSensitive(item, "bbox"), c))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: bbox is not [x, y, width, height]", place);
    const bool pixels = picture.width > 0 && picture.height > 0;
    const double w = pixels ? picture.width : 1, h = pixels ? picture.height : 1;
    const sfd_box_norm box = {c[0] / w, c[1] / h, (c[0] + c[2]) / w, (c[1] + c[3]) / h};
    return sfd_proposals_add_numbers(r->proposals, place, timestamp, &box,
                                     cJSON_IsNumber(score) ? score->valuedouble : 1, err);
}

static sfd_status read_document(json_reader *r, const cJSON *root, sfd_error *err)
{
    const cJSON *list = root, *item;
    sfd_status status = SFD_OK;
    if (cJSON_IsObject(root)) {
        list = cJSON_GetObjectItemCaseSensitive(root, "annotations");
        const cJSON *images = cJSON_GetObjectItemCaseSensitive(root, "images");
        if (cJSON_IsArray(images))
            status = read_images(r, images, err);
    }
    if (status == SFD_OK && !cJSON_IsArray(list))
        status = sfd_fail(err, SFD_ERR_FORMAT,
                          "%s: neither a list of detections nor an object with \"annotations\"",
                          r->path);
    size_t i = 0;
    if (status == SFD_OK)
        cJSON_ArrayForEach(item, list)
        {
            status = read_detection(r, item, i++, err);
            if (status != SFD_OK)
                break;
        }
    return status;
}

sfd_status sfd_proposals_read_json(sfd_proposals *p, const char *path, sfd_error *err)
{
    json_reader r = {.proposals = p, .path = path};
    char *text;
    size_t n;
    sfd_status status = sfd_read_text(&text, &n, path, MAX_JSON_BYTES, err);
    if (status != SFD_OK)
        return status;
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(text, n + 1, &end, true);
    if (!root)
        status = sfd_fail(err, SFD_ERR_FORMAT, "%s: not valid JSON near byte %zu", path,
                          end ? (size_t)(end - text) : 0);
    else
        status = read_document(&r, root, err);
    cJSON_Delete(root);
    free(r.images);
    free(text);
    return status;
}
