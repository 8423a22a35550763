/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a network's configuration by name or path. */
#ifndef SFD_CONFIG_LOAD_H
#define SFD_CONFIG_LOAD_H

#include "base/notes.h"
#include "config/config.h"

/* `config`: a preset's name, an MMAction2 Python config (*.py, its literals), else a
 * PySlowFast YAML file; keys may be set behind it (config/overrides.h). Keys and values that change
 * the network or its input and cannot be honoured are refused by name and line; what else there is
 * to tell goes to *notes (may be NULL), lines that begin with "warning: " or "ignored: ". Errors:
 * SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED, SFD_ERR_ARG (unknown preset, the nearest
 * suggested). */
sfd_status sfd_net_config_load(sfd_net_config *c, const char *config, sfd_notes *notes,
                               sfd_error *err);

/* True when sfd_net_config_load would read that name as a PySlowFast YAML file. */
bool sfd_config_is_yaml(const char *name_or_path);

#endif
