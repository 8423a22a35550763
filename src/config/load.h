/* SPDX-License-Identifier: Apache-2.0 */
/* Finding a network's configuration by name or path. */
#ifndef SFD_CONFIG_LOAD_H
#define SFD_CONFIG_LOAD_H

#include "config/config.h"

/* `name_or_path`: a preset's name, an MMAction2 Python config (*.py, its literals), else a
 * PySlowFast YAML file. Unknown keys are ignored; values that this program cannot honour are
 * refused by key name and line. Errors: SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED,
 * SFD_ERR_ARG (unknown preset, the nearest suggested). */
sfd_status sfd_net_config_load(sfd_net_config *c, const char *name_or_path, sfd_error *err);

#endif
