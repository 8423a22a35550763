/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's Python configs of AVA detectors, as far as they are literals. */
#ifndef SFD_CONFIG_MMACTION2_H
#define SFD_CONFIG_MMACTION2_H

#include "base/notes.h"
#include "config/config.h"

/* True for names of Python files. */
bool sfd_is_mmaction2_config(const char *path);

/* What a config says of network, head, clip, pictures and boxes; absent keys have the defaults of
 * MMAction2's classes, and where those of the clip are absent, *c keeps its own and *notes (may be
 * NULL) tells. All keys of the model, the pipeline and the data set must be known, and those that
 * matter be literals. Errors: SFD_ERR_FORMAT, SFD_ERR_UNSUPPORTED naming line and key: a file
 * without a detector's model, keys and values that cannot be honoured; SFD_ERR_NOMEM. */
sfd_status sfd_mmaction2_config_parse_over(sfd_net_config *c, const char *text, size_t n_bytes,
                                           const char *origin, sfd_notes *notes, sfd_error *err);

/* The same from a file, laid over those of its _base_. */
sfd_status sfd_mmaction2_config_load_over(sfd_net_config *c, const char *path, sfd_notes *notes,
                                          sfd_error *err);

#endif
