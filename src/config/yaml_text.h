/* SPDX-License-Identifier: Apache-2.0 */
/* YAML texts, before their values are looked at. */
#ifndef SFD_CONFIG_YAML_TEXT_H
#define SFD_CONFIG_YAML_TEXT_H

#include "config/yaml_values.h"

#define SFD_MAX_YAML_BYTES (256 * 1024) /* real ones have 2 to 12 kB */

/* Parses a text and calls `read` with r->document. Errors: SFD_ERR_FORMAT (not YAML, too large,
 * nested too deep), SFD_ERR_NOMEM, what `read` gives. */
sfd_status sfd_yaml_load(sfd_yaml_reader *r, const char *yaml, size_t n_bytes,
                         sfd_status (*read)(sfd_yaml_reader *r));

/* What it fails for without reading anything. */
sfd_status sfd_yaml_check_text(const char *yaml, size_t n_bytes, const char *origin,
                               sfd_error *err);

#endif
