/* SPDX-License-Identifier: Apache-2.0 */
/* PySlowFast's YAML files. */
#ifndef SFD_CONFIG_YAML_H
#define SFD_CONFIG_YAML_H

#include "base/notes.h"
#include "config/config.h"

/* The configuration that a YAML text describes, `origin` standing for the path in messages. Names
 * that PySlowFast does not know are refused when they are like one that it knows or stand in a
 * section that describes the network; the others, and keys given twice, are told in *notes (may be
 * NULL). Errors: SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED naming key and line, SFD_ERR_NOMEM. */
sfd_status sfd_net_config_parse(sfd_net_config *c, const char *yaml, size_t n_bytes,
                                const char *origin, sfd_notes *notes, sfd_error *err);

/* A text that a checkpoint holds, laid over *c: absent keys keep their values. As a program wrote
 * it, unknown names are only told. */
sfd_status sfd_net_config_parse_stored(sfd_net_config *c, const char *yaml, size_t n_bytes,
                                       const char *origin, sfd_notes *notes, sfd_error *err);

/* Keys that are set besides (config/overrides.h) laid over *c, which is checked as a whole then. */
sfd_status sfd_net_config_override(sfd_net_config *c, const char *yaml, sfd_notes *notes,
                                   sfd_error *err);

/* A file laid over *c. Errors: SFD_ERR_IO too. */
sfd_status sfd_net_config_load_yaml_over(sfd_net_config *c, const char *path, sfd_notes *notes,
                                         sfd_error *err);

#endif
