/* SPDX-License-Identifier: Apache-2.0 */
/* PySlowFast's YAML files. */
#ifndef SFD_CONFIG_YAML_H
#define SFD_CONFIG_YAML_H

#include "config/config.h"

/* The configuration that a YAML text describes, `origin` standing for the path in messages. Errors:
 * SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED naming key and line, SFD_ERR_NOMEM. */
sfd_status sfd_net_config_parse(sfd_net_config *c, const char *yaml, size_t n_bytes,
                                const char *origin, sfd_error *err);

/* YAML laid over *c: absent keys keep their values. */
sfd_status sfd_net_config_parse_over(sfd_net_config *c, const char *yaml, size_t n_bytes,
                                     const char *origin, sfd_error *err);

/* The same from a file. Errors: SFD_ERR_IO too. */
sfd_status sfd_net_config_load_yaml_over(sfd_net_config *c, const char *path, sfd_error *err);

#endif
