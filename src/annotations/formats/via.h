/* SPDX-License-Identifier: Apache-2.0 */
/* What reading and writing of VIA 3 projects share (CodeDoc.md of VIA's sources). */
#ifndef SFD_ANNOTATIONS_FORMATS_VIA_H
#define SFD_ANNOTATIONS_FORMATS_VIA_H

#include "annotations/format.h"

/* Numbers of VIA's. */
enum { SFD_VIA_TEXT = 1, SFD_VIA_CHECKBOX, SFD_VIA_RADIO, SFD_VIA_SELECT };
enum { SFD_VIA_IMAGE = 2, SFD_VIA_VIDEO = 4 };
enum { SFD_VIA_RECTANGLE = 2 };

#define SFD_VIA_ALONE  "action"    /* the attribute of actions that are of no group */
#define SFD_VIA_PERSON "person_id" /* a text attribute */

sfd_status sfd_via_write(sfd_annotations *a, FILE *f, sfd_error *err);

#endif
