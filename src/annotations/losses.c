/* SPDX-License-Identifier: Apache-2.0 */
/* What writers of formats share. */
#include "annotations/format.h"
#include "base/error.h"

sfd_status sfd_format_only_video(sfd_annotations *a, sfd_labelled_video **out, const char *format,
                                 sfd_error *err)
{
    if (a->n_videos != 1)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: %s files are of one video, there are %zu",
                        a->path, format, a->n_videos);
    *out = a->videos[0];
    return SFD_OK;
}

void sfd_format_drop_actions(sfd_annotations *a, const sfd_person_box *b)
{
    for (size_t i = 0; i < b->n_done; i++)
        sfd_tally_add(&a->tally, "actions left out: the format holds boxes alone", NULL);
}

void sfd_format_drop_scores(sfd_annotations *a, const sfd_person_box *b)
{
    for (size_t i = 0; i < b->n_done; i++)
        if (b->done[i].score != SFD_NO_SCORE)
            sfd_tally_add(&a->tally, "scores of actions left out: the format has no place for them",
                          NULL);
    if (b->score != SFD_NO_SCORE)
        sfd_tally_add(&a->tally, "scores of boxes left out: the format has no place for them",
                      NULL);
}
