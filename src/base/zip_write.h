/* SPDX-License-Identifier: Apache-2.0 */
/* Zip archives of stored entries, written from front to back (APPNOTE.TXT, PKWARE). zip64 records
 * appear where a number does not fit without them. */
#ifndef SFD_BASE_ZIP_WRITE_H
#define SFD_BASE_ZIP_WRITE_H

#include <sfdet/common.h>
#include <stdio.h>

#define SFD_ZIP_NAME 64

typedef struct sfd_zip_written {
    char name[SFD_ZIP_NAME];
    uint32_t crc;
    uint64_t n_bytes, at; /* of its local header */
} sfd_zip_written;

typedef struct sfd_zip_writer {
    FILE *out;      /* errors are for the owner to look for */
    uint64_t at;    /* bytes written */
    uint64_t limit; /* the least number that a 32-bit field does not hold */
    sfd_zip_written *entries;
    size_t n_entries, n_alloc;
} sfd_zip_writer;

void sfd_zip_begin(sfd_zip_writer *z, FILE *out);
/* The head of an entry, whose n_bytes the caller writes next. Names are cut to fit. Errors:
 * SFD_ERR_NOMEM. */
sfd_status sfd_zip_add(sfd_zip_writer *z, const char *name, uint32_t crc, uint64_t n_bytes,
                       sfd_error *err);
/* The directory. */
void sfd_zip_end(sfd_zip_writer *z);
void sfd_zip_free(sfd_zip_writer *z); /* takes zeros */

#endif
