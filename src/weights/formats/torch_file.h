/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch's two containers, and plain pickles. */
#ifndef SFD_WEIGHTS_FORMATS_TORCH_FILE_H
#define SFD_WEIGHTS_FORMATS_TORCH_FILE_H

#include "weights/weights_impl.h"

/* Values of a weight file's pickle; the tensors' elements are not among them. */
#define SFD_MAX_PICKLE_OBJECT_BYTES (48 << 20)

/* Adds all tensors of w->file, which holds PyTorch's zip container (since 1.6). */
sfd_status sfd_torch_zip_read(sfd_weights *w, sfd_error *err);

/* Adds all tensors of w->file, which begins with a pickle: PyTorch's container before 1.6 when that
 * is a certain number, else a dictionary of numpy arrays as Caffe2 wrote it. `max_object_bytes`
 * bounds the memory of the pickle's objects, the arrays' elements not among them. */
sfd_status sfd_pickle_file_read(sfd_weights *w, size_t max_object_bytes, sfd_error *err);

#endif
