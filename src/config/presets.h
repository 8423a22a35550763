/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of published networks by name, and what the config readers share. */
#ifndef SFD_CONFIG_PRESETS_H
#define SFD_CONFIG_PRESETS_H

#include "config/config.h"

#define SFD_MAX_PRESETS      64
#define SFD_MAX_CONFIG_BYTES (256 * 1024) /* of a YAML text; real ones have 2 to 12 kB */

/* Fills *c and returns true when `name` is a preset; leaves it alone otherwise. */
bool sfd_preset_find(sfd_net_config *c, const char *name);

/* Position of the preset of `family` that resembles *c most in architecture, depth, head, non-local
 * blocks and fusion kernel. */
size_t sfd_preset_nearest(const sfd_net_config *c);

/* YAML laid over *c: absent keys keep their values. */
sfd_status sfd_net_config_parse_over(sfd_net_config *c, const char *yaml, size_t n_bytes,
                                     const char *origin, sfd_error *err);

/* The configuration as JSON (free() it; NULL when memory is out), and back. */
char *sfd_net_config_to_json(const sfd_net_config *c);
sfd_status sfd_net_config_from_json(sfd_net_config *c, const char *json, const char *origin,
                                    sfd_error *err);

/* Sets depth and n_blocks; false, nothing changed, when the depth is not 18, 50 or 101. */
bool sfd_net_config_set_depth(sfd_net_config *c, int depth);

/* Sets the name used in messages from a path (its last part). */
void sfd_net_config_set_name(sfd_net_config *c, const char *path);

#endif
