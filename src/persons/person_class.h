/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a detector's classes is persons. */
#ifndef SFD_PERSONS_PERSON_CLASS_H
#define SFD_PERSONS_PERSON_CLASS_H

#include "weights/weights.h"

/* Metadata that tell it, counted from 0 and without a background: "2". */
#define SFD_METADATA_PERSON_CLASS "sfdet.persons.class"

/* What the metadata tell, else the only class, or the first of as many as COCO has: `coco` (80, or
 * 90 with the numbers that COCO leaves out). `tensor` is called in the message. Errors:
 * SFD_ERR_MISMATCH, SFD_ERR_FORMAT (metadata). */
sfd_status sfd_person_class_find(int *out, const sfd_weights *w, int n_classes, int coco,
                                 const char *tensor, sfd_error *err);

#endif
