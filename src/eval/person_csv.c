/* SPDX-License-Identifier: Apache-2.0 */
/* Persons' boxes from csv: AVA's rows video_id,timestamp,x1,y1,x2,y2[,label[,last[,person_id]]],
 * whose last column is a score in results and a person id in truths, and MOTChallenge's
 * (base/mot_row.h). */
#include "base/ava_row.h"
#include "base/error.h"
#include "base/mot_row.h"
#include "eval/person_rows.h"

#include <math.h>

#define AVA_PERSON_ID SFD_AVA_COLUMNS /* behind AVA's columns */
#define MAX_ID        9e15            /* all below are exact as double */
#define N_LOOKED_AT   100             /* rows that tell what a file is */

static sfd_status whole(const sfd_csv_row *row, size_t column, const char *what, int64_t *out,
                        sfd_error *err)
{
    double v;
    if (!sfd_csv_number(row, column, &v) || v != floor(v) || fabs(v) > MAX_ID)
        return sfd_csv_fail(err, row, column, what, "a whole number");
    *out = (int64_t)v;
    return SFD_OK;
}

/* Truths have conf 0 where nobody is to be found, and class 1 for pedestrians. */
static sfd_status read_mot_row(sfd_person_rows *r, const sfd_csv_row *row, sfd_error *err)
{
    sfd_mot_row m;
    sfd_person_row p = {.has_id = true, .place = row->line};
    sfd_status st = sfd_mot_row_read(&m, row, err);
    if (st == SFD_OK)
        st = sfd_person_rows_name(r, "", 0, &p.picture.name, err);
    if (st != SFD_OK)
        return st;
    p.picture.time = m.frame;
    p.id = m.id;
    p.x = m.x;
    p.y = m.y;
    p.width = m.width;
    p.height = m.height;
    p.score = m.conf;
    if (r->is_truth && (m.conf == 0 || m.category != 1)) {
        r->n_others += m.category != 1;
        return SFD_OK;
    }
    return sfd_person_rows_add(r, &p, err);
}

static sfd_status read_picture(sfd_person_rows *r, const sfd_csv_row *row, sfd_person_picture *p,
                               sfd_error *err)
{
    const sfd_csv_field *id = &row->fields[SFD_AVA_VIDEO];
    sfd_status st = sfd_csv_read_number(row, SFD_AVA_TIME, "timestamp", &p->time, err);
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
        st = sfd_csv_read_number(row, SFD_AVA_LAST, "score", &p->score, err);
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
    if (row->n_fields < SFD_AVA_LABEL || row->n_fields > AVA_PERSON_ID + 1)
        return sfd_ava_fail_columns(
            row, "video_id,timestamp,x1,y1,x2,y2[,label[,score or id[,person_id]]]", err);
    sfd_status st = read_picture(r, row, &p.picture, err);
    for (size_t c = 0; c < 4 && st == SFD_OK; c++)
        st = sfd_csv_read_number(row, SFD_AVA_X1 + c, names[c], &v[c], err);
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

static sfd_status look_at_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    look *l = user;
    (void)err;
    if (sfd_mot_row_is_likely(row))
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
