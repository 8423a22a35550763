/* SPDX-License-Identifier: Apache-2.0 */
/* Tensor names of the public code bases. */
#ifndef SFD_WEIGHTS_NAMES_NAMES_H
#define SFD_WEIGHTS_NAMES_NAMES_H

#include "weights/weights_impl.h"

/* Recognises the code base by the tensors' names, turns them into PySlowFast's or, of
 * detectors, Detectron2's, and leaves out what inference does not use. */
sfd_status sfd_weights_translate_names(sfd_weights *w, sfd_error *err);

/* True for entries beside the weights that no network needs. */
bool sfd_is_bookkeeping(const char *tensor_name);

#endif
