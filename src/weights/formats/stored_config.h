/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations that code bases store beside the weights. */
#ifndef SFD_WEIGHTS_FORMATS_STORED_CONFIG_H
#define SFD_WEIGHTS_FORMATS_STORED_CONFIG_H

#include "pickle/pickle.h"
#include "weights/weights_impl.h"

/* Keeps a checkpoint's configuration as text in the metadata: PySlowFast's `cfg` as YAML,
 * MMAction2's `meta.cfg` or `meta.config` as Python, each stored as text or as a dictionary.
 * *used[2] gets the entries of the root in which they were, or NULL. What cannot be read is
 * recorded as ignored. */
sfd_status sfd_stored_config_keep(sfd_weights *w, sfd_unpickler *u, const sfd_value *root,
                                  const sfd_value *used[2], sfd_error *err);

#endif
