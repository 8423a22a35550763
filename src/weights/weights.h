/* SPDX-License-Identifier: Apache-2.0 */
/* Named tensors: of a weight file (open.h), or made in memory. */
#ifndef SFD_WEIGHTS_WEIGHTS_H
#define SFD_WEIGHTS_WEIGHTS_H

#include "base/dtype.h"

#include <sfdet/common.h>

typedef struct sfd_tensor_info {
    const char *name; /* owned by the sfd_weights */
    sfd_dtype dtype;
    int n_dims; /* 0 for a scalar */
    size_t dims[SFD_MAX_DIMS];
    size_t n_elements;
} sfd_tensor_info;

/* Read-only once opened, may be shared by threads. */
typedef struct sfd_weights sfd_weights;

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

/* What the file calls the tensor that is `name` here, whether it is there or missing; for messages.
 * Valid as long as w and `text`, which is room for it. */
const char *sfd_weights_spelling(const sfd_weights *w, const char *name,
                                 char text[SFD_MAX_TENSOR_NAME]);

/* Copies a tensor's elements in C order, converted to float32. dst holds info->n_elements.
 * Errors: SFD_ERR_FORMAT naming file, tensor and index when an element is not finite. */
sfd_status sfd_weights_read_f32(const sfd_weights *w, const sfd_tensor_info *info, float *dst,
                                sfd_error *err);

/* Entries of the file that are not used, with the reason; NULL past the end. */
const char *sfd_weights_ignored(const sfd_weights *w, size_t i, const char **reason);

/* Metadata that hold the classes' names as AVA's pbtxt text. */
#define SFD_METADATA_LABELS "sfdet.labels"

/* Text stored beside the tensors (safetensors' __metadata__), NULL when the key is absent. */
const char *sfd_weights_metadata(const sfd_weights *w, const char *key);
sfd_status sfd_weights_set_metadata(sfd_weights *w, const char *key, const char *value,
                                    sfd_error *err);

#endif
