/* SPDX-License-Identifier: Apache-2.0 */
/* Where the elements of a pickled array lie: in the file, in a storage, or decoded from text. */
#ifndef SFD_WEIGHTS_FORMATS_ARRAY_H
#define SFD_WEIGHTS_FORMATS_ARRAY_H

#include "pickle/pickle.h"

/* Finds a storage's bytes (all of it, not only a view); false when the file has none. */
typedef bool (*sfd_storage_find)(const void *file, const sfd_storage *storage,
                                 const unsigned char **data, size_t *n_bytes);

typedef struct sfd_storage_source {
    sfd_storage_find find; /* NULL when the container has no storages */
    const void *file;
    bool big_endian;
} sfd_storage_source;

typedef struct sfd_array_reader {
    const char *origin;
    size_t n_file_bytes;
    const sfd_storage_source *source;
    size_t n_decoded; /* bytes of arrays that had to be decoded; starts at 0 */
} sfd_array_reader;

/* The first element of a complete array, all of whose elements lie where its strides say. Where
 * they had to be decoded, *decoded is the memory, which the caller frees, else NULL. `name` is for
 * messages. Errors: SFD_ERR_FORMAT, SFD_ERR_NOMEM. */
sfd_status sfd_array_locate(sfd_array_reader *r, const char *name, const sfd_array *a,
                            const unsigned char **data, void **decoded, sfd_error *err);

bool sfd_array_is_big_endian(const sfd_array_reader *r, const sfd_array *a);

#endif
