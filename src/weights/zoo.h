/* SPDX-License-Identifier: Apache-2.0 */
/* Published checkpoints, and where their files are looked for. Nothing is downloaded. */
#ifndef SFD_WEIGHTS_ZOO_H
#define SFD_WEIGHTS_ZOO_H

#include "weights/weights.h"

#include <sfdet/inspect.h> /* sfd_zoo_entry */

typedef struct sfd_zoo {
    sfd_zoo_entry *entries;
    size_t n_entries;
    char *text; /* what the entries point into */
} sfd_zoo;

/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_zoo_read(sfd_zoo *zoo, sfd_error *err);
void sfd_zoo_free(sfd_zoo *zoo); /* takes a zeroed one */

/* The file that `name` stands for: itself when it exists, else the published file of the zoo's
 * entry of that name or file in $SFDET_MODELS or in the user's data folder ($XDG_DATA_HOME or
 * ~/.local/share, there sfdet/models). The caller frees *path. Errors: SFD_ERR_IO (the message says
 * what to download from where and puts it where; or that neither file nor entry exists, the nearest
 * name suggested), SFD_ERR_NOMEM. */
sfd_status sfd_zoo_locate(char **path, const char *name, sfd_error *err);

/* The preset of the published file called as `path` ends, in text[n]; "" where none is. Errors:
 * SFD_ERR_NOMEM. */
sfd_status sfd_zoo_config(const char *path, char *text, size_t n, sfd_error *err);

/* sfd_weights_open of that file. */
sfd_status sfd_zoo_open(sfd_weights **out, const char *name, sfd_error *err);

#endif
