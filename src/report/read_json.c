/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of detections from JSON lines as the detector writes them: {"video", "timestamp", "person",
 * "box": [x1, y1, x2, y2], "labels": [{"id", "name", "score"}, ...]}. */
#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/error.h"
#include "base/json_fields.h"
#include "dataset/json_line.h"
#include "report/data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct reader {
    sfd_report *r;
    sfd_report_rows *rows;
    const char *path;
    size_t n_persons;
} reader;

/* Blank lines count for nothing, so that a person is told by its place among persons. */
static sfd_status fail(const reader *in, const char *wanted, sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: JSON line %zu: wanted %s", in->path, in->n_persons,
                    wanted);
}

static bool get_box(const cJSON *line, sfd_box_norm *out)
{
    double c[4];
    if (!sfd_json_numbers(cJSON_GetObjectItemCaseSensitive(line, "box"), c, 4))
        return false;
    *out = (sfd_box_norm){c[0], c[1], c[2], c[3]};
    return true;
}

static sfd_status add_row(const reader *in, const sfd_report_row *row, sfd_error *err)
{
    sfd_report_rows *rows = in->rows;
    if (!sfd_grow(&rows->items, &rows->n_alloc, rows->n, sizeof *row))
        return sfd_fail_nomem(err, in->path);
    rows->items[rows->n++] = *row;
    return SFD_OK;
}

static sfd_status add_label(const reader *in, const cJSON *item, sfd_report_row *row,
                            sfd_error *err)
{
    double id;
    const char *name = sfd_json_text(item, "name");
    if (!sfd_json_number(item, "id", &id) || id != floor(id) || !(id >= 0) ||
        id > SFD_MAX_LABEL_ID || !sfd_json_number(item, "score", &row->score))
        return fail(in, "labels with \"id\" (0 to 4096) and \"score\"", err);
    row->label = (int)id;
    if (name && !sfd_report_keep_name(in->r, row->label, name))
        return sfd_fail_nomem(err, in->path);
    return add_row(in, row, err);
}

static sfd_status on_line(void *user, const cJSON *line, sfd_error *err)
{
    reader *in = user;
    sfd_report_row row = {0};
    const char *video = sfd_json_text(line, "video");
    const cJSON *labels = cJSON_GetObjectItemCaseSensitive(line, "labels"), *item;
    in->n_persons++;
    if (!video || !sfd_json_number(line, "timestamp", &row.timestamp_s) ||
        !(fabs(row.timestamp_s) <= SFD_AVA_MAX_TIMESTAMP_S) || !get_box(line, &row.box) ||
        !cJSON_IsArray(labels))
        return fail(in, "\"video\", \"timestamp\", \"box\" and \"labels\"", err);
    row.has_person = sfd_json_whole(line, "person", &row.person);
    if (!sfd_report_find_video(in->r, video, &row.video))
        return sfd_fail_nomem(err, in->path);
    if (cJSON_GetArraySize(labels) == 0)
        return add_row(in, &row, err);
    sfd_status status = SFD_OK;
    cJSON_ArrayForEach(item, labels)
    {
        status = add_label(in, item, &row, err);
        if (status != SFD_OK)
            break;
    }
    return status;
}

sfd_status sfd_report_read_json(sfd_report *r, sfd_report_rows *rows, const char *path,
                                sfd_error *err)
{
    reader in = {r, rows, path, 0};
    return sfd_json_lines_read_whole(path, on_line, &in, err);
}

bool sfd_report_is_json(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    FILE *f = fopen(path, "rbe");
    char head[4] = "";
    const size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    return n > 0 && head[memcmp(head, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0] == '{';
}
