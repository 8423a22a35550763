/* SPDX-License-Identifier: Apache-2.0 */
/* What tensors tell of a pathway that listens. */
#ifndef SFD_WEIGHTS_INFER_AUDIO_H
#define SFD_WEIGHTS_INFER_AUDIO_H

#include "config/config.h"
#include "weights/weights_impl.h"

/* Sets lateral_stages, fusion ratio and kernel, and of c->audio: beta_inv, fusion, fused, channels,
 * kernel, number of convolutions, separate_stages. The stems' widths are known. Errors:
 * SFD_ERR_MISMATCH naming the tensor. */
sfd_status sfd_infer_audio(const sfd_weights *w, sfd_net_config *c, sfd_error *err);

#endif
