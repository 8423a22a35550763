/* SPDX-License-Identifier: Apache-2.0 */
/* Names and times as files of segments hold them. */
#ifndef SFD_PIPELINE_SEGMENT_TEXT_H
#define SFD_PIPELINE_SEGMENT_TEXT_H

#include "base/decimal.h"

#include <sfdet/labels.h>
#include <stdio.h>

/* A name of the list, or "action 12" in `text`. */
const char *sfd_segment_name(char text[SFD_DECIMAL_CHARS], const sfd_labels *labels, int id);

/* A text on one line, with the entities of XML, which are WebVTT's as well; what neither allows
 * becomes '?'. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_write_xml_text(FILE *f, const char *text, sfd_error *err);

/* Milliseconds since the video's start, 0 to the greatest that annotation tools hold. */
uint32_t sfd_segment_ms(double time_s, double offset_s);

#endif
