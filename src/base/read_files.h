/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a run reads, by device and inode: whatever an output is called, it must be none of
 * them. */
#ifndef SFD_BASE_READ_FILES_H
#define SFD_BASE_READ_FILES_H

#include "base/name_table.h"

/* Zero-initialised by the caller. */
typedef struct sfd_read_files {
    struct sfd_read_file **items;
    size_t n, n_alloc;
    sfd_name_table places; /* in items, by device and inode */
} sfd_read_files;

/* What is no regular file can be no output's victim and is not kept. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_read_files_add(sfd_read_files *f, const char *path, sfd_error *err);
/* The i-th path that was added, NULL past the end. */
const char *sfd_read_files_path(const sfd_read_files *f, size_t i);
/* Errors: SFD_ERR_ARG when the output is there already and one of them, naming both. */
sfd_status sfd_read_files_refuse(const sfd_read_files *f, const char *output, sfd_error *err);
void sfd_read_files_free(sfd_read_files *f);

#endif
