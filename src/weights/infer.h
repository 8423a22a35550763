/* SPDX-License-Identifier: Apache-2.0 */
/* The architecture that names and shapes of the tensors tell. */
#ifndef SFD_WEIGHTS_INFER_H
#define SFD_WEIGHTS_INFER_H

#include "config/config.h"
#include "weights/weights_impl.h"

/* Sets what tensors with PySlowFast's names tell: arch, depth, n_blocks, widths, groups, beta_inv,
 * fusion ratio and kernel, bare_lateral, temporal kernels, non-local blocks, classes,
 * global_context. Errors: SFD_ERR_MISMATCH naming the tensor. */
sfd_status sfd_infer_architecture(const sfd_weights *w, sfd_net_config *c, sfd_error *err);

/* Says what tensors of unknown names seem to be. Always fails, SFD_ERR_MISMATCH. */
sfd_status sfd_infer_fail_foreign(const sfd_weights *w, sfd_error *err);

#endif
