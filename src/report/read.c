/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of detections and truth from csv, courses of training. */
#include "base/alloc.h"
#include "base/ava_row.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf8.h"
#include "report/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PERSON_ID 8 /* column of detections, behind the score */

typedef struct reader {
    sfd_report *r;
    sfd_report_rows *rows;
    bool truth;
} reader;

static const char *layout(const reader *in)
{
    return in->truth ? "video_id,timestamp,x1,y1,x2,y2,action_id[,person_id]"
                     : "video_id,timestamp,x1,y1,x2,y2,action_id,score[,person_id]";
}

static sfd_status read_numbers(const sfd_csv_row *row, sfd_report_row *out, sfd_error *err)
{
    double *const values[] = {&out->timestamp_s, &out->box.x1, &out->box.y1, &out->box.x2,
                              &out->box.y2};
    static const char *const names[] = {"timestamp", "x1", "y1", "x2", "y2"};
    for (size_t i = 0; i < 5; i++) {
        const sfd_csv_field *f = &row->fields[SFD_AVA_TIME + i];
        if (!sfd_parse_python_float(f->text, f->length, values[i]) || !isfinite(*values[i]))
            return sfd_csv_fail(err, row, SFD_AVA_TIME + i, names[i], "a finite number");
    }
    return fabs(out->timestamp_s) <= SFD_AVA_MAX_TIMESTAMP_S
               ? SFD_OK
               : sfd_csv_fail(err, row, SFD_AVA_TIME, "timestamp", "within a billion seconds");
}

static sfd_status read_label(const sfd_csv_row *row, sfd_report_row *out, sfd_error *err)
{
    long long label = 0;
    const sfd_csv_field *f = &row->fields[SFD_AVA_LABEL];
    out->idle = row->n_fields <= SFD_AVA_LABEL || f->length == 0;
    if (!out->idle && (!sfd_parse_python_int(f->text, f->length, &label) || label < 0 ||
                       label > SFD_MAX_LABEL_ID))
        return sfd_csv_fail(err, row, SFD_AVA_LABEL, "label", "an action id of 0 to 4096");
    out->label = (int)label;
    return SFD_OK;
}

/* AVA's truth has ids in the last of its columns, detections behind the score. */
static sfd_status read_last(const reader *in, const sfd_csv_row *row, sfd_report_row *out,
                            sfd_error *err)
{
    const bool last = in->truth && row->n_fields <= PERSON_ID;
    const size_t column = last ? SFD_AVA_LAST : PERSON_ID;
    long long id;
    out->score = 1;
    if (!in->truth && row->n_fields > SFD_AVA_LAST) {
        const sfd_csv_field *f = &row->fields[SFD_AVA_LAST];
        if (!sfd_parse_python_float(f->text, f->length, &out->score) || !isfinite(out->score))
            return sfd_csv_fail(err, row, SFD_AVA_LAST, "score", "a finite number");
    }
    if (row->n_fields > column &&
        sfd_parse_long(row->fields[column].text, row->fields[column].length, &id)) {
        out->person = id;
        out->has_person = true;
    }
    return SFD_OK;
}

static sfd_status read_person(const reader *in, const sfd_csv_row *row, sfd_report_row *out,
                              sfd_error *err)
{
    if (row->n_fields < 6 || row->n_fields > PERSON_ID + 1)
        return sfd_ava_fail_columns(row, layout(in), err);
    sfd_status status = read_numbers(row, out, err);
    if (status == SFD_OK)
        status = read_label(row, out, err);
    return status == SFD_OK ? read_last(in, row, out, err) : status;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    reader *in = user;
    sfd_report_row out = {.frame_only = sfd_ava_row_is_frame(row)};
    if (out.frame_only && !in->truth)
        return SFD_OK;
    sfd_status status = out.frame_only ? sfd_ava_row_time(row, &out.timestamp_s, err)
                                       : read_person(in, row, &out, err);
    if (status != SFD_OK)
        return status;
    if (!sfd_report_find_video(in->r, row->fields[SFD_AVA_VIDEO].text, &out.video) ||
        !sfd_grow(&in->rows->items, &in->rows->n_alloc, in->rows->n, sizeof out))
        return sfd_fail_nomem(err, row->path);
    in->rows->items[in->rows->n++] = out;
    return SFD_OK;
}

sfd_status sfd_report_read_csv(sfd_report *r, sfd_report_rows *rows, const char *path, bool truth,
                               sfd_error *err)
{
    reader in = {r, rows, truth};
    return sfd_ava_read(path, on_row, &in, NULL, err);
}

static sfd_status on_exclusion(void *user, const sfd_csv_row *row, sfd_error *err)
{
    sfd_report *r = user;
    sfd_report_exclusion out;
    if (!sfd_ava_row_is_frame(row))
        return sfd_ava_fail_columns(row, "video_id,timestamp", err);
    sfd_status status = sfd_ava_row_time(row, &out.timestamp_s, err);
    if (status != SFD_OK)
        return status;
    if (!sfd_report_find_video(r, row->fields[SFD_AVA_VIDEO].text, &out.video) ||
        !sfd_grow(&r->exclusions, &r->n_exclusions_alloc, r->n_exclusions, sizeof out))
        return sfd_fail_nomem(err, row->path);
    r->exclusions[r->n_exclusions++] = out;
    return SFD_OK;
}

sfd_status sfd_report_read_exclusions(sfd_report *r, const char *path, sfd_error *err)
{
    return sfd_ava_read(path, on_exclusion, r, NULL, err);
}

/* ------------------------------------------------------------------ training */

static sfd_status on_header(sfd_report_training *t, const sfd_csv_row *row, sfd_error *err)
{
    if (row->n_fields < 2 || row->n_fields > SFD_REPORT_MAX_COLUMNS)
        return sfd_fail(err, SFD_ERR_FORMAT,
                        "%s: line %llu: has %zu columns, wanted are 2 to %d names of figures",
                        row->path, (unsigned long long)row->line, row->n_fields,
                        SFD_REPORT_MAX_COLUMNS);
    for (size_t i = 0; i < row->n_fields; i++) {
        t->columns[i] = sfd_strdup(row->fields[i].text);
        if (!t->columns[i])
            return sfd_fail_nomem(err, row->path);
        t->n_columns++;
    }
    return SFD_OK;
}

static sfd_status on_epoch(void *user, const sfd_csv_row *row, sfd_error *err)
{
    sfd_report_training *t = user;
    if (row->n_fields == 0)
        return SFD_OK;
    if (t->n_columns == 0)
        return on_header(t, row, err);
    if (row->n_fields != t->n_columns)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %llu: has %zu columns, the header %zu",
                        row->path, (unsigned long long)row->line, row->n_fields, t->n_columns);
    if (!sfd_grow(&t->values, &t->n_alloc, t->n_rows, t->n_columns * sizeof *t->values))
        return sfd_fail_nomem(err, row->path);
    for (size_t i = 0; i < t->n_columns; i++) {
        double *v = &t->values[t->n_rows * t->n_columns + i];
        const sfd_csv_field *f = &row->fields[i];
        if (f->length == 0)
            *v = NAN;
        else if (!sfd_parse_double(f->text, f->length, v))
            return sfd_csv_fail(err, row, i, t->columns[i], "a number");
    }
    t->n_rows++;
    return SFD_OK;
}

sfd_status sfd_report_read_training(sfd_report *r, const char *name, const char *path,
                                    sfd_error *err)
{
    if (r->n_trainings == SFD_REPORT_MAX_RUNS)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: a report shows up to %d courses", path,
                        SFD_REPORT_MAX_RUNS);
    sfd_report_training *t = &r->trainings[r->n_trainings++];
    t->name = sfd_utf8_copy(name);
    return t->name ? sfd_csv_read(path, on_epoch, t, err) : sfd_fail_nomem(err, path);
}
