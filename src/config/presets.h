/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of published networks by name (listed by sfd_preset_name, <sfdet/inspect.h>). */
#ifndef SFD_CONFIG_PRESETS_H
#define SFD_CONFIG_PRESETS_H

#include "config/config.h"

/* Fills *c and returns true when `name` is a preset; leaves it alone otherwise. */
bool sfd_preset_find(sfd_net_config *c, const char *name);

/* The preset of `family` that resembles *c most in architecture, depth, head, non-local blocks and
 * fusion kernel; where several do as much, `likely` (a name or ""), else the one of as many
 * classes.
 */
const char *sfd_preset_nearest(const sfd_net_config *c, const char *likely);

/* The preset whose name is most like `name`, NULL when none is near. */
const char *sfd_preset_suggest(const char *name);

#endif
