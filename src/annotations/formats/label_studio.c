/* SPDX-License-Identifier: Apache-2.0 */
/* Label Studio's JSON of video tasks: regions "videorectangle" with a sequence of keyframes, frames
 * from 1, boxes in percent of the picture. Behind an enabled keyframe the region goes on to the
 * next, evenly, or to the end of the video; behind another it is gone. What its labels say holds
 * for all of a region: a person who does one thing after the other is several of them, "person-3-1"
 * and on. */
#include "annotations/format.h"
#include "annotations/sample.h"
#include "base/alloc.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/json_fields.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FRAME  1e12
#define MAX_LABELS 4096 /* results for one region */

typedef struct studio_reader {
    sfd_annotations *a;
    const char *path;
    sfd_labelled_video *video;
    const cJSON *
        *labels; /* [n_labels] results of the annotation at work that are no boxes, by id */
    size_t n_labels;
} studio_reader;

static const cJSON *first_task(const cJSON *root)
{
    return cJSON_IsArray(root) ? root->child : root;
}

static bool matches(const sfd_annotation_input *in)
{
    const cJSON *task = in->json ? first_task(in->json) : NULL;
    return cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(task, "data")) &&
           (cJSON_GetObjectItemCaseSensitive(task, "annotations") ||
            cJSON_GetObjectItemCaseSensitive(task, "predictions"));
}

/* ---- reading */

static bool is_of(const cJSON *result, const char *type)
{
    const char *text = sfd_json_text(result, "type");
    return text && strcmp(text, type) == 0;
}

static bool is_rectangle(const cJSON *result)
{
    return is_of(result, "videorectangle");
}

static int by_id(const void *pa, const void *pb)
{
    return strcmp(sfd_json_text(*(const cJSON *const *)pa, "id"),
                  sfd_json_text(*(const cJSON *const *)pb, "id"));
}

static sfd_status list_labels(studio_reader *r, const cJSON *results, sfd_error *err)
{
    const cJSON *item;
    free(r->labels);
    r->n_labels = 0;
    r->labels = sfd_calloc((size_t)cJSON_GetArraySize(results), sizeof *r->labels);
    if (!r->labels)
        return sfd_fail_nomem(err, r->path);
    cJSON_ArrayForEach(item, results)
    {
        if (is_rectangle(item))
            continue;
        if (sfd_json_text(item, "id") && !is_of(item, "timelinelabels"))
            r->labels[r->n_labels++] = item;
        else
            sfd_tally_add(&r->a->tally, "results left out that are no boxes",
                          sfd_json_text(item, "type"));
    }
    if (r->n_labels > 0)
        qsort(r->labels, r->n_labels, sizeof *r->labels, by_id);
    return SFD_OK;
}

/* The first of those with an id. */
static size_t find_labels(const studio_reader *r, const char *id)
{
    size_t low = 0, high = r->n_labels;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(sfd_json_text(r->labels[middle], "id"), id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* All texts of arrays in a value but the sequence: "labels", "choices" ... */
static sfd_status read_labels(studio_reader *r, const cJSON *value, sfd_person_box *b,
                              sfd_error *err)
{
    const cJSON *list, *item;
    sfd_status status = SFD_OK;
    cJSON_ArrayForEach(list, value)
    {
        if (!cJSON_IsArray(list))
            continue;
        cJSON_ArrayForEach(item, list)
        {
            size_t label;
            if (status != SFD_OK || !cJSON_IsString(item) || !*item->valuestring ||
                sfd_means_person(item->valuestring))
                continue;
            status = sfd_label_list_by_name(&r->a->labels, NULL, item->valuestring, &label, err);
            if (status == SFD_OK && label != SFD_NO_LABEL)
                status = sfd_set_add_done(r->a, b, label, SFD_NO_SCORE, err);
            else if (status == SFD_OK)
                sfd_tally_add(&r->a->tally, "actions that are not on the list of labels",
                              item->valuestring);
        }
    }
    return status;
}

/* The region's own labels, and those of other results of the same id. */
static sfd_status read_what(studio_reader *r, const cJSON *region, sfd_person_box *b,
                            sfd_error *err)
{
    const char *id = sfd_json_text(region, "id");
    size_t n = 0;
    sfd_status status = read_labels(r, cJSON_GetObjectItemCaseSensitive(region, "value"), b, err);
    for (size_t i = id ? find_labels(r, id) : r->n_labels;
         status == SFD_OK && i < r->n_labels &&
         strcmp(sfd_json_text(r->labels[i], "id"), id) == 0 && n < MAX_LABELS;
         i++, n++)
        status = read_labels(r, cJSON_GetObjectItemCaseSensitive(r->labels[i], "value"), b, err);
    return status;
}

static sfd_status read_keyframe(studio_reader *r, const cJSON *item, sfd_person_box *b,
                                sfd_error *err)
{
    double frame, x, y, w, h, rotation;
    if (!sfd_json_number(item, "frame", &frame) || !(frame >= 0 && frame <= MAX_FRAME) ||
        !sfd_json_number(item, "x", &x) || !sfd_json_number(item, "y", &y) ||
        !sfd_json_number(item, "width", &w) || !sfd_json_number(item, "height", &h))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: a keyframe without the numbers frame, x, y, width, height", r->path);
    if (sfd_json_number(item, "rotation", &rotation) && rotation != 0)
        sfd_tally_add(&r->a->tally, "boxes whose rotation is left out", NULL);
    memcpy(b->corner, (double[4]){x / 100, y / 100, (x + w) / 100, (y + h) / 100},
           sizeof b->corner);
    b->moves_on = !cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(item, "enabled"));
    b->leaves = !b->moves_on;
    b->time_s = sfd_set_time_of(r->a, r->video, (int64_t)frame - 1);
    return sfd_set_add(r->a, r->video, b, SFD_UNIT_FRACTIONS, r->path, err);
}

/* Durations are rounded; rates are whole, or whole over 1.001, or have few decimals. */
static double likely_fps(double fps)
{
    const double near[] = {round(fps), round(fps * 1.001) / 1.001, round(fps * 1000) / 1000};
    for (int i = 0; i < 3; i++)
        if (fabs(near[i] - fps) < 1e-5 * fps)
            return near[i];
    return fps;
}

static sfd_status read_region(studio_reader *r, const cJSON *region, sfd_error *err)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(region, "value"), *item;
    sfd_person_box b = {.score = SFD_NO_SCORE, .track = ++r->a->next_track};
    double frames = 0, duration_s = 0;
    unsigned part;
    char rest;
    if (sfd_json_number(value, "framesCount", &frames) && frames >= 1 && frames <= MAX_FRAME) {
        if (sfd_json_number(value, "duration", &duration_s) && duration_s > 0)
            sfd_set_fps(r->video, likely_fps(frames / duration_s));
        r->video->n_frames = (int64_t)frames;
    }
    const char *id = sfd_json_text(region, "id");
    b.has_person_id = id && sscanf(id, "person-%" SCNd64 "-%u%c", &b.person_id, &part, &rest) == 2;
    sfd_status status = read_what(r, region, &b, err);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(value, "sequence"))
    {
        if (status == SFD_OK)
            status = read_keyframe(r, item, &b, err);
    }
    const double end_s =
        status == SFD_OK && frames >= 1 ? sfd_set_time_of(r->a, r->video, (int64_t)frames - 1) : 0;
    if (status != SFD_OK || !b.moves_on || !(end_s > b.time_s))
        return status;
    b.time_s = end_s; /* to the end of the video */
    b.interpolated = true;
    b.moves_on = false;
    b.leaves = true;
    return sfd_set_add(r->a, r->video, &b, SFD_UNIT_FRACTIONS, r->path, err);
}

static sfd_status read_results(studio_reader *r, const cJSON *annotation, sfd_error *err)
{
    const cJSON *region, *results = cJSON_GetObjectItemCaseSensitive(annotation, "result");
    sfd_status status = list_labels(r, results, err);
    cJSON_ArrayForEach(region, results)
    {
        if (status == SFD_OK && is_rectangle(region))
            status = read_region(r, region, err);
    }
    return status;
}

static const char *find_source(const cJSON *data)
{
    const cJSON *item;
    const char *video = sfd_json_text(data, "video");
    cJSON_ArrayForEach(item, data) if (!video && cJSON_IsString(item)) video = item->valuestring;
    return video;
}

/* Label Studio calls an uploaded video ".../upload/PROJECT/1a2b3c4d-NAME": NAME, else all. */
static const char *own_name(const char *source)
{
    const char *slash = source ? strrchr(source, '/') : NULL;
    if (!slash || !strstr(source, "upload/") || strspn(slash + 1, "0123456789abcdef") != 8 ||
        slash[9] != '-' || !slash[10])
        return source;
    return slash + 10;
}

/* What people said; where nobody has yet, what was predicted. */
static sfd_status read_task(studio_reader *r, const cJSON *task, sfd_error *err)
{
    const cJSON *annotation, *said = cJSON_GetObjectItemCaseSensitive(task, "annotations");
    const char *source = find_source(cJSON_GetObjectItemCaseSensitive(task, "data"));
    sfd_status status = sfd_set_only_video(r->a, &r->video, own_name(source), err);
    if (status == SFD_OK && source && !r->video->source &&
        !(r->video->source = sfd_set_text(r->a, source)))
        status = sfd_fail_nomem(err, r->path);
    if (!cJSON_IsArray(said) || !said->child)
        said = cJSON_GetObjectItemCaseSensitive(task, "predictions");
    cJSON_ArrayForEach(annotation, said)
    {
        if (status == SFD_OK)
            status = read_results(r, annotation, err);
    }
    return status;
}

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    studio_reader r = {.a = a, .path = in->path};
    const cJSON *task;
    sfd_status status = SFD_OK;
    if (!matches(in))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: no tasks of Label Studio", in->path);
    if (cJSON_IsObject(in->json))
        status = read_task(&r, in->json, err);
    else
        cJSON_ArrayForEach(task, in->json)
        {
            if (status == SFD_OK)
                status = read_task(&r, task, err);
        }
    free(r.labels);
    return status;
}

/* ---- writing */

typedef struct studio_writer {
    sfd_annotations *a;
    FILE *f;
    sfd_labelled_video *v;
    size_t n_regions, n_keyframes;
    int64_t n_frames;
} studio_writer;

static bool same_actions(const sfd_person_box *a, const sfd_person_box *b)
{
    bool same = a->n_done == b->n_done;
    for (size_t i = 0; same && i < a->n_done; i++)
        same = a->done[i].label == b->done[i].label;
    return same;
}

static sfd_status put_keyframe(studio_writer *w, const sfd_person_box *b, int64_t frame,
                               bool enabled, sfd_error *err)
{
    double c[4];
    char text[5][SFD_DECIMAL_CHARS];
    sfd_status status = sfd_set_corners(w->v, b, SFD_UNIT_FRACTIONS, c, err);
    if (status != SFD_OK)
        return status;
    fprintf(w->f,
            "%s\n{\"frame\":%" PRId64 ",\"enabled\":%s,\"rotation\":0,\"x\":%s,\"y\":%s,"
            "\"width\":%s,\"height\":%s,\"time\":%s}",
            w->n_keyframes++ > 0 ? "," : "", frame + 1, enabled ? "true" : "false",
            sfd_format_decimal(text[0], 100 * c[0]), sfd_format_decimal(text[1], 100 * c[1]),
            sfd_format_decimal(text[2], 100 * (c[2] - c[0])),
            sfd_format_decimal(text[3], 100 * (c[3] - c[1])),
            sfd_format_decimal(text[4], (double)(frame + 1) / sfd_set_get_fps(w->a, w->v)));
    return SFD_OK;
}

/* Drawn boxes; where somebody goes before the next box, the last frame before it. */
static sfd_status put_keyframes(studio_writer *w, const sfd_person_box *b, size_t n, sfd_error *err)
{
    sfd_status status = SFD_OK;
    int64_t before = -1;
    for (size_t i = 0; status == SFD_OK && i < n; i++) {
        const int64_t frame = sfd_set_frame_of(w->a, w->v, b[i].time_s);
        if (b[i].outside || b[i].interpolated || frame <= before)
            continue;
        const bool moves = i + 1 < n && sfd_box_moves_on(w->a, &b[i]);
        const int64_t next = moves ? sfd_set_frame_of(w->a, w->v, b[i + 1].time_s) : 0;
        const bool ends = moves && b[i + 1].outside;
        before = frame;
        status = put_keyframe(w, &b[i], frame, moves && !(ends && next - 1 <= frame), err);
        if (status != SFD_OK || !ends || next - 1 <= frame)
            continue;
        sfd_person_box end = b[i];
        for (int k = 0; k < 4; k++)
            end.corner[k] += (b[i + 1].corner[k] - end.corner[k]) * (double)(next - 1 - frame) /
                             (double)(next - frame);
        sfd_tally_add(&w->a->tally, "ends of movements became keyframes", w->v->id);
        before = next - 1;
        status = put_keyframe(w, &end, next - 1, false, err);
    }
    return status;
}

static void put_labels(const studio_writer *w, const sfd_person_box *b)
{
    char name[SFD_LABEL_CHARS];
    fputs("],\"labels\":[", w->f);
    if (b->n_done == 0)
        fputs("\"person\"", w->f);
    for (size_t i = 0; i < b->n_done; i++) {
        if (i > 0)
            fputc(',', w->f);
        sfd_json_put(w->f, sfd_label_full_name(&w->a->labels, b->done[i].label, name));
    }
    fputc(']', w->f);
}

/* Boxes of a person with the same actions. */
static sfd_status put_region(studio_writer *w, const sfd_track_range *t, const sfd_person_box *b,
                             size_t n, unsigned part, sfd_error *err)
{
    char duration[SFD_DECIMAL_CHARS];
    fprintf(w->f, "%s\n{\"id\":\"", w->n_regions++ > 0 ? "," : "");
    if (t->has_person_id)
        fprintf(w->f, "person-%" PRId64 "-%u", t->person_id, part);
    else
        fprintf(w->f, "region-%zu", w->n_regions);
    fprintf(w->f,
            "\",\"from_name\":\"box\",\"to_name\":\"video\",\"type\":\"videorectangle\",\"value\":{"
            "\"framesCount\":%" PRId64 ",\"duration\":%s,\"sequence\":[",
            w->n_frames,
            sfd_format_decimal(duration, (double)w->n_frames / sfd_set_get_fps(w->a, w->v)));
    w->n_keyframes = 0;
    sfd_status status = put_keyframes(w, b, n, err);
    put_labels(w, b);
    fputs("}}", w->f);
    return status;
}

static sfd_status put_track(studio_writer *w, const sfd_track_range *t, sfd_error *err)
{
    const sfd_person_box *b = &w->v->boxes[t->first];
    sfd_status status = SFD_OK;
    unsigned part = 0;
    for (size_t i = 0, end; status == SFD_OK && i < t->n; i = end) {
        end = i + 1;
        sfd_format_drop_scores(w->a, &b[i]);
        while (end < t->n &&
               (b[end].outside || b[end].interpolated || same_actions(&b[i], &b[end])))
            sfd_format_drop_scores(w->a, &b[end++]);
        bool drawn = false;
        for (size_t k = i; k < end; k++)
            drawn |= !b[k].outside && !b[k].interpolated;
        if (drawn)
            status = put_region(w, t, &b[i], end - i, ++part, err);
    }
    return status;
}

static int64_t count_frames(const sfd_labelled_video *v)
{
    int64_t n = v->n_frames;
    for (size_t i = 0; i < v->n_boxes; i++) {
        const double frame = v->boxes[i].time_s * v->fps;
        if (frame + 1 > (double)n && frame < MAX_FRAME)
            n = (int64_t)frame + 1;
    }
    return n;
}

static sfd_status put_task(studio_writer *w, size_t k, sfd_error *err)
{
    sfd_status status = SFD_OK;
    w->v = w->a->videos[k];
    sfd_set_get_fps(w->a, w->v);
    w->n_frames = count_frames(w->v);
    w->n_regions = 0;
    fprintf(w->f, "%s{\"id\":%zu,\"data\":{\"video\":", k > 0 ? ",\n" : "", k + 1);
    sfd_json_put(w->f, w->v->source ? w->v->source : w->v->id);
    fputs("},\"annotations\":[{\"result\":[", w->f);
    for (size_t t = 0; status == SFD_OK && t < w->v->n_tracks; t++)
        status = put_track(w, &w->v->tracks[t], err);
    fputs("]}]}", w->f);
    return status;
}

static sfd_status write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    studio_writer w = {.a = a, .f = f};
    sfd_status status = SFD_OK;
    fputc('[', f);
    for (size_t k = 0; status == SFD_OK && k < a->n_videos; k++)
        status = put_task(&w, k, err);
    fputs("]\n", f);
    return status;
}

const sfd_format sfd_format_label_studio = {
    .info = {.name = "label-studio",
             .extension = ".json",
             .summary = "Label Studio's JSON of video tasks",
             .reads = true,
             .writes = true},
    .matches = matches,
    .read = read,
    .write = write,
};
