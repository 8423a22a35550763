/* SPDX-License-Identifier: Apache-2.0 */
/* Persons' boxes from csv: AVA's rows video_id,timestamp,x1,y1,x2,y2[,label[,last[,person_id]]],
 * whose last column is a score in results and a person id in truths, and MOTChallenge's
 * frame,id,x,y,width,height[,conf[,class,visibility]]. */
#include "base/ava_row.h"
#include "base/error.h"
#include "base/text.h"
#include "eval/person_rows.h"

#include <math.h>

enum {
    MOT_FRAME,
    MOT_ID,
    MOT_X,
    MOT_CONF = 6,
    MOT_CLASS,
    MOT_N_TRUTH = 9, /* columns of ground truth with classes */
    MOT_N_MOST
};

#define AVA_PERSON_ID SFD_AVA_COLUMNS /* behind AVA's columns */
#define MAX_ID        9e15            /* all below are exact as double */
#define N_LOOKED_AT   100             /* rows that tell what a file is */

static bool parse(const sfd_csv_row *row, size_t column, double *v)
{
    const sfd_csv_field *f = column < row->n_fields ? &row->fields[column] : NULL;
    return f && sfd_parse_double(f->text, f->length, v) && isfinite(*v);
}

static sfd_status number(const sfd_csv_row *row, size_t column, const char *what, double *v,
                         sfd_error *err)
{
    return parse(row, column, v) ? SFD_OK : sfd_csv_fail(err, row, column, what, "a number");
}

static sfd_status whole(const sfd_csv_row *row, size_t column, const char *what, int64_t *out,
                        sfd_error *err)
{
    double v;
    if (!parse(row, column, &v) || v != floor(v) || fabs(v) > MAX_ID)
        return sfd_csv_fail(err, row, column, what, "a whole number");
    *out = (int64_t)v;
    return SFD_OK;
}

static sfd_status check_columns(const sfd_csv_row *row, size_t least, size_t most,
                                const char *layout, sfd_error *err)
{
    if (row->n_fields >= least && row->n_fields <= most)
        return SFD_OK;
    return sfd_ava_fail_columns(row, layout, err);
}

/* Truths have conf 0 where nobody is to be found, and class 1 for pedestrians. */
static sfd_status read_mot_row(sfd_person_rows *r, const sfd_csv_row *row, sfd_error *err)
{
    static const char *const names[] = {"x", "y", "width", "height"};
    sfd_person_row p = {.score = 1, .has_id = true};
    double v[4] = {0}, conf = 1, category = 1;
    int64_t frame = 0;
    sfd_status st =
        check_columns(row, MOT_CONF, MOT_N_MOST, "frame,id,x,y,width,height,conf,...", err);
    if (st == SFD_OK)
        st = whole(row, MOT_FRAME, "frame", &frame, err);
    if (st == SFD_OK && frame < 1)
        st = sfd_csv_fail(err, row, MOT_FRAME, "frame", "a whole number from 1 on");
    if (st == SFD_OK)
        st = whole(row, MOT_ID, "id", &p.id, err);
    for (size_t c = 0; c < 4 && st == SFD_OK; c++)
        st = number(row, MOT_X + c, names[c], &v[c], err);
    if (st == SFD_OK && (v[2] < 0 || v[3] < 0))
        st = sfd_csv_fail(err, row, v[2] < 0 ? MOT_X + 2 : MOT_X + 3, "size", "0 or more");
    if (st == SFD_OK && row->n_fields > MOT_CONF)
        st = number(row, MOT_CONF, "conf", &conf, err);
    if (st == SFD_OK && row->n_fields == MOT_N_TRUTH)
        st = number(row, MOT_CLASS, "class", &category, err);
    if (st == SFD_OK)
        st = sfd_person_rows_name(r, "", 0, &p.picture.name, err);
    if (st != SFD_OK)
        return st;
    p.picture.time = (double)frame;
    p.x = v[0];
    p.y = v[1];
    p.width = v[2];
    p.height = v[3];
    p.score = conf;
    p.place = row->line;
    if (r->is_truth && (conf == 0 || category != 1)) {
        r->n_others += category != 1;
        return SFD_OK;
    }
    return sfd_person_rows_add(r, &p, err);
}

static sfd_status read_picture(sfd_person_rows *r, const sfd_csv_row *row, sfd_person_picture *p,
                               sfd_error *err)
{
    const sfd_csv_field *id = &row->fields[SFD_AVA_VIDEO];
    sfd_status st = number(row, SFD_AVA_TIME, "timestamp", &p->time, err);
    p->time = rint(p->time * 1e6) / 1e6;
    return st == SFD_OK ? sfd_person_rows_name(r, id->text, id->length, &p->name, err) : st;
}

static sfd_status read_last(const sfd_person_rows *r, const sfd_csv_row *row, sfd_person_row *p,
                            sfd_error *err)
{
    const bool has_last = row->n_fields > SFD_AVA_LAST && row->fields[SFD_AVA_LAST].length > 0;
    const size_t id = row->n_fields > AVA_PERSON_ID ? AVA_PERSON_ID : SFD_AVA_LAST;
    sfd_status st = SFD_OK;
    p->labelled = row->n_fields > SFD_AVA_LABEL && row->fields[SFD_AVA_LABEL].length > 0;
    if (!r->is_truth && !r->needs_ids && has_last)
        st = number(row, SFD_AVA_LAST, "score", &p->score, err);
    if (!r->needs_ids)
        return st;
    p->has_id = true;
    if (row->n_fields <= id || row->fields[id].length == 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %llu: no person id", row->path,
                        (unsigned long long)row->line);
    return whole(row, id, "person id", &p->id, err);
}

static sfd_status read_ava_row(sfd_person_rows *r, const sfd_csv_row *row, sfd_error *err)
{
    static const char *const names[] = {"x1", "y1", "x2", "y2"};
    sfd_person_row p = {.score = 1};
    double v[4] = {0};
    if (sfd_ava_row_is_frame(row)) {
        sfd_status st = read_picture(r, row, &p.picture, err);
        return st == SFD_OK ? sfd_person_rows_add_picture(r, &p.picture, err) : st;
    }
    sfd_status st =
        check_columns(row, SFD_AVA_LABEL, AVA_PERSON_ID + 1,
                      "video_id,timestamp,x1,y1,x2,y2[,label[,score or id[,person_id]]]", err);
    if (st == SFD_OK)
        st = read_picture(r, row, &p.picture, err);
    for (size_t c = 0; c < 4 && st == SFD_OK; c++)
        st = number(row, SFD_AVA_X1 + c, names[c], &v[c], err);
    for (size_t c = 2; c < 4 && st == SFD_OK; c++)
        if (v[c] < v[c - 2])
            st = sfd_csv_fail(err, row, SFD_AVA_X1 + c, names[c],
                              c == 2 ? "x1 or more" : "y1 or more");
    if (st == SFD_OK)
        st = read_last(r, row, &p, err);
    p.place = row->line;
    p.x = v[0];
    p.y = v[1];
    p.width = v[2] - v[0];
    p.height = v[3] - v[1];
    return st == SFD_OK ? sfd_person_rows_add(r, &p, err) : st;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    sfd_person_rows *r = user;
    sfd_bad_rows *bad = &r->bad;
    const sfd_status st =
        r->is_mot ? read_mot_row(r, row, &bad->row) : read_ava_row(r, row, &bad->row);
    return sfd_bad_rows_count(bad, st, err);
}

/* ------------------------------------------------------------------ AVA's or MOT's */

typedef struct look {
    size_t n, n_mot, n_ava;
} look;

/* MOT's frames are numbers and its boxes pixels, whatever else is wrong with a row; AVA's boxes are
 * fractions. */
static sfd_status look_at_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    look *l = user;
    double v;
    bool large = false;
    (void)err;
    for (size_t c = MOT_X; c < MOT_CONF && !large; c++)
        large = parse(row, c, &v) && fabs(v) > 2;
    if (large && parse(row, MOT_FRAME, &v))
        l->n_mot++;
    else
        l->n_ava++;
    return ++l->n < N_LOOKED_AT ? SFD_OK : SFD_ERR_CANCELLED;
}

sfd_status sfd_person_rows_read_csv(sfd_person_rows *rows, const char *text, size_t n_bytes,
                                    sfd_error *err)
{
    look l = {0};
    sfd_ava_parse(rows->path, text, n_bytes, look_at_row, &l, NULL, NULL);
    rows->is_mot = l.n_mot > 0 && l.n_mot >= l.n_ava;
    return sfd_ava_parse(rows->path, text, n_bytes, on_row, rows, NULL, err);
}
