/* SPDX-License-Identifier: Apache-2.0 */
/* Persons found at keyframes, the same whether they go to a network at once or by way of a file. */
#ifndef SFD_PIPELINE_PICTURE_PERSONS_H
#define SFD_PIPELINE_PICTURE_PERSONS_H

#include "boxes/proposals.h"
#include "media/picture.h"

#include <sfdet/persons.h>

/* SFD_ERR_ARG when one of the settings is out of range. */
sfd_status sfd_find_settings_check(const sfd_find_settings *s, sfd_error *err);

/* Timestamp of keyframe k as files spell it, with six decimals. */
double sfd_keyframe_timestamp(size_t k, double every_s, double offset_s);

/* How many keyframes a video has by its header's duration; 0: unknown. */
size_t sfd_count_keyframes(double duration_s, double every_s);

/* The first keyframe of a video at or behind this frame. */
size_t sfd_keyframe_from(int64_t frame, double every_s);

/* Says how many keyframes were left out because a picture stands; nothing where none was. */
void sfd_warn_of_holes(const char *video_id, size_t n_left_out,
                       void (*on_warning)(void *user, const char *message), void *user);

/* The best max_persons (0: all) of those whose score, as files spell it, is `threshold` or more.
 * *persons is the finder's. Errors: as sfd_person_finder_run. */
sfd_status sfd_find_in_picture(sfd_person_finder *f, const sfd_picture *p, double threshold,
                               int max_persons, const sfd_found_person **persons, size_t *n,
                               sfd_error *err);

/* As sfd_box_writer's file of this keyframe alone, read back. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_found_as_proposals(sfd_proposals **out, const sfd_found_keyframe *k, sfd_error *err);

/* The same for rows of any number of keyframes. */
sfd_status sfd_rows_as_proposals(sfd_proposals **out, const char *video_id, const char *rows,
                                 size_t n_bytes, sfd_error *err);

#endif
