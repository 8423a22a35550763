/* SPDX-License-Identifier: Apache-2.0 */
/* Saying what a file is that is not what was wanted. */
#ifndef SFD_WEIGHTS_FORMATS_FOREIGN_H
#define SFD_WEIGHTS_FORMATS_FOREIGN_H

#include "weights/weights_impl.h"

/* Says what a file that is no weight file seems to be. Always fails, SFD_ERR_FORMAT. */
sfd_status sfd_weights_fail_foreign(const sfd_weights *w, sfd_error *err);

#endif
