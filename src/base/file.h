/* SPDX-License-Identifier: Apache-2.0 */
/* Files in whole. Writing is base/outfile.h. */
#ifndef SFD_BASE_FILE_H
#define SFD_BASE_FILE_H

#include <sfdet/common.h>

/* A regular file mapped read-only. Touching `data` kills the process when someone has made the file
 * shorter meanwhile; so what is read long after opening is read by sfd_mapping_read. */
typedef struct sfd_mapping {
    const unsigned char *data; /* n_bytes, valid until sfd_unmap; NULL when empty */
    size_t n_bytes;
    int fd; /* when not empty */
} sfd_mapping;

/* Errors: SFD_ERR_IO (missing, unreadable, a directory or other special file). */
sfd_status sfd_map_file(sfd_mapping *out, const char *path, sfd_error *err);
void sfd_unmap(sfd_mapping *m);

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
