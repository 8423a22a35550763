/* SPDX-License-Identifier: Apache-2.0 */
/* AVA csv files, row by row as the dialects' originals read them. */
#include "base/alloc.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/text.h"
#include "eval/session.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CACHED 64

enum { VIDEO, TIMESTAMP, X1, Y1, X2, Y2, LABEL, SCORE, N_COLUMNS };

static const char *const column_names[N_COLUMNS] = {"video id", "timestamp", "x1",    "y1",
                                                    "x2",       "y2",        "label", "score"};

typedef struct reader {
    sfd_eval *e;
    sfd_rows *rows;
    bool truth;
    /* Rows of a frame mostly follow each other: the texts of the last one found. */
    char video[MAX_CACHED], timestamp[MAX_CACHED];
    size_t n_video, n_timestamp;
    uint32_t frame;
} reader;

static sfd_status fail_field(sfd_error *err, const sfd_csv_row *row, size_t column,
                             const char *wanted)
{
    return sfd_csv_fail(err, row, column, column_names[column], wanted);
}

/* ---- frames ---- */

static sfd_status parse_key(const sfd_eval *e, const sfd_csv_row *row, uint64_t *key,
                            sfd_error *err)
{
    const sfd_csv_field *f = &row->fields[TIMESTAMP];
    const char *header = row->line == 1 ? ", and a header line is not allowed" : "";
    char wanted[96];
    if (e->rules->decimal_keys) {
        double t;
        if (!sfd_parse_python_float(f->text, f->length, &t)) {
            snprintf(wanted, sizeof wanted, "a number of seconds%s", header);
            return fail_field(err, row, TIMESTAMP, wanted);
        }
        *key = sfd_frame_key_decimal(t);
        return SFD_OK;
    }
    long long t;
    if (!sfd_parse_python_int(f->text, f->length, &t) || t == LLONG_MAX || t == LLONG_MIN) {
        snprintf(wanted, sizeof wanted, "an integer, as %s wants timestamps%s", e->rules->name,
                 header);
        return fail_field(err, row, TIMESTAMP, wanted);
    }
    *key = sfd_frame_key_integer(t);
    return SFD_OK;
}

static bool same_text(const char *cached, size_t n, const sfd_csv_field *f)
{
    return n == f->length && memcmp(cached, f->text, n) == 0;
}

static void remember(char *cached, size_t *n, const sfd_csv_field *f)
{
    memcpy(cached, f->text, f->length);
    *n = f->length;
}

static sfd_status find_frame(reader *r, const sfd_csv_row *row, sfd_error *err)
{
    const sfd_csv_field *video = &row->fields[VIDEO], *timestamp = &row->fields[TIMESTAMP];
    if (r->n_timestamp > 0 && same_text(r->timestamp, r->n_timestamp, timestamp) &&
        same_text(r->video, r->n_video, video))
        return SFD_OK;
    uint64_t key = 0;
    sfd_status st = parse_key(r->e, row, &key, err);
    if (st != SFD_OK)
        return st;
    if (!sfd_frames_find(&r->e->frames, video->text, video->length, key, &r->frame))
        return sfd_fail_nomem(err, row->path);
    r->n_timestamp = 0;
    if (video->length <= MAX_CACHED && timestamp->length <= MAX_CACHED) {
        remember(r->video, &r->n_video, video);
        remember(r->timestamp, &r->n_timestamp, timestamp);
    }
    return SFD_OK;
}

/* ---- rows ---- */

static sfd_status check_columns(const reader *r, const sfd_csv_row *row, bool frame_only,
                                sfd_error *err)
{
    size_t n = row->n_fields;
    if (frame_only && (r->e->rules->decimal_keys || !r->e->strict))
        return SFD_OK;
    if (n == 7 || n == 8 || (n > 8 && r->e->python_O))
        return SFD_OK;
    if (n == 0 || (n == 1 && strspn(row->fields[0].text, " \t") == row->fields[0].length))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %llu: is blank, which %s refuses", row->path,
                        (unsigned long long)row->line, r->e->rules->name);
    return sfd_fail(err, SFD_ERR_FORMAT,
                    "%s: line %llu: has %zu column%s, wanted are 7 or 8: "
                    "video_id,timestamp,x1,y1,x2,y2,label[,%s]",
                    row->path, (unsigned long long)row->line, n, sfd_plural(n),
                    r->truth ? "person_id" : "score");
}

static sfd_status parse_number(const sfd_csv_row *row, size_t column, double *out, sfd_error *err)
{
    const sfd_csv_field *f = &row->fields[column];
    return sfd_parse_python_float(f->text, f->length, out)
               ? SFD_OK
               : fail_field(err, row, column, "a number");
}

/* ActivityNet and MMAction2 take the 8th column of exactly 8 as the score, also in the truth;
 * PySlowFast demands it of detections and does not look at the truth's. */
static sfd_status parse_score(const reader *r, const sfd_csv_row *row, double *out, sfd_error *err)
{
    const sfd_rules *rules = r->e->rules;
    *out = 1;
    if (r->truth && !rules->truth_has_scores)
        return SFD_OK;
    if (rules->score_required && row->n_fields < 8)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu: has no column 8 (score), which %s needs", row->path,
                        (unsigned long long)row->line, rules->name);
    if (row->n_fields != 8 && !rules->score_required)
        return SFD_OK;
    if (!r->truth)
        return parse_number(row, SCORE, out, err);
    const sfd_csv_field *f = &row->fields[SCORE];
    return sfd_parse_python_float(f->text, f->length, out)
               ? SFD_OK
               : sfd_csv_fail(err, row, SCORE, "person id", "a number");
}

static sfd_status read_row(void *user, const sfd_csv_row *in, sfd_error *err)
{
    reader *r = user;
    sfd_row row = {.line = in->line < UINT32_MAX ? (uint32_t)in->line : UINT32_MAX};
    long long label;
    const bool frame_only = r->e->strict ? in->n_fields == 2 : sfd_ava_row_is_frame(in);
    sfd_status st = check_columns(r, in, frame_only, err);
    if (st == SFD_OK)
        st = find_frame(r, in, err);
    if (st != SFD_OK)
        return st;
    row.frame = r->frame;
    r->rows->n_read++;
    r->e->frames.items[row.frame].in_truth |= r->truth;
    if (frame_only) {
        r->rows->n_frame_only++;
        if (!r->e->rules->decimal_keys || in->n_fields > 2)
            sfd_sight(&r->rows->two_columns, in->line, 0);
        return SFD_OK;
    }
    double *const corners[] = {&row.box.x1, &row.box.y1, &row.box.x2, &row.box.y2};
    for (size_t i = 0; i < 4; i++) {
        st = parse_number(in, X1 + i, corners[i], err);
        if (st != SFD_OK)
            return st;
    }
    const sfd_csv_field *f = &in->fields[LABEL];
    if (r->truth && f->length == 0 && !r->e->strict) {
        sfd_sight(&r->rows->idle, in->line, 0);
        return SFD_OK;
    }
    if (!sfd_parse_python_int(f->text, f->length, &label))
        return fail_field(err, in, LABEL, "an integer action id");
    sfd_rows_note(r->rows, r->e, &row.box, label, in->line);
    if (!sfd_eval_listed(r->e, label))
        return sfd_rows_add_unlisted(r->rows, label, err);
    row.label = (int)label;
    st = parse_score(r, in, &row.score, err);
    return st == SFD_OK ? sfd_rows_add(r->rows, r->e, &row, err) : st;
}

static sfd_status read_exclusion(void *user, const sfd_csv_row *row, sfd_error *err)
{
    reader *r = user;
    if (row->n_fields != 2 && (r->e->strict || !sfd_ava_row_is_frame(row)))
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu: has %zu column%s, wanted are 2: video_id,timestamp",
                        row->path, (unsigned long long)row->line, row->n_fields,
                        sfd_plural(row->n_fields));
    sfd_status st = find_frame(r, row, err);
    if (st == SFD_OK)
        r->e->frames.items[r->frame].excluded = true;
    return st;
}

/* ---- files ---- */

static sfd_status read_rows(sfd_rows *rows, sfd_eval *e, bool truth, const char *path,
                            sfd_error *err)
{
    rows->path = sfd_strdup(strcmp(path, "-") == 0 ? "stdin" : path);
    if (!rows->path)
        return sfd_fail_nomem(err, path);
    reader r = {.e = e, .rows = rows, .truth = truth};
    return e->strict ? sfd_csv_read(path, read_row, &r, err)
                     : sfd_ava_read(path, read_row, &r, &rows->tolerated, err);
}

sfd_status sfd_eval_read_exclusions(sfd_eval *e, const char *path, sfd_error *err)
{
    reader r = {.e = e};
    free(e->exclusions_path);
    e->exclusions_path = sfd_strdup(strcmp(path, "-") == 0 ? "stdin" : path);
    if (!e->exclusions_path)
        return sfd_fail_nomem(err, path);
    return e->strict ? sfd_csv_read(path, read_exclusion, &r, err)
                     : sfd_ava_read(path, read_exclusion, &r, &e->exclusions_tolerated, err);
}

sfd_status sfd_eval_read_truth(sfd_eval *e, const char *path, sfd_error *err)
{
    if (e->truth.path)
        return sfd_fail(err, SFD_ERR_ARG, "%s: the evaluation has a truth already: %s", path,
                        e->truth.path);
    return read_rows(&e->truth, e, true, path, err);
}

sfd_status sfd_eval_read_detections(sfd_eval_detections **out, sfd_eval *e, const char *path,
                                    sfd_error *err)
{
    *out = NULL;
    sfd_eval_detections *d = sfd_calloc(1, sizeof *d);
    if (!d)
        return sfd_fail_nomem(err, path);
    sfd_status st = read_rows(&d->rows, e, false, path, err);
    if (st != SFD_OK) {
        sfd_eval_detections_free(d);
        return st;
    }
    *out = d;
    return SFD_OK;
}

sfd_status sfd_eval_detections_rename(sfd_eval_detections *d, const char *name, sfd_error *err)
{
    char *copy = sfd_strdup(name);
    if (!copy)
        return sfd_fail_nomem(err, name);
    free(d->rows.path);
    d->rows.path = copy;
    return SFD_OK;
}
