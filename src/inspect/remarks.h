/* SPDX-License-Identifier: Apache-2.0 */
/* What users want to know about a network beside its layers. */
#ifndef SFD_INSPECT_REMARKS_H
#define SFD_INSPECT_REMARKS_H

#include "detect/head.h"

/* Sampling, preprocessing and head, each with its values. */
sfd_status sfd_remark_conventions(sfd_notes *notes, const sfd_head_desc *head, sfd_error *err);

/* The weights' code base and entries that are missing, misshapen, unknown or ignored. */
sfd_status sfd_remark_weights(sfd_notes *notes, const sfd_net *net, const sfd_weights *weights,
                              sfd_error *err);

#endif
