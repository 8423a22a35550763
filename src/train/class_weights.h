/* SPDX-License-Identifier: Apache-2.0 */
/* How much the loss makes of each class. */
#ifndef SFD_TRAIN_CLASS_WEIGHTS_H
#define SFD_TRAIN_CLASS_WEIGHTS_H

#include <sfdet/common.h>

/* Rows `class id,weight`, ids from first_id on, read with the tolerance of AVA's files; classes
 * that are not listed weigh 1. *out [n_classes] is freed by the caller. Errors: SFD_ERR_IO;
 * SFD_ERR_FORMAT naming the line (ids beyond the classes or twice, weights that are negative or no
 * number, no row); SFD_ERR_NOMEM. */
sfd_status sfd_class_weights_read(float **out, const char *path, int first_id, size_t n_classes,
                                  sfd_error *err);

#endif
