/* SPDX-License-Identifier: Apache-2.0 */
/* The names in PySlowFast's configurations. */
#ifndef SFD_CONFIG_PYSLOWFAST_KEYS_H
#define SFD_CONFIG_PYSLOWFAST_KEYS_H

#include <stdbool.h>

/* Sections, and the keys outside of them. */
bool sfd_pyslowfast_has_section(const char *name);
bool sfd_pyslowfast_is_section(const char *name);
bool sfd_pyslowfast_has_key(const char *section, const char *name);

/* True for sections that describe the network or what it is shown. */
bool sfd_pyslowfast_is_network_section(const char *section);

/* The section that describes the network and has that key; NULL: none. */
const char *sfd_pyslowfast_network_section_of(const char *name);

/* The known name that is most like `name` in any case of letters, NULL when none is near. */
const char *sfd_pyslowfast_nearest_section(const char *name);
const char *sfd_pyslowfast_nearest_key(const char *section, const char *name);

#endif
