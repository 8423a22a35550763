/* SPDX-License-Identifier: Apache-2.0 */
/* What tensors tell of a network that only listens. */
#ifndef SFD_WEIGHTS_INFER_LISTENER_H
#define SFD_WEIGHTS_INFER_LISTENER_H

#include "config/config.h"
#include "weights/weights_impl.h"

/* Whether the stem takes one channel: a spectrogram. */
bool sfd_only_listens(const sfd_weights *w);

/* Sets arch, depth, n_blocks, basic_blocks, width and separate_stages, and where *c was of a
 * network that sees, what it is let hear. Errors: SFD_ERR_MISMATCH naming the tensor. */
sfd_status sfd_infer_listener(const sfd_weights *w, sfd_net_config *c, sfd_error *err);

#endif
