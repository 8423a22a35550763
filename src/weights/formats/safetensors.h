/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors files (https://github.com/huggingface/safetensors), read and written. */
#ifndef SFD_WEIGHTS_FORMATS_SAFETENSORS_H
#define SFD_WEIGHTS_FORMATS_SAFETENSORS_H

#include "weights/weights_impl.h"

/* w->file holds the mapped file; its tensors and metadata are added. */
sfd_status sfd_safetensors_read(sfd_weights *w, sfd_error *err);
/* True when the bytes look like a safetensors file. */
bool sfd_safetensors_recognise(const unsigned char *data, size_t n_bytes);

/* Writes all tensors as safetensors (https://github.com/huggingface/safetensors) with
 * floating-point tensors stored as `dtype` (SFD_F32, SFD_F16 or SFD_BF16), to a temporary name
 * renamed when complete. */
sfd_status sfd_weights_write(const sfd_weights *w, const char *path, sfd_dtype dtype,
                             sfd_error *err);

#endif
