/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of sfd_weights: what the readers of the file formats fill in. */
#ifndef SFD_WEIGHTS_WEIGHTS_IMPL_H
#define SFD_WEIGHTS_WEIGHTS_IMPL_H

#include "base/file.h"
#include "weights/weights.h"

/* A tensor is a view of stored elements. */
typedef struct sfd_tensor {
    sfd_tensor_info info;         /* first, so that a pointer to it is one to the tensor */
    const unsigned char *data;    /* element (0, 0, ...); any alignment */
    size_t strides[SFD_MAX_DIMS]; /* in elements */
    bool big_endian;
    char name[]; /* info.name points here */
} sfd_tensor;

typedef struct sfd_metadata {
    char *key, *value;
} sfd_metadata;

/* Whose names the file had, and what they told about the head. */
typedef enum sfd_naming {
    SFD_NAMING_UNKNOWN,
    SFD_NAMING_PYSLOWFAST,
    SFD_NAMING_CAFFE2,
    SFD_NAMING_MMACTION2,
    SFD_NAMING_PYTORCHVIDEO
} sfd_naming;

typedef enum sfd_head { SFD_HEAD_UNKNOWN, SFD_HEAD_DETECTION, SFD_HEAD_CLASSIFICATION } sfd_head;

typedef struct sfd_ignored {
    char *name;
    const char *reason; /* a literal */
} sfd_ignored;

struct sfd_weights {
    char *origin;
    sfd_mapping file;
    sfd_tensor **tensors; /* in order of addition */
    size_t n_tensors, n_tensors_alloc;
    size_t *by_name; /* positions in `tensors`, sorted by name */
    size_t n_by_name_alloc;
    sfd_metadata *metadata;
    size_t n_metadata, n_metadata_alloc;
    sfd_ignored *ignored;
    size_t n_ignored, n_ignored_alloc;
    sfd_naming naming;
    sfd_head head;
    void **owned; /* memory that tensors point to, freed on closing */
    size_t n_owned, n_owned_alloc;
};

/* Adds a view of `data`, which stays valid as long as w does; strides NULL: in C order. The caller
 * has checked that all elements lie within `data`. Errors: SFD_ERR_FORMAT (name empty, too long,
 * with control characters or taken; too many dimensions; size overflow), SFD_ERR_NOMEM. */
sfd_status sfd_weights_add_view(sfd_weights *w, const char *name, sfd_dtype dtype, int n_dims,
                                const size_t *dims, const size_t *strides,
                                const unsigned char *data, sfd_error *err);

/* Hands memory over, to be freed with w. On failure (SFD_ERR_NOMEM) it is freed at once. */
sfd_status sfd_weights_own(sfd_weights *w, void *memory, sfd_error *err);

/* Records that the file's entry `name` is not used; `reason` is a literal. */
sfd_status sfd_weights_ignore(sfd_weights *w, const char *name, const char *reason, sfd_error *err);

/* Metadata under which configurations found in foreign checkpoints are kept. */
#define SFD_METADATA_PYSLOWFAST "pyslowfast.cfg"
#define SFD_METADATA_MMACTION2  "mmaction2.cfg"
#define SFD_MAX_STORED_CONFIG   (256 * 1024)

/* Product of dims; false when it overflows. */
bool sfd_count_elements(int n_dims, const size_t *dims, size_t *n);

/* Elements first .. first + n - 1 in C order, in native byte order, to dst. */
void sfd_tensor_gather(const sfd_tensor *t, size_t first, size_t n, void *dst);

/* n elements of `dtype`, native byte order and any alignment, to float32. */
void sfd_elements_to_f32(sfd_dtype dtype, const void *src, size_t n, float *dst);

/* n float32 to `dtype` (SFD_F32, SFD_F16 or SFD_BF16), rounded to nearest even. */
void sfd_elements_from_f32(sfd_dtype dtype, const float *src, size_t n, void *dst);

/* w->file holds the mapped file; its tensors and metadata are added. */
sfd_status sfd_safetensors_read(sfd_weights *w, sfd_error *err);
/* True when the bytes look like a safetensors file. */
bool sfd_safetensors_recognise(const unsigned char *data, size_t n_bytes);

#endif
