/* SPDX-License-Identifier: Apache-2.0 */
/* What the two layouts of CVAT's XML 1.1 share (docs.cvat.ai, "XML annotation format"). */
#ifndef SFD_ANNOTATIONS_FORMATS_CVAT_H
#define SFD_ANNOTATIONS_FORMATS_CVAT_H

#include "annotations/set.h"

#include <stdio.h>

/* How actions are attributes of the label "person": those of a group are values of one choice, as
 * long as nobody does two of them at a time; every other is a checkbox of its own. */
typedef struct sfd_cvat_labels {
    const sfd_annotations *a;
    bool *checkbox;      /* [labels] */
    const char **groups; /* [n_groups] the choices, in order of appearance */
    size_t n_groups;
} sfd_cvat_labels;

/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_cvat_labels_make(sfd_cvat_labels *l, const sfd_annotations *a, sfd_error *err);
void sfd_cvat_labels_free(sfd_cvat_labels *l);

/* <?xml ...><annotations> with version and meta. `mode` is "interpolation" or "annotation"; v NULL:
 * the set's pictures. */
void sfd_cvat_put_head(FILE *f, const sfd_cvat_labels *l, const char *mode,
                       const sfd_labelled_video *v, int64_t n_frames);
/* <attribute> elements of a box. */
void sfd_cvat_put_attributes(FILE *f, const sfd_cvat_labels *l, const sfd_person_box *b);
/* xtl="..." ytl="..." xbr="..." ybr="..." */
void sfd_cvat_put_corners(FILE *f, const double corner[4]);

/* A text as content or attribute of XML. */
void sfd_xml_put(FILE *f, const char *text);

bool sfd_cvat_matches(const unsigned char *head);
/* Reads either layout. */
sfd_status sfd_cvat_read(sfd_annotations *a, const char *path, sfd_error *err);

#endif
