/* SPDX-License-Identifier: Apache-2.0 */
/* What every AVA csv row begins with. */
#include "boxes/ava_row.h"

#include "base/error.h"
#include "base/text.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#define MAX_TIMESTAMP_S 1e9

bool sfd_ava_row_is_blank(const sfd_csv_row *row)
{
    return row->n_fields == 0 ||
           (row->n_fields == 1 &&
            row->fields[0].text[strspn(row->fields[0].text, " \t\r")] == '\0');
}

sfd_status sfd_ava_row_video(sfd_csv_field *id, const sfd_csv_row *row, const char *layout,
                             sfd_error *err)
{
    if (row->n_fields < SFD_AVA_LABEL || row->n_fields > SFD_AVA_COLUMNS)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: line %llu: %zu column%s, wanted %s", row->path,
                        (unsigned long long)row->line, row->n_fields, row->n_fields == 1 ? "" : "s",
                        layout);
    *id = row->fields[SFD_AVA_VIDEO];
    if (row->line == 1 && strncmp(id->text, "\xEF\xBB\xBF", 3) == 0) {
        id->text += 3;
        id->length -= 3;
    }
    return SFD_OK;
}

static bool parse(const sfd_csv_row *row, int column, double *value)
{
    const sfd_csv_field *f = &row->fields[column];
    return sfd_parse_double(f->text, f->length, value);
}

sfd_status sfd_ava_row_box(const sfd_csv_row *row, double *timestamp_s, sfd_box_norm *box,
                           sfd_error *err)
{
    static const char *const names[4] = {"x1", "y1", "x2", "y2"};
    double corner[4];
    if (!parse(row, SFD_AVA_TIME, timestamp_s) || !(fabs(*timestamp_s) <= MAX_TIMESTAMP_S))
        return sfd_csv_fail(err, row, SFD_AVA_TIME, "timestamp", "seconds");
    for (int i = 0; i < 4; i++) {
        int column = SFD_AVA_X1 + i;
        if (!parse(row, column, &corner[i]) || !isfinite(corner[i]))
            return sfd_csv_fail(err, row, column, names[i], "a number");
        if (corner[i] < -SFD_AVA_MAX_OVERHANG || corner[i] > 1 + SFD_AVA_MAX_OVERHANG)
            return sfd_csv_fail(err, row, column, names[i],
                                "a fraction of the picture within 0..1 (is it in pixels?)");
    }
    *box = (sfd_box_norm){corner[0], corner[1], corner[2], corner[3]};
    if (box->x2 < box->x1)
        return sfd_csv_fail(err, row, SFD_AVA_X1 + 2, "x2", "x1 or more");
    if (box->y2 < box->y1)
        return sfd_csv_fail(err, row, SFD_AVA_X1 + 3, "y2", "y1 or more");
    return SFD_OK;
}

sfd_status sfd_ava_row_label(const sfd_csv_row *row, int *label, sfd_error *err)
{
    long long id = 0;
    *label = 0;
    if (row->n_fields <= SFD_AVA_LABEL || row->fields[SFD_AVA_LABEL].length == 0)
        return SFD_OK;
    const sfd_csv_field *f = &row->fields[SFD_AVA_LABEL];
    if (!sfd_parse_long(f->text, f->length, &id) || id < INT_MIN || id > INT_MAX)
        return sfd_csv_fail(err, row, SFD_AVA_LABEL, "label", "an action id or nothing");
    *label = (int)id;
    return SFD_OK;
}
