/* SPDX-License-Identifier: Apache-2.0 */
/* Named tensors: opened from a file of any readable format, or made in memory; written as
 * safetensors. */
#ifndef SFD_WEIGHTS_WEIGHTS_H
#define SFD_WEIGHTS_WEIGHTS_H

#include <sfdet/common.h>

#define SFD_MAX_DIMS        8
#define SFD_MAX_TENSOR_NAME 256

typedef enum sfd_dtype {
    SFD_F32,
    SFD_F16,
    SFD_BF16,
    SFD_F64,
    SFD_I64,
    SFD_I32,
    SFD_I16,
    SFD_I8,
    SFD_U8,
    SFD_BOOL
} sfd_dtype;

typedef struct sfd_tensor_info {
    const char *name; /* owned by the sfd_weights */
    sfd_dtype dtype;
    int n_dims; /* 0 for a scalar */
    size_t dims[SFD_MAX_DIMS];
    size_t n_elements;
} sfd_tensor_info;

/* Read-only once opened, may be shared by threads. */
typedef struct sfd_weights sfd_weights;

/* Opens a weight file; the format is recognised by content. Tensor data stay in the file (mapped).
 * Errors: SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED, SFD_ERR_NOMEM, naming file and tensor.
 */
sfd_status sfd_weights_open(sfd_weights **out, const char *path, sfd_error *err);

/* An empty set in memory; `origin` is what messages call it. */
sfd_status sfd_weights_create(sfd_weights **out, const char *origin, sfd_error *err);
/* Adds a float32 tensor of zeros; *data is its storage (owned by w), to be filled by the caller. */
sfd_status sfd_weights_add(sfd_weights *w, const char *name, int n_dims, const size_t *dims,
                           float **data, sfd_error *err);
void sfd_weights_close(sfd_weights *w); /* takes NULL */

const char *sfd_weights_origin(const sfd_weights *w); /* path, or what create was given */
size_t sfd_weights_count(const sfd_weights *w);
const sfd_tensor_info *sfd_weights_info(const sfd_weights *w, size_t i);
/* By name in O(1) or O(log n); NULL when there is none. */
const sfd_tensor_info *sfd_weights_find(const sfd_weights *w, const char *name);

/* Copies a tensor's elements in C order, converted to float32. dst holds info->n_elements.
 * Errors: SFD_ERR_FORMAT naming file, tensor and index when an element is not finite. */
sfd_status sfd_weights_read_f32(const sfd_weights *w, const sfd_tensor_info *info, float *dst,
                                sfd_error *err);

/* Text stored beside the tensors (safetensors' __metadata__), NULL when the key is absent. */
const char *sfd_weights_metadata(const sfd_weights *w, const char *key);
sfd_status sfd_weights_set_metadata(sfd_weights *w, const char *key, const char *value,
                                    sfd_error *err);

/* Writes all tensors as safetensors (https://github.com/huggingface/safetensors) with
 * floating-point tensors stored as `dtype` (SFD_F32, SFD_F16 or SFD_BF16), to a temporary name
 * renamed when complete. */
sfd_status sfd_weights_write(const sfd_weights *w, const char *path, sfd_dtype dtype,
                             sfd_error *err);

#endif
