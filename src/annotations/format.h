/* SPDX-License-Identifier: Apache-2.0 */
/* What a format of annotations is: a struct of functions. formats.c lists them; adding one is a
 * file in formats/ and a line there. */
#ifndef SFD_ANNOTATIONS_FORMAT_H
#define SFD_ANNOTATIONS_FORMAT_H

#include "annotations/set.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* A file to read, and what is known of it already. */
typedef struct sfd_annotation_input {
    const char *path;
    const unsigned char *head; /* [n_head] its beginning, with a final zero behind */
    size_t n_head;
    bool is_folder; /* nothing else is known then */
    cJSON *json;    /* of a file that is one JSON document; else NULL */
} sfd_annotation_input;

typedef struct sfd_format {
    sfd_annotation_format info;
    bool of_folder; /* files of a folder together */
    /* Whether the content is of this format. NULL: cannot be found out. */
    bool (*matches)(const sfd_annotation_input *in);
    /* Adds what is there; the set is settled behind it. */
    sfd_status (*read)(sfd_annotations *a, const sfd_annotation_input *in, sfd_error *err);
    /* Writes a settled set. What does not fit is counted in a->tally. */
    sfd_status (*write)(sfd_annotations *a, FILE *f, sfd_error *err);
} sfd_format;

extern const sfd_format sfd_format_ava, sfd_format_jsonl, sfd_format_cvat, sfd_format_cvat_images,
    sfd_format_via, sfd_format_mot, sfd_format_coco, sfd_format_coco_vid, sfd_format_tubes,
    sfd_format_proposals, sfd_format_label_studio, sfd_format_yolo;

/* -- for writers */

/* For formats of one video: the set's only one. Errors: SFD_ERR_MISMATCH. */
sfd_status sfd_format_only_video(sfd_annotations *a, sfd_labelled_video **out, const char *format,
                                 sfd_error *err);
/* Counts what a format of boxes without actions loses. */
void sfd_format_drop_actions(sfd_annotations *a, const sfd_person_box *b);
/* Counts scores that a format has no place for. */
void sfd_format_drop_scores(sfd_annotations *a, const sfd_person_box *b);

#endif
