/* SPDX-License-Identifier: Apache-2.0 */
/* The architecture that names and shapes of the tensors tell. */
#ifndef SFD_WEIGHTS_INFER_H
#define SFD_WEIGHTS_INFER_H

#include "weights/weights_impl.h"

/* Sets what tensors with PySlowFast's names tell: arch, depth, n_blocks, widths, groups, beta_inv,
 * fusion ratio and kernel, bare_lateral, temporal kernels, non-local blocks, classes,
 * global_context. Errors: SFD_ERR_MISMATCH naming the tensor. */
sfd_status sfd_infer_architecture(const sfd_weights *w, sfd_net_config *c, sfd_error *err);

/* Says what tensors of unknown names seem to be. Always fails, SFD_ERR_MISMATCH. */
sfd_status sfd_infer_fail_foreign(const sfd_weights *w, sfd_error *err);

/* True for names of Python files. */
bool sfd_is_mmaction2_config(const char *path);

/* Sets what the literals of an MMAction2 Python config say: architecture, resample and speed ratio,
 * RoI grid, temporal maximum, context, frames, sampling rate, picture size, mean, std. Other code
 * in it is passed over. Errors: SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED naming the line. */
sfd_status sfd_mmaction2_config_parse_over(sfd_net_config *c, const char *text, size_t n_bytes,
                                           const char *origin, sfd_error *err);

/* The same from a file, following its _base_. */
sfd_status sfd_mmaction2_config_load_over(sfd_net_config *c, const char *path, sfd_error *err);

#endif
