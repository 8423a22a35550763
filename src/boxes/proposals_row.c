/* SPDX-License-Identifier: Apache-2.0 */
/* The last columns of rows of proposals. */
#include "boxes/proposals_row.h"

#include "base/ava_row.h"
#include "base/error.h"
#include "base/text.h"

#include <math.h>

#define PERSON_ID     SFD_AVA_COLUMNS /* column behind AVA's */
#define MAX_PERSON_ID 9e15            /* all below are exact as double */

static bool is_whole(const sfd_csv_field *f)
{
    for (size_t i = 0; i < f->length; i++)
        if (f->text[i] < '0' || f->text[i] > '9')
            return false;
    return f->length > 0;
}

static sfd_status parse_last(sfd_proposals_last *last, const sfd_csv_row *row, sfd_box_to_add *box,
                             sfd_error *err)
{
    static const char wanted[] = "within 0..1 (a score; person ids follow a label)";
    box->score = 1;
    if (row->n_fields <= SFD_AVA_LAST || row->fields[SFD_AVA_LAST].length == 0)
        return SFD_OK;
    const sfd_csv_field *f = &row->fields[SFD_AVA_LAST];
    bool ok = sfd_parse_double(f->text, f->length, &box->score) && box->score >= 0;
    if (ok && row->n_fields <= PERSON_ID && row->fields[SFD_AVA_LABEL].length > 0 && is_whole(f)) {
        if (box->score > 1 && last->beyond_one.status == SFD_OK)
            sfd_csv_fail(&last->beyond_one, row, SFD_AVA_LAST, "score", wanted);
        box->undecided = last->whole = true;
        box->person_id = (int64_t)fmin(box->score, MAX_PERSON_ID);
        box->has_person_id = true;
        last->not_one |= box->score != 1;
        return SFD_OK;
    }
    if (!ok || !(box->score <= 1))
        return sfd_csv_fail(err, row, SFD_AVA_LAST, "score", wanted);
    last->fraction = true;
    return SFD_OK;
}

/* The column behind the score, where there is one. */
static sfd_status parse_person_id(const sfd_csv_row *row, sfd_box_to_add *box, sfd_error *err)
{
    long long id;
    if (row->n_fields <= PERSON_ID || row->fields[PERSON_ID].length == 0)
        return SFD_OK;
    const sfd_csv_field *f = &row->fields[PERSON_ID];
    if (!sfd_parse_long(f->text, f->length, &id))
        return sfd_csv_fail(err, row, PERSON_ID, "person id", "a whole number or nothing");
    box->person_id = id;
    box->has_person_id = true;
    return SFD_OK;
}

sfd_status sfd_proposals_row_columns(const sfd_csv_row *row, sfd_error *err)
{
    const char *layout = "video_id,timestamp,x1,y1,x2,y2[,label[,score[,person_id]]]";
    return row->n_fields == PERSON_ID + 1 ? SFD_OK : sfd_ava_row_check(row, layout, err);
}

sfd_status sfd_proposals_row_rest(sfd_proposals_last *last, const sfd_csv_row *row,
                                  sfd_box_to_add *box, sfd_error *err)
{
    int label;
    sfd_status status = sfd_ava_row_label(row, &label, err);
    if (status == SFD_OK)
        status = parse_last(last, row, box, err);
    return status == SFD_OK ? parse_person_id(row, box, err) : status;
}
