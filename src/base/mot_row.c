/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mot_row.h"

#include "base/ava_row.h"

#include <math.h>

#define MAX_ID 9e15 /* all below are exact as double */

enum { FRAME, ID, X, WIDTH = 4, HEIGHT, CONF, CLASS, N_TRUTH = 9 };

static const char *const names[] = {"frame", "id", "x", "y", "width", "height", "conf", "class"};

static sfd_status number(const sfd_csv_row *row, size_t column, double *v, sfd_error *err)
{
    return sfd_csv_read_number(row, column, names[column], v, err);
}

static sfd_status whole(const sfd_csv_row *row, size_t column, double least, double most,
                        const char *wanted, double *v, sfd_error *err)
{
    if (sfd_csv_number(row, column, v) && *v == floor(*v) && *v >= least && *v <= most)
        return SFD_OK;
    return sfd_csv_fail(err, row, column, names[column], wanted);
}

sfd_status sfd_mot_row_read(sfd_mot_row *m, const sfd_csv_row *row, sfd_error *err)
{
    double v[CLASS + 1] = {[CONF] = 1, [CLASS] = 1};
    if (row->n_fields <= HEIGHT || row->n_fields > SFD_MOT_MAX_COLUMNS)
        return sfd_ava_fail_columns(row, "frame,id,x,y,width,height,conf,...", err);
    sfd_status st =
        whole(row, FRAME, 1, SFD_MOT_MAX_FRAME, "a whole number from 1 on", &v[FRAME], err);
    if (st == SFD_OK)
        st = whole(row, ID, -MAX_ID, MAX_ID, "a whole number", &v[ID], err);
    for (size_t c = X; c <= HEIGHT && st == SFD_OK; c++)
        st = number(row, c, &v[c], err);
    for (size_t c = WIDTH; c <= HEIGHT && st == SFD_OK; c++)
        if (v[c] < 0)
            st = sfd_csv_fail(err, row, c, names[c], "0 or more");
    if (st == SFD_OK && row->n_fields > CONF)
        st = number(row, CONF, &v[CONF], err);
    if (st == SFD_OK && row->n_fields == N_TRUTH)
        st = number(row, CLASS, &v[CLASS], err);
    if (st != SFD_OK)
        return st;
    *m = (sfd_mot_row){.frame = v[FRAME],
                       .id = (int64_t)v[ID],
                       .x = v[X],
                       .y = v[X + 1],
                       .width = v[WIDTH],
                       .height = v[HEIGHT],
                       .conf = v[CONF],
                       .category = v[CLASS]};
    return SFD_OK;
}

bool sfd_mot_row_is_likely(const sfd_csv_row *row)
{
    double v;
    bool large = false;
    for (size_t c = X; c <= HEIGHT && !large; c++)
        large = sfd_csv_number(row, c, &v) && fabs(v) > 2;
    return large && sfd_csv_number(row, FRAME, &v);
}
