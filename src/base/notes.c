/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of explanation. */
#include "base/notes.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

sfd_status sfd_notes_add(sfd_notes *notes, sfd_error *err, const char *fmt, ...)
{
    char text[512];
    if (!notes)
        return SFD_OK;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    sfd_make_printable(text);
    char *copy = sfd_strdup(text);
    if (!copy || !sfd_grow(&notes->lines, &notes->n_alloc, notes->n_lines, sizeof *notes->lines)) {
        free(copy);
        return sfd_fail_nomem(err, text);
    }
    notes->lines[notes->n_lines++] = copy;
    return SFD_OK;
}

sfd_status sfd_notes_add_file(sfd_notes *notes, const char *path, sfd_error *err)
{
    return notes ? sfd_read_files_add(&notes->files, path, err) : SFD_OK;
}

void sfd_notes_free(sfd_notes *notes)
{
    for (size_t i = 0; i < notes->n_lines; i++)
        free(notes->lines[i]);
    free(notes->lines);
    sfd_read_files_free(&notes->files);
    *notes = (sfd_notes){0};
}
