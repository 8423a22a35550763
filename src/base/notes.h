/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of explanation, and files read, collected on the way. */
#ifndef SFD_BASE_NOTES_H
#define SFD_BASE_NOTES_H

#include "base/read_files.h"

/* Zero-initialised by the caller. */
typedef struct sfd_notes {
    char **lines;
    size_t n_lines, n_alloc;
    sfd_read_files files; /* that were read on the way */
} sfd_notes;

/* Appends a line (cut at 511 bytes); does nothing when `notes` is NULL. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_notes_add(sfd_notes *notes, sfd_error *err, const char *fmt, ...) SFD_PRINTF(3, 4);
/* Notes that a file was read; does nothing when `notes` is NULL. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_notes_add_file(sfd_notes *notes, const char *path, sfd_error *err);
void sfd_notes_free(sfd_notes *notes);

#endif
