/* SPDX-License-Identifier: Apache-2.0 */
/* From weights to the configuration of their network. */
#ifndef SFD_WEIGHTS_WEIGHTS_CONFIG_H
#define SFD_WEIGHTS_WEIGHTS_CONFIG_H

#include "base/notes.h"
#include "config/config.h"
#include "weights/weights.h"

/* The code base by whose names the file was recognised ("PySlowFast", "Caffe2", "MMAction2",
 * "PyTorchVideo"; of detectors "Detectron2", "MMDetection", "torchvision", "Detectron"), NULL when
 * by none. */
const char *sfd_weights_code_base(const sfd_weights *w);

/* The configuration of the network that the weights belong to.
 *
 * `config` (a preset's name, a PySlowFast YAML file, or an MMAction2 Python config) wins where
 * given. A YAML file is read over PySlowFast's defaults for PySlowFast's weights; for those of
 * other code bases it is laid over what their tensors and conventions say. Without it: what
 * sfd_weights_set_config recorded, else the configuration that the code base stored in the file,
 * else what names and shapes tell, and for the rest the preset that resembles them most, each such
 * choice noted in *notes ("assumed: alpha 4, as in slowfast_r50_8x8_ava"; may be NULL).
 * Errors: SFD_ERR_MISMATCH when the tensors are no SlowFast network (the message says what they
 * seem to be) or the preset is another code base's; SFD_ERR_UNSUPPORTED, and what reading `config`
 * gives. Shapes are not compared with the configuration: loading the network does that. */
sfd_status sfd_weights_config(const sfd_weights *w, const char *config, sfd_net_config *c,
                              sfd_notes *notes, sfd_error *err);

/* Records the configuration in the metadata (key "sfdet.config", JSON), so that a written file
 * needs no other. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_weights_set_config(sfd_weights *w, const sfd_net_config *c, sfd_error *err);

#endif
