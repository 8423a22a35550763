/* SPDX-License-Identifier: Apache-2.0 */
/* From a checkpoint's root object to its tensors. */
#ifndef SFD_WEIGHTS_FORMATS_STATE_DICT_H
#define SFD_WEIGHTS_FORMATS_STATE_DICT_H

#include "pickle/pickle.h"
#include "weights/weights_impl.h"

/* Finds a storage's bytes (all of it, not only a view); false when the file has none. */
typedef bool (*sfd_storage_find)(const void *file, const sfd_storage *storage,
                                 const unsigned char **data, size_t *n_bytes);

typedef struct sfd_storage_source {
    sfd_storage_find find; /* NULL when the container has no storages */
    const void *file;
    bool big_endian;
} sfd_storage_source;

/* Adds the tensors of a checkpoint's root object: a dictionary of tensors, or one with such a
 * dictionary under a usual key. What is left aside is recorded with the reason. */
sfd_status sfd_state_dict_read(sfd_weights *w, sfd_unpickler *u, const sfd_value *root,
                               const sfd_storage_source *source, sfd_error *err);

#endif
