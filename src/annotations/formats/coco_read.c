/* SPDX-License-Identifier: Apache-2.0 */
/* Data sets in COCO's JSON, {"images", "annotations", "categories"}, and COCO-VID's, which adds
 * "videos". Persons are the category of that name; other categories are what a person does, as are
 * "attributes" of annotations in the manner of CVAT: {"pose": "sit", "waves": true}. "actions",
 * [{"id", "name", "group"}], is ours: the list of labels. */
#include "annotations/formats/coco.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json_fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct image {
    int64_t id;
    sfd_labelled_video *video;
    double time_s;
    double width, height; /* 0: boxes are fractions */
} image;

typedef struct category {
    int64_t id;
    size_t label; /* SFD_NO_LABEL: persons, or on no list */
} category;

typedef struct video {
    int64_t id;
    const cJSON *item;
} video;

typedef struct coco_reader {
    sfd_annotations *a;
    const char *path;
    const cJSON *root;
    image *images;
    category *categories;
    video *videos;
    size_t n_images, n_categories, n_videos; /* sorted by id */
} coco_reader;

static bool matches(const sfd_annotation_input *in)
{
    return cJSON_IsObject(in->json) &&
           cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(in->json, "annotations")) &&
           cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(in->json, "images"));
}

static const cJSON *list(const coco_reader *r, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(r->root, key);
}

/* ids come first in images and categories */
static int by_id(const void *pa, const void *pb)
{
    const int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return (a > b) - (a < b);
}

/* ---- labels */

static sfd_status read_actions(coco_reader *r, sfd_error *err)
{
    const cJSON *item;
    size_t label;
    sfd_status status = SFD_OK;
    cJSON_ArrayForEach(item, list(r, "actions"))
    {
        int64_t id;
        const char *name = sfd_json_text(item, "name");
        if (status != SFD_OK || !sfd_json_whole(item, "id", &id) || id < 0 || id > SFD_MAX_LABEL_ID)
            continue;
        if (name && *name)
            status = sfd_label_list_named(&r->a->labels, sfd_json_text(item, "group"), name,
                                          (int)id, &label, err);
        else if (!r->a->labels.given)
            status = sfd_label_list_by_id(&r->a->labels, (int)id, &label, err);
    }
    return status;
}

static sfd_status read_categories(coco_reader *r, sfd_error *err)
{
    const cJSON *item, *all = list(r, "categories");
    r->categories = sfd_calloc((size_t)cJSON_GetArraySize(all), sizeof *r->categories);
    if (!r->categories)
        return sfd_fail_nomem(err, r->path);
    cJSON_ArrayForEach(item, all)
    {
        category c = {.label = SFD_NO_LABEL};
        const char *name = sfd_json_text(item, "name");
        sfd_status status = SFD_OK;
        if (!sfd_json_whole(item, "id", &c.id) || !name || !*name)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: categories[%zu] has no id or no name",
                            r->path, r->n_categories);
        if (!sfd_means_person(name))
            status = sfd_label_list_named(&r->a->labels, NULL, name,
                                          c.id >= 0 && c.id <= SFD_MAX_LABEL_ID ? (int)c.id : -1,
                                          &c.label, err);
        if (status != SFD_OK)
            return status;
        if (c.label == SFD_NO_LABEL && !sfd_means_person(name))
            sfd_tally_add(&r->a->tally, "categories that are not on the list of labels", name);
        r->categories[r->n_categories++] = c;
    }
    qsort(r->categories, r->n_categories, sizeof *r->categories, by_id);
    return SFD_OK;
}

/* ---- pictures */

static sfd_status read_videos(coco_reader *r, sfd_error *err)
{
    const cJSON *item, *all = list(r, "videos");
    r->videos = sfd_calloc((size_t)cJSON_GetArraySize(all), sizeof *r->videos);
    if (!r->videos)
        return sfd_fail_nomem(err, r->path);
    cJSON_ArrayForEach(item, all)
    {
        video v = {.item = item};
        if (sfd_json_whole(item, "id", &v.id))
            r->videos[r->n_videos++] = v;
    }
    if (r->n_videos > 0)
        qsort(r->videos, r->n_videos, sizeof *r->videos, by_id);
    return SFD_OK;
}

static const cJSON *video_of(const coco_reader *r, int64_t id)
{
    const video *v =
        r->n_videos > 0 ? bsearch(&id, r->videos, r->n_videos, sizeof *v, by_id) : NULL;
    return v ? v->item : NULL;
}

/* By "video" and "timestamp", as our programs write; by COCO-VID's "video_id" and "frame_id", from
 * 0; else by its name. */
static sfd_status place_image(coco_reader *r, const cJSON *item, image *p, sfd_error *err)
{
    const char *id_text = sfd_json_text(item, "video"), *name = sfd_json_text(item, "file_name");
    int64_t id, frame = (int64_t)r->n_images;
    double timestamp, fps;
    sfd_status status;
    if (id_text && sfd_json_number(item, "timestamp", &timestamp)) {
        status = sfd_set_video(r->a, &p->video, id_text, err);
        p->time_s = timestamp - r->a->settings.timestamp_offset_s;
        return status;
    }
    const cJSON *v = sfd_json_whole(item, "video_id", &id) ? video_of(r, id) : NULL;
    const bool has_frame =
        sfd_json_whole(item, "frame_id", &frame) || sfd_json_whole(item, "frame_index", &frame);
    if (v && has_frame && frame >= 0 && sfd_json_text(v, "name")) {
        status = sfd_set_only_video(r->a, &p->video, sfd_json_text(v, "name"), err);
        if (status == SFD_OK && sfd_json_number(v, "fps", &fps))
            sfd_set_fps(p->video, fps);
        if (status == SFD_OK)
            p->time_s = sfd_set_time_of(r->a, p->video, frame);
        return status;
    }
    return sfd_set_picture(r->a, &p->video, &p->time_s, name, NULL, frame, err);
}

static sfd_status read_images(coco_reader *r, sfd_error *err)
{
    const cJSON *item, *all = list(r, "images");
    r->images = sfd_calloc((size_t)cJSON_GetArraySize(all), sizeof *r->images);
    if (!r->images)
        return sfd_fail_nomem(err, r->path);
    cJSON_ArrayForEach(item, all)
    {
        image p = {0};
        const char *name = sfd_json_text(item, "file_name");
        if (!sfd_json_whole(item, "id", &p.id) || !name)
            return sfd_fail(err, SFD_ERR_FORMAT, "%s: images[%zu] has no id or no file_name",
                            r->path, r->n_images);
        sfd_status status = place_image(r, item, &p, err);
        if (status != SFD_OK)
            return status;
        if (sfd_json_number(item, "width", &p.width) &&
            sfd_json_number(item, "height", &p.height) && p.width >= 1 && p.height >= 1)
            sfd_set_size(p.video, p.width, p.height);
        else
            p.width = p.height = 0;
        status = sfd_set_add_frame(r->a, p.video, p.time_s, name, err);
        if (status != SFD_OK)
            return status;
        r->images[r->n_images++] = p;
    }
    qsort(r->images, r->n_images, sizeof *r->images, by_id);
    return SFD_OK;
}

/* ---- annotations */

static sfd_status read_attribute(coco_reader *r, const cJSON *item, sfd_person_box *b,
                                 sfd_error *err)
{
    static const char *const facts[] = {"occluded", "rotation", "track_id", "keyframe", "score"};
    if (!item->string)
        return SFD_OK;
    if (strcmp(item->string, "occluded") == 0)
        b->occluded = cJSON_IsTrue(item);
    if (strcmp(item->string, "keyframe") == 0)
        b->interpolated = cJSON_IsFalse(item);
    if (strcmp(item->string, "track_id") == 0 && !b->has_person_id)
        b->has_person_id = sfd_json_is_whole(item, &b->person_id);
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (strcmp(item->string, facts[i]) == 0)
            return SFD_OK;
    if (cJSON_IsTrue(item))
        return sfd_set_add_attribute(r->a, b, item->string, "true", err);
    if (cJSON_IsString(item))
        return sfd_set_add_attribute(r->a, b, item->string, item->valuestring, err);
    if (cJSON_IsNumber(item))
        sfd_tally_add(&r->a->tally, "attributes left out that are numbers", item->string);
    return SFD_OK;
}

static sfd_status read_what(coco_reader *r, const cJSON *item, sfd_person_box *b, sfd_error *err)
{
    const cJSON *attribute;
    int64_t id;
    sfd_status status = SFD_OK;
    const category *c = sfd_json_whole(item, "category_id", &id) && r->n_categories > 0
                            ? bsearch(&id, r->categories, r->n_categories, sizeof *c, by_id)
                            : NULL;
    if (c && c->label != SFD_NO_LABEL)
        status = sfd_set_add_done(r->a, b, c->label, SFD_NO_SCORE, err);
    cJSON_ArrayForEach(attribute, cJSON_GetObjectItemCaseSensitive(item, "attributes"))
    {
        if (status == SFD_OK)
            status = read_attribute(r, attribute, b, err);
    }
    return status;
}

static sfd_status read_annotation(coco_reader *r, const cJSON *item, size_t i, sfd_error *err)
{
    sfd_person_box b = {.score = SFD_NO_SCORE};
    int64_t id;
    double c[4];
    char place[320];
    snprintf(place, sizeof place, "%.250s: annotations[%zu]", r->path, i);
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(item, "iscrowd")) ||
        (sfd_json_whole(item, "iscrowd", &id) && id != 0)) {
        sfd_tally_add(&r->a->tally, "crowds left out", place);
        return SFD_OK;
    }
    const image *p = sfd_json_whole(item, "image_id", &id) && r->n_images > 0
                         ? bsearch(&id, r->images, r->n_images, sizeof *p, by_id)
                         : NULL;
    if (!p)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: image_id names no picture of \"images\"", place);
    if (!sfd_json_numbers(cJSON_GetObjectItemCaseSensitive(item, "bbox"), c, 4))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: bbox is not [x, y, width, height]", place);
    const double w = p->width > 0 ? p->video->width / p->width : 1;
    const double h = p->width > 0 ? p->video->height / p->height : 1;
    memcpy(b.corner, (double[4]){c[0] * w, c[1] * h, (c[0] + c[2]) * w, (c[1] + c[3]) * h},
           sizeof b.corner);
    b.time_s = p->time_s;
    sfd_json_number(item, "score", &b.score);
    b.has_person_id = sfd_json_whole(item, "track_id", &b.person_id) ||
                      sfd_json_whole(item, "instance_id", &b.person_id);
    sfd_status status = read_what(r, item, &b, err);
    return status == SFD_OK
               ? sfd_set_add(r->a, p->video, &b,
                             p->width > 0 ? SFD_UNIT_PIXELS : SFD_UNIT_FRACTIONS, place, err)
               : status;
}

sfd_status sfd_coco_read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    coco_reader r = {.a = a, .path = in->path, .root = in->json};
    const cJSON *item;
    size_t i = 0;
    if (!matches(in))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: no data set in COCO's JSON", in->path);
    sfd_status status = read_actions(&r, err);
    if (status == SFD_OK)
        status = read_categories(&r, err);
    if (status == SFD_OK)
        status = read_videos(&r, err);
    if (status == SFD_OK)
        status = read_images(&r, err);
    cJSON_ArrayForEach(item, list(&r, "annotations"))
    {
        if (status == SFD_OK)
            status = read_annotation(&r, item, i++, err);
    }
    free(r.images);
    free(r.categories);
    free(r.videos);
    return status;
}

const sfd_format sfd_format_coco = {
    .info = {.name = "coco",
             .extension = ".json",
             .summary = "data sets in COCO's JSON, keyframes as images",
             .reads = true,
             .writes = true},
    .matches = matches,
    .read = sfd_coco_read,
    .write = sfd_coco_write,
};

const sfd_format sfd_format_coco_vid = {
    .info = {.name = "coco-vid",
             .extension = ".json",
             .summary = "the same with videos and all frames, as COCO-VID",
             .reads = true,
             .writes = true},
    .read = sfd_coco_read,
    .write = sfd_coco_vid_write,
};
