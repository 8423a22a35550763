/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals from csv rows `video_id,timestamp,x1,y1,x2,y2[,label[,score]]`: the layout of the
 * person-detector files of the public AVA baselines, and AVA's own rows. */
#include "base/settings.h"
#include "base/text.h"
#include "boxes/ava_row.h"
#include "boxes/proposals_reader.h"

static sfd_status parse_score(const sfd_csv_row *row, double *score, sfd_error *err)
{
    *score = 1;
    if (row->n_fields <= SFD_AVA_LAST)
        return SFD_OK;
    const sfd_csv_field *f = &row->fields[SFD_AVA_LAST];
    if (sfd_parse_double(f->text, f->length, score) && *score >= 0 && *score <= 1)
        return SFD_OK;
    return sfd_csv_fail(err, row, SFD_AVA_LAST, "score",
                        "within 0..1 (ground truth has person ids here: leave that column away)");
}

static sfd_status add_row(sfd_proposals *p, const sfd_csv_row *row, sfd_error *err)
{
    double timestamp_s, score;
    sfd_box_norm box;
    int label; /* checked, so that a score in its place is noticed, but not used */
    const char *corners[4];
    sfd_status status = sfd_ava_row_box(row, &timestamp_s, &box, err);
    if (status == SFD_OK)
        status = sfd_ava_row_label(row, &label, err);
    if (status == SFD_OK)
        status = parse_score(row, &score, err);
    if (status != SFD_OK)
        return status;
    for (int i = 0; i < 4; i++)
        corners[i] = row->fields[SFD_AVA_X1 + i].text;
    return sfd_proposals_add(p, timestamp_s, &box, score, row->fields[SFD_AVA_TIME].text, corners,
                             err);
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    sfd_proposals *p = user;
    sfd_csv_field id;
    if (sfd_ava_row_is_blank(row))
        return SFD_OK;
    sfd_status status =
        sfd_ava_row_video(&id, row, "video_id,timestamp,x1,y1,x2,y2[,label[,score]]", err);
    if (status != SFD_OK)
        return status;
    return sfd_proposals_wants(p, id.text, id.length) ? add_row(p, row, err) : SFD_OK;
}

sfd_status sfd_proposals_read_csv(sfd_proposals *p, const char *path, sfd_error *err)
{
    return sfd_csv_read(path, on_row, p, err);
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
        status = sfd_proposals_begin(&p, name, video_ids, n_video_ids, s.box_threshold, err);
    if (status != SFD_OK)
        return status;
    status = sfd_csv_parse(name, data, n_bytes, on_row, p, err);
    return sfd_proposals_finish(out, p, status, err);
}
