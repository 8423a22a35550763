/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals from csv rows `video_id,timestamp,x1,y1,x2,y2[,label[,score[,person_id]]]`: the layout
 * of the person-detector files of the public AVA baselines, with ids behind it where persons were
 * followed, and AVA's own rows, whose last column holds person ids. */
#include "base/ava_row.h"
#include "base/error.h"
#include "base/settings.h"
#include "boxes/proposals_reader.h"
#include "boxes/proposals_row.h"

typedef struct csv_reader {
    sfd_proposals *p;
    sfd_bad_rows *rows;
    sfd_proposals_last last;
} csv_reader;

static sfd_status add_row(csv_reader *r, const sfd_csv_row *row, sfd_error *err)
{
    sfd_box_to_add box = {.timestamp_text = row->fields[SFD_AVA_TIME].text};
    sfd_status status = sfd_ava_row_box(row, &box.timestamp_s, &box.box, &box.cut, err);
    if (status == SFD_OK)
        status = sfd_proposals_row_rest(&r->last, row, &box, err);
    for (int i = 0; i < 4; i++)
        box.corners[i] = row->fields[SFD_AVA_X1 + i].text;
    return status == SFD_OK ? sfd_proposals_add(r->p, &box, err) : status;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    csv_reader *r = user;
    const sfd_csv_field *id = &row->fields[SFD_AVA_VIDEO];
    if (sfd_ava_row_is_frame(row)) {
        sfd_proposals_name(r->p, id->text, id->length);
        return SFD_OK;
    }
    sfd_status status = sfd_proposals_row_columns(row, &r->rows->row);
    if (status == SFD_OK && !sfd_proposals_wants(r->p, id->text, id->length)) {
        sfd_proposals_counting(r->p)->n_other_videos++;
        return SFD_OK;
    }
    if (status == SFD_OK)
        status = add_row(r, row, &r->rows->row);
    return sfd_bad_rows_count(r->rows, status, err);
}

/* Decides what the whole numbers were. */
static sfd_status settle(csv_reader *r, const char *name, sfd_error *err)
{
    const bool ids = sfd_proposals_last_is_ids(&r->last);
    sfd_status status = SFD_OK;
    if (ids)
        status = sfd_bad_rows_warn(r->rows, err,
                                   "%s: column 8 holds only whole numbers, taken as the person ids "
                                   "of ground truth, not as scores: every box counts",
                                   name);
    else if (r->last.beyond_one.status != SFD_OK)
        status = sfd_fail(err, SFD_ERR_FORMAT, "%s", r->last.beyond_one.message);
    sfd_proposals_settle(r->p, ids);
    return status == SFD_OK ? sfd_bad_rows_end(r->rows, name, err) : status;
}

sfd_status sfd_proposals_read_csv(sfd_proposals *p, const char *path, sfd_error *err)
{
    csv_reader r = {.p = p, .rows = sfd_proposals_rows(p)};
    const sfd_status status = sfd_ava_read(path, on_row, &r, NULL, err);
    return status == SFD_OK ? settle(&r, path, err) : status;
}

sfd_status sfd_proposals_parse(sfd_proposals **out, const char *name, const void *data,
                               size_t n_bytes, const char *const *video_ids, size_t n_video_ids,
                               const sfd_proposals_settings *settings, sfd_error *err)
{
    sfd_proposals_settings s;
    sfd_proposals *p;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_proposals_settings, &s, settings, err);
    if (status == SFD_OK)
        status = sfd_proposals_begin(&p, name, video_ids, n_video_ids, &s, err);
    if (status != SFD_OK)
        return status;
    csv_reader r = {.p = p, .rows = sfd_proposals_rows(p)};
    status = sfd_ava_parse(name, data, n_bytes, on_row, &r, NULL, err);
    if (status == SFD_OK)
        status = settle(&r, name, err);
    return sfd_proposals_finish(out, p, status, err);
}
