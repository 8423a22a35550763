/* SPDX-License-Identifier: Apache-2.0 */
/* Files for what has to wait outside memory: they have no name, and go with their last user. */
#ifndef SFD_BASE_SPOOL_H
#define SFD_BASE_SPOOL_H

#include <stdio.h>

/* To be written and read, in the folder of the path `beside`: on the disk that the result needs
 * room on, too. NULL with errno. Closed by the caller. */
FILE *sfd_spool_open(const char *beside);

#endif
