/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals from MMAction2's pickles. */
#include "boxes/proposals_reader.h"

#include "boxes/pickled_proposals.h"

#include <stdio.h>
#include <string.h>

static sfd_status on_entry(void *user, const sfd_pickled_boxes *entry, sfd_error *err)
{
    sfd_proposals *p = user;
    sfd_status status = SFD_OK;
    if (!sfd_proposals_wants(p, entry->video_id, strlen(entry->video_id)))
        return SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < entry->n_boxes; i++) {
        const double *b = entry->boxes[i];
        char place[320];
        snprintf(place, sizeof place, "%s: entry \"%s,%s\", box %zu", entry->path, entry->video_id,
                 entry->timestamp, i);
        status = sfd_proposals_add_numbers(p, place, entry->timestamp,
                                           &(sfd_box_norm){b[0], b[1], b[2], b[3]}, b[4], err);
    }
    return status;
}

sfd_status sfd_proposals_read_pickle(sfd_proposals *p, const char *path, sfd_error *err)
{
    return sfd_pickled_proposals_read(path, on_entry, p, err);
}
