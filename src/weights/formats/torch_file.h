/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch's two containers, and plain pickles. */
#ifndef SFD_WEIGHTS_FORMATS_TORCH_FILE_H
#define SFD_WEIGHTS_FORMATS_TORCH_FILE_H

#include "weights/formats/array.h"
#include "weights/weights_impl.h"

/* Values of a weight file's pickle; the tensors' elements are not among them. */
#define SFD_MAX_PICKLE_OBJECT_BYTES (48 << 20)

/* Gets what a file holds; everything lives until it returns. */
typedef sfd_status (*sfd_root_fn)(void *user, sfd_unpickler *u, const sfd_value *root,
                                  const sfd_storage_source *source, sfd_error *err);

/* The object in PyTorch's zip container (since 1.6), its container before, or a plain pickle, of
 * which as much of the reserved file is loaded as need be.
 * `max_object_bytes` bounds the memory of the pickle's objects, the arrays' elements not among
 * them. Errors: SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED, SFD_ERR_NOMEM, what fn returns. */
sfd_status sfd_pickled_root(const char *origin, const sfd_mapping *file, size_t max_object_bytes,
                            sfd_root_fn fn, void *user, sfd_error *err);

/* Adds all tensors of w->file, which holds such an object. */
sfd_status sfd_torch_file_read(sfd_weights *w, sfd_error *err);

#endif
