/* SPDX-License-Identifier: Apache-2.0 */
/* What sfdetect writes with --json: a line {"video", "timestamp", "person", "box": [x1, y1, x2,
 * y2], "proposal_score", "labels": [{"id", "name", "score"}, ...]} for each person in each
 * keyframe. */
#include "annotations/format.h"
#include "annotations/sample.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_fields.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT_BYTES ((size_t)1 << 30)

static bool is_person(const cJSON *line)
{
    return cJSON_IsObject(line) && cJSON_GetObjectItemCaseSensitive(line, "video") &&
           cJSON_GetObjectItemCaseSensitive(line, "box");
}

/* By the first line. */
static bool matches(const sfd_annotation_input *in)
{
    if (in->json)
        return is_person(in->json);
    if (in->n_head == 0 || *in->head != '{')
        return false;
    const char *text = (const char *)in->head, *end = memchr(text, '\n', in->n_head);
    if (!end)
        return false;
    cJSON *line = cJSON_ParseWithLength(text, (size_t)(end - text));
    const bool ok = is_person(line);
    cJSON_Delete(line);
    return ok;
}

/* ---- reading */

static sfd_status read_label(sfd_annotations *a, const cJSON *item, sfd_person_box *b,
                             const char *place, sfd_error *err)
{
    const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");
    double id = -1, score = SFD_NO_SCORE;
    size_t label;
    sfd_status status;
    sfd_json_number(item, "score", &score);
    if (!sfd_json_number(item, "id", &id) || !(id >= 0 && id <= SFD_MAX_LABEL_ID))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: a label has no id within 0..%d", place,
                        SFD_MAX_LABEL_ID);
    if (!a->labels.given && cJSON_IsString(name) && *name->valuestring)
        status = sfd_label_list_named(&a->labels, NULL, name->valuestring, (int)id, &label, err);
    else
        status = sfd_label_list_by_id(&a->labels, (int)id, &label, err);
    return status == SFD_OK ? sfd_set_add_done(a, b, label, score, err) : status;
}

static sfd_status read_person(sfd_annotations *a, const cJSON *line, const char *place,
                              sfd_error *err)
{
    const cJSON *video = cJSON_GetObjectItemCaseSensitive(line, "video"), *item;
    const cJSON *box = cJSON_GetObjectItemCaseSensitive(line, "box");
    sfd_person_box b = {.score = SFD_NO_SCORE};
    sfd_labelled_video *v;
    double time;
    if (!cJSON_IsString(video) || !sfd_json_number(line, "timestamp", &time) || !cJSON_IsArray(box))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: wanted \"video\", \"timestamp\", \"box\"", place);
    if (!sfd_json_numbers(box, b.corner, 4))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: box is not [x1, y1, x2, y2]", place);
    sfd_json_number(line, "proposal_score", &b.score);
    b.has_person_id = sfd_json_whole(line, "person", &b.person_id);
    b.time_s = time - a->settings.timestamp_offset_s;
    sfd_status status = sfd_set_video(a, &v, video->valuestring, err);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(line, "labels"))
    {
        if (status == SFD_OK)
            status = read_label(a, item, &b, place, err);
    }
    return status == SFD_OK ? sfd_set_add(a, v, &b, SFD_UNIT_FRACTIONS, place, err) : status;
}

static sfd_status read_line(sfd_annotations *a, const char *path, size_t line, const char *text,
                            size_t n, sfd_error *err)
{
    char place[320];
    cJSON *root;
    snprintf(place, sizeof place, "%.250s: line %zu", path, line);
    if (strspn(text, " \t\r\n") >= n)
        return SFD_OK;
    sfd_status status = sfd_json_parse(&root, place, text, n, err);
    if (status == SFD_OK)
        status = read_person(a, root, place, err);
    cJSON_Delete(root);
    return status;
}

static sfd_status read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err)
{
    char *text;
    size_t n, line = 0;
    sfd_status status = sfd_read_text(&text, &n, in->path, MAX_TEXT_BYTES, err);
    if (status != SFD_OK)
        return status;
    for (const char *at = text, *end = text + n; status == SFD_OK && at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        status = read_line(a, in->path, ++line, at, (size_t)(stop - at), err);
        at = stop + 1;
    }
    free(text);
    return status;
}

/* ---- writing */

static bool add_box(cJSON *person, const double corner[4])
{
    return cJSON_AddItemToObject(person, "box", cJSON_CreateDoubleArray(corner, 4));
}

static bool add_labels(cJSON *person, const sfd_annotations *a, const sfd_person_box *b)
{
    cJSON *list = cJSON_AddArrayToObject(person, "labels");
    char name[SFD_LABEL_CHARS];
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < b->n_done; i++) {
        const sfd_done *done = &b->done[i];
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(list, item) &&
             cJSON_AddNumberToObject(item, "id", a->labels.items[done->label].id) &&
             (a->labels.items[done->label].name
                  ? cJSON_AddStringToObject(item, "name",
                                            sfd_label_full_name(&a->labels, done->label, name))
                  : cJSON_AddNullToObject(item, "name"));
        if (ok && done->score != SFD_NO_SCORE)
            ok = cJSON_AddNumberToObject(item, "score", done->score);
    }
    return ok;
}

static sfd_status put_person(sfd_annotations *a, FILE *f, const sfd_labelled_video *v,
                             const sfd_person_box *b, sfd_error *err)
{
    double corner[4];
    char id[SFD_DECIMAL_CHARS], *text = NULL;
    sfd_status status = sfd_set_corners(v, b, SFD_UNIT_FRACTIONS, corner, err);
    if (status != SFD_OK)
        return status;
    char *video = sfd_utf8_copy(v->id);
    cJSON *person = cJSON_CreateObject();
    snprintf(id, sizeof id, "%" PRId64, b->person_id);
    if (video && person && cJSON_AddStringToObject(person, "video", video) &&
        cJSON_AddNumberToObject(person, "timestamp", b->time_s + a->settings.timestamp_offset_s) &&
        (!b->has_person_id || cJSON_AddRawToObject(person, "person", id)) &&
        add_box(person, corner) &&
        (b->score == SFD_NO_SCORE || cJSON_AddNumberToObject(person, "proposal_score", b->score)) &&
        add_labels(person, a, b))
        text = cJSON_PrintUnformatted(person);
    if (text)
        fprintf(f, "%s\n", text);
    else
        status = sfd_fail_nomem(err, a->path);
    cJSON_free(text);
    cJSON_Delete(person);
    free(video);
    return status;
}

static sfd_status write(sfd_annotations *a, FILE *f, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (size_t k = 0; status == SFD_OK && k < a->n_videos; k++) {
        sfd_person_samples s;
        status = sfd_sample_persons(&s, a, a->videos[k], SFD_KEYFRAMES, err);
        for (size_t i = 0; status == SFD_OK && i < s.n; i++)
            status = put_person(a, f, a->videos[k], &s.boxes[i], err);
        sfd_person_samples_free(&s);
    }
    return status;
}

const sfd_format sfd_format_jsonl = {
    .info = {.name = "jsonl",
             .extension = ".jsonl",
             .summary = "JSON lines as sfdetect writes them, a person in a keyframe each",
             .reads = true,
             .writes = true},
    .matches = matches,
    .read = read,
    .write = write,
};
