/* SPDX-License-Identifier: Apache-2.0 */
/* A detector's boxes of formats other than csv: what all other programs would take of them. */
#include "base/alloc.h"
#include "base/error.h"
#include "boxes/proposals_reader.h"
#include "check/work.h"

#include <math.h>
#include <stdlib.h>

/* What is left out, and guesses. */
static void on_warning(void *user, const char *message)
{
    sfd_check *c = user;
    sfd_check_note_message(c, SFD_CHECK_PROPOSAL_ROWS, c->proposals.path, message);
}

/* Of many of these the first few are told. */
static void count_unusable(sfd_check *c, const sfd_proposals *p)
{
    sfd_found *found = sfd_check_find(c, SFD_CHECK_PROPOSAL_ROWS, c->proposals.path);
    sfd_proposals_counts counts;
    sfd_proposals_get_counts(p, &counts);
    if (found && counts.n_unusable > 0)
        found->n = counts.n_unusable;
}

static sfd_status add_box(sfd_check_file *f, uint32_t video, const sfd_proposed_box *b,
                          sfd_error *err)
{
    if (!sfd_grow(&f->rows, &f->n_alloc, f->n, sizeof *f->rows))
        return sfd_fail_nomem(err, f->path);
    f->rows[f->n++] = (sfd_check_row){
        .time_s = b->timestamp_s, .box = b->box, .video = video, .kind = SFD_ROW_BOX};
    return SFD_OK;
}

static sfd_status add_video(sfd_check *c, sfd_check_file *f, const sfd_proposals *p, uint32_t video,
                            sfd_error *err)
{
    sfd_proposed_video v;
    sfd_status status = SFD_OK;
    if (sfd_proposals_find(&v, p, c->videos[video].id, NULL) != SFD_OK)
        return SFD_OK; /* its keyframes are told one by one */
    for (size_t k = 0; k < v.n_keyframes; k++)
        for (size_t i = 0; i < v.keyframes[k].n_boxes && status == SFD_OK; i++)
            status = add_box(f, video, &v.keyframes[k].boxes[i], err);
    return status;
}

static sfd_status read_boxes(sfd_proposals **out, sfd_check *c, const char *path, sfd_error *err)
{
    sfd_proposals_settings s;
    const char **ids = sfd_calloc(c->n_videos, sizeof *ids);
    if (!ids)
        return sfd_fail_nomem(err, path);
    for (size_t i = 0; i < c->n_videos; i++)
        ids[i] = c->videos[i].id;
    sfd_proposals_settings_defaults(&s);
    s.box_threshold = -INFINITY;
    s.frame_fps = c->s.picture_fps;
    s.first_frame_s = c->s.timestamp_offset_s;
    s.user = c;
    s.on_warning = on_warning;
    const sfd_status status = sfd_proposals_read(out, path, ids, c->n_videos, &s, err);
    free(ids);
    return status;
}

sfd_status sfd_check_read_proposed(sfd_check *c, sfd_check_file *f, bool *done, sfd_error *err)
{
    sfd_proposals *p = NULL;
    sfd_error reason = {0};
    *done = c->n_videos > 0 && !sfd_proposals_is_csv(f->path);
    if (!*done)
        return SFD_OK;
    sfd_status status = read_boxes(&p, c, f->path, &reason);
    if (status == SFD_ERR_NOMEM)
        return sfd_fail(err, status, "%s", reason.message);
    if (status != SFD_OK) {
        sfd_check_note_message(c, SFD_CHECK_UNREADABLE, f->path, reason.message);
        return SFD_OK;
    }
    count_unusable(c, p);
    for (size_t i = 0; i < c->n_videos && status == SFD_OK; i++)
        status = add_video(c, f, p, (uint32_t)i, err);
    sfd_proposals_free(p);
    return status;
}
