/* SPDX-License-Identifier: Apache-2.0 */
/* Segments in the formats of csv readers, players and annotation tools. */
#ifndef SFD_PIPELINE_SEGMENT_FILES_H
#define SFD_PIPELINE_SEGMENT_FILES_H

#include <sfdet/labels.h>
#include <sfdet/segments.h>
#include <stdio.h>

/* All that is to be told. */
typedef struct sfd_segment_list {
    const sfd_segment *items; /* by video, then start */
    size_t n;
    const sfd_labels *labels;
    double offset_s;        /* timestamp of the first frame */
    const char *video_path; /* NULL: not known */
} sfd_segment_list;

typedef struct sfd_segment_format {
    const char *extension; /* ".csv" */
    bool one_video;
    /* Errors of the stream show later. Errors: SFD_ERR_NOMEM. */
    sfd_status (*write)(FILE *f, const sfd_segment_list *list, sfd_error *err);
} sfd_segment_format;

/* By the extension of a path, in any case of letters; NULL: none has it. */
const sfd_segment_format *sfd_segment_format_of(const char *path);

sfd_status sfd_segments_write_eaf(FILE *f, const sfd_segment_list *list, sfd_error *err);
sfd_status sfd_segments_write_tsv(FILE *f, const sfd_segment_list *list, sfd_error *err);

#endif
