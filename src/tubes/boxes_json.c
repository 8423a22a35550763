/* SPDX-License-Identifier: Apache-2.0 */
/* Detections from JSON lines as sfdetect writes them: {"video", "timestamp", "person", "box": [x1,
 * y1, x2, y2], "labels": [{"id", "score"}, ...]}. */
#include "base/error.h"
#include "base/json.h"
#include "base/json_fields.h"
#include "tubes/boxes.h"

#include <math.h>
#include <string.h>

#define MAX_ID    9e15 /* all below are exact as double */
#define MAX_LABEL 1e6

typedef struct line_place {
    sfd_tube_boxes *b;
    size_t line;
} line_place;

static sfd_status fail_line(const line_place *at, const char *wanted, sfd_error *row_err)
{
    return sfd_fail(row_err, SFD_ERR_FORMAT, "%s: line %zu: wanted %s", at->b->path, at->line,
                    wanted);
}

static sfd_status add_labels(const line_place *at, const cJSON *labels, sfd_tube_box *box,
                             const double corner[4], sfd_error *row_err)
{
    const cJSON *item;
    sfd_status status = SFD_OK;
    cJSON_ArrayForEach(item, labels)
    {
        double id;
        if (!sfd_json_number(item, "id", &id) || id != floor(id) || !(id >= 0 && id <= MAX_LABEL) ||
            !sfd_json_number(item, "score", &box->score))
            return fail_line(at, "labels with \"id\" and \"score\"", row_err);
        box->label = (size_t)id;
        status = sfd_tube_boxes_add(at->b, box, corner, false, row_err);
        if (status != SFD_OK)
            break;
    }
    return status;
}

static sfd_status add_person(const line_place *at, const cJSON *line, sfd_error *row_err)
{
    const char *video = sfd_json_text(line, "video");
    const cJSON *labels = cJSON_GetObjectItemCaseSensitive(line, "labels");
    sfd_tube_box box = {.person = SFD_NO_PERSON};
    double corner[4], time, person;
    if (!video || !sfd_json_number(line, "timestamp", &time) ||
        !sfd_json_numbers(cJSON_GetObjectItemCaseSensitive(line, "box"), corner, 4) ||
        !cJSON_IsArray(labels))
        return fail_line(at, "\"video\", \"timestamp\", \"box\" and \"labels\"", row_err);
    if (sfd_json_number(line, "person", &person) && fabs(person) <= MAX_ID)
        box.person = (int64_t)person;
    const sfd_status status = sfd_tube_boxes_frame(at->b, time, &box.frame, row_err);
    if (status != SFD_OK ||
        !sfd_tube_boxes_video(at->b, video, (size_t)cJSON_GetArraySize(labels), &box.video))
        return status;
    return add_labels(at, labels, &box, corner, row_err);
}

static sfd_status read_line(const line_place *at, const char *text, size_t n, sfd_error *row_err)
{
    cJSON *line;
    sfd_error syntax;
    sfd_status status = sfd_json_parse(&line, at->b->path, text, n, &syntax);
    if (status == SFD_ERR_FORMAT)
        return fail_line(at, "JSON, an object", row_err);
    if (status != SFD_OK)
        return sfd_fail(row_err, status, "%s", syntax.message);
    status = add_person(at, line, row_err);
    cJSON_Delete(line);
    return status;
}

sfd_status sfd_tube_boxes_read_json(sfd_tube_boxes *b, const char *text, size_t n, sfd_error *err)
{
    line_place at = {b, 0};
    sfd_status status = SFD_OK;
    for (const char *end = text + n; text < end && status == SFD_OK;) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const size_t length = (size_t)((stop ? stop : end) - text);
        at.line++;
        if (strspn(text, " \t\r") < length)
            status = sfd_bad_rows_count(&b->bad, read_line(&at, text, length, &b->bad.row), err);
        text += length + 1;
    }
    return status;
}
