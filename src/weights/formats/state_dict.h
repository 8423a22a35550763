/* SPDX-License-Identifier: Apache-2.0 */
/* From a checkpoint's root object to its tensors. */
#ifndef SFD_WEIGHTS_FORMATS_STATE_DICT_H
#define SFD_WEIGHTS_FORMATS_STATE_DICT_H

#include "weights/formats/array.h"
#include "weights/weights_impl.h"

/* Adds the tensors of a checkpoint's root object: a dictionary of tensors, or one with such a
 * dictionary under a usual key. What is left aside is recorded with the reason. */
sfd_status sfd_state_dict_read(sfd_weights *w, sfd_unpickler *u, const sfd_value *root,
                               const sfd_storage_source *source, sfd_error *err);

#endif
