/* SPDX-License-Identifier: Apache-2.0 */
/* States in a team of threads that others use, too. */
#ifndef SFD_DETECT_STATE_H
#define SFD_DETECT_STATE_H

#include "base/team.h"

#include <sfdet/model.h>

/* sfd_state_create in a team that is lent, and may do other work between runs. */
sfd_status sfd_state_create_in(sfd_state **out, const sfd_model *m, int in_width, int in_height,
                               sfd_team *team, sfd_error *err);

#endif
