/* SPDX-License-Identifier: Apache-2.0 */
/* Files in whole: mapping for reading, and outputs that appear only when they are complete. */
#ifndef SFD_BASE_FILE_H
#define SFD_BASE_FILE_H

#include <sfdet/common.h>
#include <stdio.h>

/* A regular file mapped read-only. */
typedef struct sfd_mapping {
    const unsigned char *data; /* n_bytes, valid until sfd_unmap; NULL when empty */
    size_t n_bytes;
} sfd_mapping;

/* Errors: SFD_ERR_IO (missing, unreadable, a directory or other special file). */
sfd_status sfd_map_file(sfd_mapping *out, const char *path, sfd_error *err);
void sfd_unmap(sfd_mapping *m);

/* Whole text of a file of at most max_bytes ("-" is stdin, pipes are fine), with a final zero that
 * is not counted. The caller frees *text. Errors: SFD_ERR_IO, SFD_ERR_FORMAT (too large). */
sfd_status sfd_read_text(char **text, size_t *n_bytes, const char *path, size_t max_bytes,
                         sfd_error *err);

/* Output that is written beside its target under a temporary name and renamed by commit, so that a
 * failed run leaves an existing file alone. "-" is stdout; devices and pipes are written directly.
 */
typedef struct sfd_outfile sfd_outfile;

sfd_status sfd_outfile_open(sfd_outfile **out, const char *path, sfd_error *err);
/* For printf-style writing; errors may be ignored until commit, which checks them. */
FILE *sfd_outfile_stream(sfd_outfile *f);
/* The path to write to for a library that opens files by name (nothing is written to the stream
 * then). */
const char *sfd_outfile_path(const sfd_outfile *f);
/* Flushes, checks, closes, renames. Frees f in every case; on failure the temporary file is gone.
 */
sfd_status sfd_outfile_commit(sfd_outfile *f, sfd_error *err);
/* Removes the temporary file and frees f. Takes NULL. */
void sfd_outfile_discard(sfd_outfile *f);

/* Creates a directory if it does not exist (parents must). Errors: SFD_ERR_IO. */
sfd_status sfd_make_directory(const char *path, sfd_error *err);

#endif
