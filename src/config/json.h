/* SPDX-License-Identifier: Apache-2.0 */
/* sfd_net_config as JSON, for the metadata of converted weights. */
#ifndef SFD_CONFIG_JSON_H
#define SFD_CONFIG_JSON_H

#include "config/config.h"

/* The configuration as JSON (free() it; NULL when memory is out), and back. */
char *sfd_net_config_to_json(const sfd_net_config *c);
sfd_status sfd_net_config_from_json(sfd_net_config *c, const char *json, const char *origin,
                                    sfd_error *err);

#endif
