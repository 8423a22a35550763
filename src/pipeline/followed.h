/* SPDX-License-Identifier: Apache-2.0 */
/* Persons found in a clip source's moments and followed to its keyframes. */
#ifndef SFD_PIPELINE_FOLLOWED_H
#define SFD_PIPELINE_FOLLOWED_H

#include "pipeline/clip_source.h"

#include <sfdet/persons.h>

typedef struct sfd_followed sfd_followed;

/* Finder, settings (with track_fps) and id are lent. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_followed_create(sfd_followed **out, sfd_person_finder *finder,
                               const sfd_find_settings *s, const char *video_id, sfd_error *err);
void sfd_followed_free(sfd_followed *f); /* takes NULL */

/* Adds the moments, and how far keyframes stay behind them. */
void sfd_followed_plan(const sfd_followed *f, sfd_clip_plan *plan);

/* Takes a moment, or the end, in. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_followed_take(sfd_followed *f, sfd_clip_source *source, const sfd_clip *event,
                             sfd_error *err);

/* Nothing follows; also where the source has not said so. The last moment, in seconds since the
 * first frame, -1: there was none, is where it ends then. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_followed_stop(sfd_followed *f, double *last_s, sfd_error *err);

/* Who is there at a keyframe that the source has handed out, best first; k->persons are f's until
 * the next call. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_followed_at(sfd_followed *f, double timestamp_s, int64_t frame,
                           sfd_found_keyframe *k, sfd_error *err);

/* Sets *settings->tracks where it is asked for. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_followed_give_tracks(const sfd_followed *f, sfd_error *err);

#endif
