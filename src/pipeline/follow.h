/* SPDX-License-Identifier: Apache-2.0 */
/* The persons of one moment after another, followed.
 *
 * Whom a box belongs to is decided at its moment and never changed: who was hidden is known again
 * by look when a later box comes, which gets the id that earlier ones have. Open is only whether
 * somebody seen for the first time is seen again, which SFD_TRACKER_PATIENCE moments tell, and
 * where persons are between two boxes, which the second one tells. sfd_follower_delay_s is how long
 * both take: so much later than a time, all that will ever be said about it is known. */
#ifndef SFD_PIPELINE_FOLLOW_H
#define SFD_PIPELINE_FOLLOW_H

#include "media/picture.h"

#include <sfdet/persons.h>
#include <sfdet/tracks.h>

typedef struct sfd_follower sfd_follower;

/* `fps` moments a second. Persons who once score a tenth more than `threshold` are followed from
 * then on. keep_all: what sfd_follower_tracks needs; else memory does not grow with the video.
 * Errors: SFD_ERR_NOMEM. */
sfd_status sfd_follower_create(sfd_follower **out, double fps, double threshold, bool keep_all,
                               sfd_error *err);
void sfd_follower_free(sfd_follower *f); /* takes NULL */

/* Persons below this score are of no use to it. */
double sfd_follower_least_score(const sfd_follower *f);

/* The moments up to so long behind a time decide about it. */
double sfd_follower_delay_s(const sfd_follower *f);

/* The persons of a picture later than all before, best first; where it has no pixels nobody's look
 * is known. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_follower_add(sfd_follower *f, double timestamp_s, const sfd_found_person *persons,
                            size_t n, const sfd_picture *picture, sfd_error *err);

/* No moment follows. Who was there at the last one stays until until_s, the last frame's time,
 * where that is later. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_follower_end(sfd_follower *f, double until_s, sfd_error *err);

/* Who is there at a time not before the one of the last call, once the moments that decide it, or
 * all, have been added: those who were seen more than once, or at the first moment, with ids 1, 2
 * ... in order of their first moment. *places is the follower's
 * until its next call. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_follower_at(sfd_follower *f, double timestamp_s, const sfd_track_box **places,
                           size_t *n, sfd_error *err);

/* All of them, after sfd_follower_end. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_follower_tracks(const sfd_follower *f, sfd_tracks **out, sfd_error *err);

#endif
