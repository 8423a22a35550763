/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's Python configs, as far as they are literals. */
#ifndef SFD_CONFIG_MMACTION2_H
#define SFD_CONFIG_MMACTION2_H

#include "config/config.h"

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
