/* SPDX-License-Identifier: Apache-2.0 */
/* Named tensors: opened from a file of any readable format, or made in memory; written as
 * safetensors. */
#ifndef SFD_WEIGHTS_WEIGHTS_H
#define SFD_WEIGHTS_WEIGHTS_H

#include "base/dtype.h"
#include "base/notes.h"
#include "config/config.h"

typedef struct sfd_tensor_info {
    const char *name; /* owned by the sfd_weights */
    sfd_dtype dtype;
    int n_dims; /* 0 for a scalar */
    size_t dims[SFD_MAX_DIMS];
    size_t n_elements;
} sfd_tensor_info;

/* Read-only once opened, may be shared by threads. */
typedef struct sfd_weights sfd_weights;

/* Opens a weight file: safetensors, PyTorch's zip and legacy containers, Caffe2's pickles, told
 * apart by content. Nothing in the file is executed. Tensor data stay in the file (mapped).
 *
 * Tensors of PySlowFast, Caffe2, MMAction2 and PyTorchVideo get PySlowFast's names; tensors of
 * other names keep them. MMAction2's classifier keeps its row 0, the background. What inference
 * does not use (training state, counters) is left out and listed by sfd_weights_ignored. Errors:
 * SFD_ERR_IO, SFD_ERR_FORMAT (what the file seems to be instead), SFD_ERR_UNSUPPORTED,
 * SFD_ERR_NOMEM, naming file and tensor. */
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

/* Entries of the file that are not used, with the reason; NULL past the end. */
const char *sfd_weights_ignored(const sfd_weights *w, size_t i, const char **reason);

/* The code base by whose names the file was recognised ("PySlowFast", "Caffe2", "MMAction2",
 * "PyTorchVideo"), NULL when by none. */
const char *sfd_weights_code_base(const sfd_weights *w);

/* True for entries beside the weights that no network needs. */
bool sfd_is_bookkeeping(const char *tensor_name);

/* Text stored beside the tensors (safetensors' __metadata__), NULL when the key is absent. */
const char *sfd_weights_metadata(const sfd_weights *w, const char *key);
sfd_status sfd_weights_set_metadata(sfd_weights *w, const char *key, const char *value,
                                    sfd_error *err);

/* Writes all tensors as safetensors (https://github.com/huggingface/safetensors) with
 * floating-point tensors stored as `dtype` (SFD_F32, SFD_F16 or SFD_BF16), to a temporary name
 * renamed when complete. */
sfd_status sfd_weights_write(const sfd_weights *w, const char *path, sfd_dtype dtype,
                             sfd_error *err);

/* The configuration of the network that the weights belong to.
 *
 * `config` (a preset's name, a PySlowFast YAML file, or an MMAction2 Python config) wins where
 * given. A YAML file is read over PySlowFast's defaults for PySlowFast's weights; for those of
 * other code bases it is laid over what their tensors and conventions say. Without it: what
 * sfd_weights_set_config recorded, else the configuration that the code base stored in the file,
 * else what names and shapes tell, and for the rest the preset that resembles them most, each such
 * choice noted in *assumed ("SLOWFAST.ALPHA 4, as in slowfast_r50_8x8_ava"; may be NULL).
 * Errors: SFD_ERR_MISMATCH when the tensors are no SlowFast network (the message says what they
 * seem to be) or the preset is another code base's; SFD_ERR_UNSUPPORTED, and what reading `config`
 * gives. Shapes are not compared with the configuration: loading the network does that. */
sfd_status sfd_weights_config(const sfd_weights *w, const char *config, sfd_net_config *c,
                              sfd_notes *assumed, sfd_error *err);

/* Records the configuration in the metadata (key "sfdet.config", JSON), so that a written file
 * needs no other. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_weights_set_config(sfd_weights *w, const sfd_net_config *c, sfd_error *err);

#endif
