/* SPDX-License-Identifier: Apache-2.0 */
/* Files in whole. Writing is base/outfile.h. */
#ifndef SFD_BASE_FILE_H
#define SFD_BASE_FILE_H

#include <sfdet/common.h>

/* A regular file to be read in parts: a descriptor, to be closed by the caller, and its size; -1
 * after a failure. Errors: SFD_ERR_IO (missing, unreadable, a directory or other special file). */
int sfd_open_to_read(const char *path, size_t *n_bytes, sfd_error *err);
/* In words, why opening or looking for a file has just failed. Programs that are given "-" for a
 * video expect the standard input to be read. */
const char *sfd_open_reason(const char *path);
/* Exactly n bytes from `at` on; false when they cannot be read (any more). From any thread. */
bool sfd_read_at(int fd, size_t at, void *dst, size_t n);

/* A regular file's bytes at an address. */
typedef struct sfd_mapping {
    const unsigned char *data; /* n_bytes, valid until sfd_unmap; NULL when empty */
    size_t n_bytes;            /* of the file when it was opened */
    int fd;                    /* when not empty */
} sfd_mapping;

/* In memory of our own, for touching pages of a file that someone makes shorter kills the process:
 * all of it, or memory of its size, where sfd_mapping_load brings what is wanted (the rest reads as
 * zeros). Errors: SFD_ERR_IO (missing, unreadable, a directory or other special file),
 * SFD_ERR_NOMEM. */
sfd_status sfd_load_file(sfd_mapping *out, const char *path, sfd_error *err);
sfd_status sfd_reserve_file(sfd_mapping *out, const char *path, sfd_error *err);
void sfd_unmap(sfd_mapping *m);

/* Brings bytes `at` to at + n, which must be within a reserved file, to their place; false when
 * they cannot be read any more. By one thread at a time. */
bool sfd_mapping_load(const sfd_mapping *m, size_t at, size_t n);

/* True when the n bytes from `data` on are the file's. */
bool sfd_mapping_holds(const sfd_mapping *m, const unsigned char *data, size_t n);
/* Copies n bytes of the file; false when they cannot be read any more. From any thread. */
bool sfd_mapping_read(const sfd_mapping *m, const unsigned char *data, size_t n, void *dst);
sfd_status sfd_fail_shrunk(sfd_error *err, const char *path);

/* Whole text of a file of at most max_bytes ("-" is stdin, pipes are fine), with a final zero that
 * is not counted. The caller frees *text. Errors: SFD_ERR_IO, SFD_ERR_FORMAT (too large). */
sfd_status sfd_read_text(char **text, size_t *n_bytes, const char *path, size_t max_bytes,
                         sfd_error *err);

/* Creates a directory if it does not exist (parents must). Errors: SFD_ERR_IO. */
sfd_status sfd_make_directory(const char *path, sfd_error *err);

#endif
