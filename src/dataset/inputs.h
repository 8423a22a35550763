/* SPDX-License-Identifier: Apache-2.0 */
/* No result is written over what it is made of. */
#ifndef SFD_DATASET_INPUTS_H
#define SFD_DATASET_INPUTS_H

#include "dataset/work.h"

/* None of this shard's results, once its parts are known, is one of the model's files, of those
 * that results depend on, of lists of videos. Errors: SFD_ERR_ARG, SFD_ERR_NOMEM. */
sfd_status sfd_dataset_spare_inputs(const sfd_dataset *d, sfd_error *err);

/* `path` is none of the files that a folder has, or leads to. Errors as above. */
sfd_status sfd_spare_folder(const char *folder, const char *path, sfd_error *err);

#endif
