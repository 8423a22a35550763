/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of person boxes, for files and for reading back. */
#ifndef SFD_PIPELINE_BOX_WRITER_H
#define SFD_PIPELINE_BOX_WRITER_H

#include <sfdet/persons.h>

#include <stdio.h>

void sfd_write_box_rows(FILE *f, const sfd_found_keyframe *k);

#endif
