/* SPDX-License-Identifier: Apache-2.0 */
/* The persons of one moment after another, followed. */
#ifndef SFD_PIPELINE_FOLLOW_H
#define SFD_PIPELINE_FOLLOW_H

#include "media/picture.h"

#include <sfdet/persons.h>
#include <sfdet/tracks.h>

typedef struct sfd_follower sfd_follower;

/* `fps` moments a second. Persons who once score a tenth more
 * than `threshold` are followed from then on. Errors:
 * SFD_ERR_NOMEM. */
sfd_status sfd_follower_create(sfd_follower **out, double fps, double threshold, sfd_error *err);
void sfd_follower_free(sfd_follower *f); /* takes NULL */

/* Persons below this score are of no use to it. */
double sfd_follower_least_score(const sfd_follower *f);

/* The persons of a picture later than all before, best first; where it has no pixels nobody's look
 * is known. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_follower_add(sfd_follower *f, double timestamp_s, const sfd_found_person *persons,
                            size_t n, const sfd_picture *picture, sfd_error *err);

/* Who was there at the last moment stays until until_s, the last frame's time, where that is later.
 * Everybody who was seen more than once, or at the first moment, with ids 1, 2 ... in order of
 * their first moment. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_follower_finish(sfd_follower *f, double until_s, sfd_tracks **out, sfd_error *err);

#endif
