/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals from pickles. */
#include "boxes/pickled_proposals.h"
#include "boxes/proposals_reader.h"

#include <stdio.h>
#include <string.h>

static sfd_status add_box(sfd_proposals *p, const sfd_pickled_boxes *entry, size_t i,
                          sfd_error *err)
{
    double b[5];
    char place[320];
    sfd_status status = sfd_pickled_box(entry, i, b, err);
    if (status != SFD_OK)
        return status;
    snprintf(place, sizeof place, "%.120s: entry \"%.120s,%.40s\", box %zu", entry->path,
             entry->video_id, entry->timestamp, i);
    const sfd_proposal box = {.box = {b[0], b[1], b[2], b[3]}, .score = b[4]};
    return sfd_proposals_add_numbers(p, place, entry->timestamp, &box, false, err);
}

static sfd_status on_entry(void *user, const sfd_pickled_boxes *entry, sfd_error *err)
{
    sfd_proposals *p = user;
    sfd_bad_rows *rows = sfd_proposals_rows(p);
    sfd_status status = SFD_OK;
    if (entry->n_boxes == 0) /* a keyframe where nobody is */
        sfd_proposals_name(p, entry->video_id, strlen(entry->video_id));
    if (!sfd_proposals_wants(p, entry->video_id, strlen(entry->video_id))) {
        sfd_proposals_counting(p)->n_other_videos += entry->n_boxes;
        return SFD_OK;
    }
    for (size_t i = 0; status == SFD_OK && i < entry->n_boxes; i++)
        status = sfd_bad_rows_count(rows, add_box(p, entry, i, &rows->row), err);
    return status;
}

sfd_status sfd_proposals_read_pickle(sfd_proposals *p, const char *path, sfd_error *err)
{
    sfd_bad_rows *rows = sfd_proposals_rows(p);
    const sfd_status status = sfd_pickled_proposals_read(path, rows, on_entry, p, err);
    return status == SFD_OK ? sfd_bad_rows_end(rows, path, err) : status;
}
