/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a zip archive, so that stored entries can be used where they lie.
 *
 * Layout (APPNOTE.TXT, PKWARE): local header + data of each entry; central directory, one record
 * per entry; optionally the zip64 end record and its locator; end record. libzip gives no access to
 * where an entry's data lie, and would copy them. */
#ifndef SFD_WEIGHTS_FORMATS_ZIP_INDEX_H
#define SFD_WEIGHTS_FORMATS_ZIP_INDEX_H

#include "base/arena.h"
#include "base/file.h"

#include <sfdet/common.h>

typedef struct sfd_zip_entry {
    const char *name; /* n_name bytes, in the archive */
    size_t n_name;
    const unsigned char *data; /* NULL when compressed or encrypted */
    size_t n_bytes;
} sfd_zip_entry;

typedef struct sfd_zip {
    sfd_zip_entry *entries; /* sorted by name; in the arena */
    size_t n_entries;
} sfd_zip;

/* Of a reserved file the directory is loaded, the entries' data are not. Errors: SFD_ERR_FORMAT (no
 * directory, entries that overlap, lie outside or occur twice), SFD_ERR_IO (the file became
 * shorter), SFD_ERR_NOMEM. */
sfd_status sfd_zip_read(sfd_zip *zip, sfd_arena *arena, const char *origin, const sfd_mapping *file,
                        sfd_error *err);

/* The entry called prefix + name, NULL when there is none. */
const sfd_zip_entry *sfd_zip_find(const sfd_zip *zip, const char *prefix, size_t n_prefix,
                                  const char *name, size_t n_name);

#endif
