/* SPDX-License-Identifier: Apache-2.0 */
/* The file formats besides safetensors, and what is done with the names in them. */
#ifndef SFD_WEIGHTS_FORMATS_CONTAINERS_H
#define SFD_WEIGHTS_FORMATS_CONTAINERS_H

#include "pickle/pickle.h"
#include "weights/weights_impl.h"

/* Values of a weight file's pickle; the tensors' elements are not among them. */
#define SFD_MAX_PICKLE_OBJECT_BYTES (48 << 20)

/* Adds all tensors of w->file, which holds PyTorch's zip container (since 1.6). */
sfd_status sfd_torch_zip_read(sfd_weights *w, sfd_error *err);

/* Adds all tensors of w->file, which begins with a pickle: PyTorch's container before 1.6 when that
 * is a certain number, else a dictionary of numpy arrays as Caffe2 wrote it. `max_object_bytes`
 * bounds the memory of the pickle's objects, the arrays' elements not among them. */
sfd_status sfd_pickle_file_read(sfd_weights *w, size_t max_object_bytes, sfd_error *err);

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

/* Says what a file that is no weight file seems to be. Always fails, SFD_ERR_FORMAT. */
sfd_status sfd_weights_fail_foreign(const sfd_weights *w, sfd_error *err);

/* Recognises the code base by the tensors' names, turns them into PySlowFast's, and leaves out what
 * inference does not use. */
sfd_status sfd_weights_translate_names(sfd_weights *w, sfd_error *err);

#endif
