/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing of COCO's JSON. */
#ifndef SFD_ANNOTATIONS_FORMATS_COCO_H
#define SFD_ANNOTATIONS_FORMATS_COCO_H

#include "annotations/format.h"

sfd_status sfd_coco_read(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err);
sfd_status sfd_coco_write(sfd_annotations *a, FILE *f, sfd_error *err);
sfd_status sfd_coco_vid_write(sfd_annotations *a, FILE *f, sfd_error *err);

#endif
