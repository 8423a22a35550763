/* SPDX-License-Identifier: Apache-2.0 */
/* Reading proposals of any format, told apart by content. */
#include "boxes/proposals_reader.h"

#include "base/ava_row.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/settings.h"
#include "base/text.h"
#include "boxes/pickled_proposals.h"

#include <string.h>

typedef struct source {
    const char *path;
    const char *text; /* the mapped file, behind a byte order mark */
    size_t n;
    const sfd_proposals_settings *settings;
} source;

/* ---- what a file looks like */

static bool is_number(const sfd_csv_row *row, size_t column)
{
    double number;
    const sfd_csv_field *f = &row->fields[column];
    return column < row->n_fields && sfd_parse_double(f->text, f->length, &number);
}

/* Looks at the first row with content and ends the reading. `[1,2` is the beginning of a list. */
static sfd_status look_at_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    bool *is_row = user;
    const sfd_csv_field *video = &row->fields[SFD_AVA_VIDEO];
    const bool list = video->length > 0 && (*video->text == '[' || *video->text == '{');
    (void)err;
    *is_row = is_number(row, SFD_AVA_TIME) &&
              ((row->n_fields == 2 && !list) ||
               (is_number(row, SFD_AVA_X1) && is_number(row, SFD_AVA_X1 + 3)));
    return SFD_ERR_CANCELLED;
}

/* Does the text begin with a row `video,timestamp...`? */
static bool begins_with_row(const source *s)
{
    bool is_row = false;
    const size_t most = 65536;
    sfd_ava_parse(s->path, s->text, s->n < most ? s->n : most, look_at_row, &is_row, NULL, NULL);
    return is_row;
}

static bool begins_json(const source *s)
{
    size_t i = 0;
    while (i < s->n && strchr(" \t\r\n", s->text[i]) && s->text[i])
        i++;
    return i < s->n && (s->text[i] == '[' || s->text[i] == '{');
}

/* ---- trying the formats */

/* *tried: it is JSON, whatever else is wrong with it. */
static sfd_status try_json(sfd_proposals *p, const source *s, bool *tried, sfd_error *err)
{
    cJSON *root;
    sfd_status status = sfd_json_parse(&root, s->path, s->text, s->n, err);
    *tried = status != SFD_ERR_FORMAT;
    if (status == SFD_OK)
        status = sfd_proposals_read_json(p, s->path, root, s->settings, err);
    cJSON_Delete(root);
    return status;
}

/* What may only be csv, or resembles nothing else. */
static bool may_be_csv(const source *s)
{
    const unsigned char *data = (const unsigned char *)s->text;
    return !sfd_is_pickle(data, s->n) &&
           (begins_with_row(s) || (!begins_json(s) && !sfd_is_text_pickle(data, s->n)));
}

/* csv that begins with a row is csv. Else whichever of the others can be parsed, and where none
 * can, the one that it resembles says what is wrong. */
static sfd_status read_mapped(sfd_proposals *p, const source *s, sfd_error *err)
{
    bool is_json = false;
    sfd_error json_error = {0};
    if (sfd_is_pickle((const unsigned char *)s->text, s->n))
        return sfd_proposals_read_pickle(p, s->path, err);
    if (begins_with_row(s))
        return sfd_proposals_read_csv(p, s->path, err);
    if (begins_json(s)) {
        const sfd_status status = try_json(p, s, &is_json, &json_error);
        if (is_json)
            return status == SFD_OK ? status : sfd_fail(err, status, "%s", json_error.message);
    }
    if (sfd_is_text_pickle((const unsigned char *)s->text, s->n))
        return sfd_proposals_read_pickle(p, s->path, err);
    if (json_error.status != SFD_OK)
        return sfd_fail(err, json_error.status, "%s", json_error.message);
    return sfd_proposals_read_csv(p, s->path, err);
}

/* A pipe cannot be looked into. */
static bool map_source(sfd_mapping *m, source *s, const char *path)
{
    if (strcmp(path, "-") == 0 || sfd_load_file(m, path, NULL) != SFD_OK)
        return false;
    *s = (source){.path = path, .text = (const char *)m->data, .n = m->n_bytes};
    if (s->n >= 3 && memcmp(s->text, "\xEF\xBB\xBF", 3) == 0) {
        s->text += 3;
        s->n -= 3;
    }
    return true;
}

bool sfd_proposals_is_csv(const char *path)
{
    sfd_mapping m;
    source s;
    if (!map_source(&m, &s, path))
        return true;
    const bool is_csv = may_be_csv(&s);
    sfd_unmap(&m);
    return is_csv;
}

/* What cannot be looked into is taken for csv, whose reader reports what is wrong with a path. */
static sfd_status read_source(sfd_proposals *p, const char *path,
                              const sfd_proposals_settings *settings, sfd_error *err)
{
    sfd_mapping m;
    source s;
    if (!map_source(&m, &s, path))
        return sfd_proposals_read_csv(p, path, err);
    s.settings = settings;
    const sfd_status status = read_mapped(p, &s, err);
    sfd_unmap(&m);
    return status;
}

sfd_status sfd_proposals_read(sfd_proposals **out, const char *path, const char *const *video_ids,
                              size_t n_video_ids, const sfd_proposals_settings *settings,
                              sfd_error *err)
{
    sfd_proposals_settings s;
    sfd_proposals *p;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_proposals_settings, &s, settings, err);
    if (status == SFD_OK)
        status = sfd_proposals_begin(&p, strcmp(path, "-") == 0 ? "stdin" : path, video_ids,
                                     n_video_ids, &s, err);
    if (status != SFD_OK)
        return status;
    status = read_source(p, path, &s, err);
    return sfd_proposals_finish(out, p, status, err);
}
