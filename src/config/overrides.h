/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration's name with keys that are set besides, as PySlowFast's programs take them behind
 * their options: "NAME", then a line "SECTION.KEY VALUE" for each; without a name it begins with
 * the end of a line. */
#ifndef SFD_CONFIG_OVERRIDES_H
#define SFD_CONFIG_OVERRIDES_H

#include <sfdet/common.h>

typedef struct sfd_config_spec {
    char *name; /* NULL: none is given */
    char *yaml; /* the keys as a YAML text; NULL: there are none */
} sfd_config_spec;

#define SFD_OVERRIDES_ORIGIN "overrides" /* stands for the path in messages */

/* `text` may be NULL. Errors: SFD_ERR_FORMAT (a key without section or value), SFD_ERR_NOMEM. Freed
 * by sfd_config_spec_free, also after failure. */
sfd_status sfd_config_spec_read(sfd_config_spec *s, const char *text, sfd_error *err);
void sfd_config_spec_free(sfd_config_spec *s);

/* Of a message about the YAML text, "overrides:LINE: PROBLEM", makes one that a user knows the
 * place by: SECTION.KEY, where the problem does not name it. Returns `status`. */
sfd_status sfd_overrides_name_key(const char *yaml, sfd_status status, sfd_error *err);

#endif
