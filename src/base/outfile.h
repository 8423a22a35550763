/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs that appear only when they are complete.
 *
 * A regular file is written without a name (O_TMPFILE), so that a run that ends in any way leaves
 * nothing behind, and is put in the place of its target by commit, with the data on disk before and
 * the name after. Where the file system cannot do that it has a hidden name beside the target; such
 * files of runs that were killed are removed by the next run that writes the same target. An
 * existing target keeps its mode and owner; a symbolic link stays and what it points to is
 * replaced. */
#ifndef SFD_BASE_OUTFILE_H
#define SFD_BASE_OUTFILE_H

#include <sfdet/common.h>
#include <stdio.h>

typedef struct sfd_outfile sfd_outfile;

/* "-" is stdout; devices and pipes are written directly. Errors: SFD_ERR_IO (no such folder, no
 * permission, a directory), SFD_ERR_ARG (empty name), SFD_ERR_NOMEM. */
sfd_status sfd_outfile_open(sfd_outfile **out, const char *path, sfd_error *err);

/* For printf-style writing; errors may be ignored until commit, which checks them. */
FILE *sfd_outfile_stream(sfd_outfile *f);

/* The path to write to for a library that opens files by name (nothing is written to the stream
 * then). It need not end as the target does. */
const char *sfd_outfile_path(const sfd_outfile *f);

/* Hands what was written to the system: a full disk is noticed now and not hours later. */
sfd_status sfd_outfile_flush(sfd_outfile *f, sfd_error *err);

/* Gives the file its name now: what is flushed later is seen there, for those who follow it as it
 * grows. Nothing happens where it is written directly. Errors: SFD_ERR_IO. */
sfd_status sfd_outfile_publish(sfd_outfile *f, sfd_error *err);

/* Flushes, checks, closes, puts into place. Frees f in every case; on failure the target is as it
 * was. */
sfd_status sfd_outfile_commit(sfd_outfile *f, sfd_error *err);

/* Forgets what was written and frees f. Takes NULL. */
void sfd_outfile_discard(sfd_outfile *f);

#endif
