/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of sfd_weights: what the readers of the file formats fill in. */
#ifndef SFD_WEIGHTS_WEIGHTS_IMPL_H
#define SFD_WEIGHTS_WEIGHTS_IMPL_H

#include "base/file.h"
#include "base/name_table.h"
#include "weights/weights.h"

/* A tensor is a view of stored elements. */
typedef struct sfd_tensor {
    sfd_tensor_info info;         /* first, so that a pointer to it is one to the tensor */
    const unsigned char *data;    /* element (0, 0, ...); any alignment */
    size_t strides[SFD_MAX_DIMS]; /* in elements */
    bool big_endian;
    char *spelled; /* what the file calls it; NULL: so, too */
    char name[];   /* info.name points here */
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
    SFD_NAMING_PYTORCHVIDEO,
    SFD_NAMING_DETECTRON2, /* from here on detectors */
    SFD_NAMING_MMDETECTION,
    SFD_NAMING_TORCHVISION,
    SFD_NAMING_DETECTRON1
} sfd_naming;

typedef enum sfd_named_head {
    SFD_NAMED_HEAD_UNKNOWN,
    SFD_NAMED_HEAD_DETECTION,
    SFD_NAMED_HEAD_CLASSIFICATION
} sfd_named_head;

typedef struct sfd_ignored {
    char *name;
    const char *reason; /* a literal */
} sfd_ignored;

struct sfd_weights {
    char *origin;
    sfd_mapping file;
    sfd_tensor **tensors; /* in order of addition */
    size_t n_tensors, n_tensors_alloc;
    sfd_name_table tensor_names; /* their places */
    sfd_metadata *metadata;
    size_t n_metadata, n_metadata_alloc;
    sfd_name_table metadata_keys; /* their places */
    sfd_ignored *ignored;
    size_t n_ignored, n_ignored_alloc;
    sfd_naming naming;
    const struct sfd_name_rules *rules; /* that names were translated by, or NULL */
    char prefix[SFD_MAX_TENSOR_NAME];   /* that was before them */
    sfd_named_head head;
    void **owned; /* memory that tensors point to, freed on closing */
    size_t n_owned, n_owned_alloc;
};

/* Metadata under which configurations found in foreign checkpoints are kept. */
#define SFD_METADATA_PYSLOWFAST "pyslowfast.cfg"
#define SFD_METADATA_MMACTION2  "mmaction2.cfg"

/* Adds a view of `data`, which stays valid as long as w does; strides NULL: in C order. The caller
 * has checked that all elements lie within `data`. Errors: SFD_ERR_FORMAT (name empty, too long,
 * with control characters or taken; too many dimensions; size overflow), SFD_ERR_NOMEM. */
sfd_status sfd_weights_add_view(sfd_weights *w, const char *name, sfd_dtype dtype, int n_dims,
                                const size_t *dims, const size_t *strides,
                                const unsigned char *data, sfd_error *err);

static inline const char *sfd_tensor_spelling(const sfd_tensor *t)
{
    return t->spelled ? t->spelled : t->name;
}

/* Hands memory over, to be freed with w. On failure (SFD_ERR_NOMEM) it is freed at once. */
sfd_status sfd_weights_own(sfd_weights *w, void *memory, sfd_error *err);

/* Records that the file's entry `name` is not used; `reason` is a literal. */
sfd_status sfd_weights_ignore(sfd_weights *w, const char *name, const char *reason, sfd_error *err);

#endif
