/* SPDX-License-Identifier: Apache-2.0 */
/* Finders in a team of threads that others use, too. */
#ifndef SFD_PERSONS_LENT_TEAM_H
#define SFD_PERSONS_LENT_TEAM_H

#include "base/team.h"

#include <sfdet/persons.h>

/* sfd_person_finder_create in a team that is lent, and may do other work between runs. */
sfd_status sfd_person_finder_create_in(sfd_person_finder **out, const sfd_person_model *m,
                                       sfd_team *team, sfd_error *err);

/* Gets the memory ready that pictures of this size need, and tells how much it is. Errors: as
 * sfd_person_finder_run. */
sfd_status sfd_person_finder_fit(sfd_person_finder *f, int width, int height, size_t *n_bytes,
                                 sfd_error *err);

#endif
