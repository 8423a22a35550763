/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals from detection results in COCO's JSON. */
#include "boxes/proposals_reader.h"

#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/json_fields.h"
#include "base/picture_name.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TRACK_ID 9e15 /* JSON's numbers are doubles */

/* What "images" says of one picture. */
typedef struct image {
    const cJSON *id;
    const char *name;
    const char *video; /* NULL, as timestamp: the name tells */
    const cJSON *timestamp;
    double width, height; /* 0 where they are not given */
} image;

typedef struct json_reader {
    sfd_proposals *proposals;
    const char *path;
    double frame_fps, first_frame_s;
    int person;    /* category id of persons */
    image *images; /* sorted by id */
    size_t n_images;
} json_reader;

static int compare_images(const void *a, const void *b)
{
    return sfd_coco_compare_ids(((const image *)a)->id, ((const image *)b)->id);
}

static sfd_status read_images(json_reader *r, const cJSON *list, sfd_error *err)
{
    const cJSON *item;
    r->images = sfd_calloc((size_t)cJSON_GetArraySize(list), sizeof *r->images);
    if (!r->images)
        return sfd_fail_nomem(err, r->path);
    cJSON_ArrayForEach(item, list)
    {
        image i = {.id = cJSON_GetObjectItemCaseSensitive(item, "id"),
                   .name = sfd_json_text(item, "file_name")};
        if (!sfd_coco_is_id(i.id) || !i.name)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: images[%zu] has no id or no file_name",
                            r->path, r->n_images);
        const char *video = sfd_json_text(item, "video");
        const cJSON *timestamp = cJSON_GetObjectItemCaseSensitive(item, "timestamp");
        if (video && cJSON_IsNumber(timestamp) &&
            fabs(timestamp->valuedouble) <= SFD_AVA_MAX_TIMESTAMP_S) {
            i.video = video;
            i.timestamp = timestamp;
        }
        sfd_json_number(item, "width", &i.width);
        sfd_json_number(item, "height", &i.height);
        r->images[r->n_images++] = i;
    }
    qsort(r->images, r->n_images, sizeof *r->images, compare_images);
    return SFD_OK;
}

/* The picture of a detection: from the list of images, else its id as a name. */
static bool find_image(const json_reader *r, const cJSON *id, image *out)
{
    const image key = {.id = id};
    const image *found = r->n_images > 0 && sfd_coco_is_id(id)
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

/* The video that a picture belongs to: whichever of the names in its path is one that is wanted,
 * else the likeliest. */
static const char *video_of(const json_reader *r, const sfd_picture_name *name)
{
    if (!*name->stem || !*name->folder)
        return *name->stem ? name->stem : name->folder;
    if (sfd_proposals_has(r->proposals, name->stem))
        return name->stem;
    if (sfd_proposals_has(r->proposals, name->folder))
        return name->folder;
    return sfd_picture_stem_is_generic(name->stem) ? name->folder : name->stem;
}

/* A picture's timestamp as text: its number, or the time of that frame. */
static sfd_status find_timestamp(const json_reader *r, const image *picture,
                                 const sfd_picture_name *name, const char *place,
                                 char text[SFD_PICTURE_NAME_CHARS], sfd_error *err)
{
    char time[SFD_DECIMAL_CHARS];
    if (picture->timestamp) {
        snprintf(text, SFD_PICTURE_NAME_CHARS, "%s",
                 sfd_format_short(time, picture->timestamp->valuedouble));
        return SFD_OK;
    }
    if (r->frame_fps > 0) {
        const double frame = strtod(name->number, NULL);
        snprintf(text, SFD_PICTURE_NAME_CHARS, "%s",
                 sfd_format_short(time, r->first_frame_s + (frame - 1) / r->frame_fps));
        return SFD_OK;
    }
    if (sfd_picture_number_is_frame(name->number))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: %s in the picture's name is the number of a frame rather than a "
                        "second: the frames' rate (fps) has to be given",
                        place, name->number);
    snprintf(text, SFD_PICTURE_NAME_CHARS, "%s", name->number);
    return SFD_OK;
}

/* The person, where the file says who it is. */
static const cJSON *track_id(const cJSON *item)
{
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "track_id");
    return cJSON_IsNumber(id) && fabs(id->valuedouble) <= MAX_TRACK_ID ? id : NULL;
}

static sfd_status add_detection(const json_reader *r, const cJSON *item, const char *place,
                                const image *picture, const sfd_picture_name *name, sfd_error *err)
{
    const cJSON *score = cJSON_GetObjectItemCaseSensitive(item, "score");
    const cJSON *track = track_id(item);
    char timestamp[SFD_PICTURE_NAME_CHARS];
    double c[4];
    sfd_status status = find_timestamp(r, picture, name, place, timestamp, err);
    if (status != SFD_OK)
        return status;
    if (score && !cJSON_IsNull(score) && !cJSON_IsNumber(score))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: score is not a number", place);
    if (!sfd_json_numbers(cJSON_GetObjectItemCaseSensitive(item, "bbox"), c, 4))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: bbox is not [x, y, width, height]", place);
    const bool pixels = picture->width > 0 && picture->height > 0;
    const double w = pixels ? picture->width : 1, h = pixels ? picture->height : 1;
    const sfd_proposal box = {.box = {c[0] / w, c[1] / h, (c[0] + c[2]) / w, (c[1] + c[3]) / h},
                              .score = cJSON_IsNumber(score) ? score->valuedouble : 1,
                              .person_id = track ? (int64_t)track->valuedouble : 0,
                              .has_person_id = track != NULL};
    return pixels && picture->timestamp /* sfd_box_writer's */
               ? sfd_proposals_add_as_csv(r->proposals, place, timestamp, &box, err)
               : sfd_proposals_add_numbers(r->proposals, place, timestamp, &box, true, err);
}

static sfd_status read_detection(json_reader *r, const cJSON *item, size_t i, sfd_error *err)
{
    sfd_bad_rows *rows = sfd_proposals_rows(r->proposals);
    sfd_proposals_counts *counts = sfd_proposals_counting(r->proposals);
    const cJSON *category = cJSON_GetObjectItemCaseSensitive(item, "category_id");
    sfd_picture_name name;
    char place[512];
    image picture;
    sfd_status status = SFD_OK;
    snprintf(place, sizeof place, "%.400s: detection %zu", r->path, i);
    if (cJSON_IsNumber(category) && category->valueint != r->person) {
        counts->n_other_categories++;
        return SFD_OK;
    }
    if (category && !cJSON_IsNull(category) && !cJSON_IsNumber(category)) {
        status = sfd_fail(&rows->row, SFD_ERR_FORMAT, "%s: category_id is not a number", place);
    } else if (!find_image(r, cJSON_GetObjectItemCaseSensitive(item, "image_id"), &picture)) {
        status = sfd_fail(&rows->row, SFD_ERR_FORMAT, "%s: image_id names no picture of \"images\"",
                          place);
    } else if (!picture.video && !sfd_picture_name_split(&name, picture.name)) {
        status = sfd_fail(&rows->row, SFD_ERR_FORMAT,
                          "%s: picture \"%s\" is not called VIDEO/TIMESTAMP.jpg or "
                          "VIDEO_TIMESTAMP",
                          place, picture.name);
    } else {
        const char *video = picture.video ? picture.video : video_of(r, &name);
        if (!sfd_proposals_wants(r->proposals, video, strlen(video))) {
            counts->n_other_videos++;
            return SFD_OK;
        }
        status = add_detection(r, item, place, &picture, &name, &rows->row);
    }
    return sfd_bad_rows_count(rows, status, err);
}

/* ---- categories */

/* COCO's persons are category 1; code bases that number classes from 0 write 0. */
static sfd_status find_person(json_reader *r, const cJSON *categories, const cJSON *list,
                              sfd_error *err)
{
    const cJSON *item;
    r->person = SFD_COCO_PERSON;
    if (sfd_coco_find_person(categories, &r->person))
        return SFD_OK;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *id = cJSON_GetObjectItemCaseSensitive(item, "category_id");
        if (!cJSON_IsNumber(id) || id->valuedouble != 0)
            continue;
        r->person = 0;
        return sfd_bad_rows_warn(sfd_proposals_rows(r->proposals), err,
                                 "%s: category ids count from 0: category 0 is taken as the "
                                 "persons, where COCO has 1",
                                 r->path);
    }
    return SFD_OK;
}

/* ---- documents */

/* Pictures in which nobody may be. */
static void name_videos(const json_reader *r)
{
    for (size_t i = 0; i < r->n_images; i++) {
        const image *picture = &r->images[i];
        sfd_picture_name name;
        const char *video = picture->video;
        if (!video && sfd_picture_name_split(&name, picture->name))
            video = video_of(r, &name);
        if (video)
            sfd_proposals_name(r->proposals, video, strlen(video));
    }
}

static sfd_status read_document(json_reader *r, const cJSON *root, sfd_error *err)
{
    const cJSON *list = root, *categories = NULL, *item;
    sfd_status status = SFD_OK;
    if (cJSON_IsObject(root)) {
        list = cJSON_GetObjectItemCaseSensitive(root, "annotations");
        categories = cJSON_GetObjectItemCaseSensitive(root, "categories");
        const cJSON *images = cJSON_GetObjectItemCaseSensitive(root, "images");
        if (cJSON_IsArray(images))
            status = read_images(r, images, err);
        if (status == SFD_OK)
            name_videos(r);
    }
    if (status == SFD_OK && !cJSON_IsArray(list))
        status = sfd_fail(err, SFD_ERR_FORMAT,
                          "%s: neither a list of detections nor an object with \"annotations\"",
                          r->path);
    if (status == SFD_OK)
        status = find_person(r, categories, list, err);
    size_t i = 0;
    if (status == SFD_OK)
        cJSON_ArrayForEach(item, list)
        {
            status = read_detection(r, item, i++, err);
            if (status != SFD_OK)
                break;
        }
    return status == SFD_OK ? sfd_bad_rows_end(sfd_proposals_rows(r->proposals), r->path, err)
                            : status;
}

sfd_status sfd_proposals_read_json(sfd_proposals *p, const char *path, const cJSON *root,
                                   const sfd_proposals_settings *settings, sfd_error *err)
{
    json_reader r = {.proposals = p,
                     .path = path,
                     .frame_fps = settings->frame_fps,
                     .first_frame_s = settings->first_frame_s};
    const sfd_status status = read_document(&r, root, err);
    free(r.images);
    return status;
}
