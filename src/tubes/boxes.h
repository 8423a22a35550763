/* SPDX-License-Identifier: Apache-2.0 */
/* Detections in frames, read from csv, JSON lines, MOT csv and MMAction2's dumped results. */
#ifndef SFD_TUBES_BOXES_H
#define SFD_TUBES_BOXES_H

#include "base/bad_rows.h"
#include "tubes/truth.h"

#include <sfdet/eval_tubes.h>

#define SFD_NO_PERSON      INT64_MIN
#define SFD_LABELS_AS_TOLD (-1)

/* A box with one label. All numbers have passed through float32, as the original's tensors. */
typedef struct sfd_tube_box {
    size_t video, label; /* places in the truth's lists; while reading, the label as in the file */
    int64_t frame, person;
    float corner[4]; /* pixels; of what unit the truth has */
    double score;
    size_t order; /* in the file */
} sfd_tube_box;

/* Zero-initialised but for what is before `boxes`. */
typedef struct sfd_tube_boxes {
    const char *path; /* for messages */
    const sfd_tube_truth *truth;
    const sfd_eval_tube_settings *settings;
    sfd_bad_rows bad;
    sfd_tube_box *boxes;
    size_t n, n_alloc;
    bool unlabelled; /* MOT's: who is where, not what is done */
    int labels_from; /* the file's first label, or as the settings say */
    bool has_label_0;
    size_t n_foreign_videos; /* boxes left out: of videos that the truth does not have */
    size_t n_foreign_labels; /* ... of labels that it does not have */
    sfd_error foreign;       /* about the first of them */
} sfd_tube_boxes;

void sfd_tube_boxes_free(sfd_tube_boxes *b);

/* Files are told apart by content. Errors: SFD_ERR_IO, SFD_ERR_FORMAT, SFD_ERR_MISMATCH,
 * SFD_ERR_UNSUPPORTED, SFD_ERR_NOMEM. */
sfd_status sfd_tube_boxes_read(sfd_tube_boxes *b, sfd_error *err);

/* -- for the readers of the formats; a status other than SFD_OK of these ends the reading but for
 * SFD_ERR_FORMAT, which tells of a bad row (in `row_err`) */

/* The video of that name, ".mp4" and what follows left out; false: a foreign one, counted. */
bool sfd_tube_boxes_video(sfd_tube_boxes *b, const char *name, size_t n_boxes, size_t *video);
/* A timestamp's frame. Errors: SFD_ERR_FORMAT. */
sfd_status sfd_tube_boxes_frame(const sfd_tube_boxes *b, double timestamp, int64_t *frame,
                                sfd_error *row_err);
/* Adds a box in fractions of the picture, or in pixels; `box->label` may be a foreign one. Errors:
 * SFD_ERR_FORMAT (not finite), SFD_ERR_NOMEM. */
sfd_status sfd_tube_boxes_add(sfd_tube_boxes *b, const sfd_tube_box *box, const double corner[4],
                              bool pixels, sfd_error *row_err);

/* Once all are read, makes their labels places in the truth's list and drops foreign ones. */
void sfd_tube_boxes_settle_labels(sfd_tube_boxes *b);

/* Leaves of each box's rows the one with the best score, the first label among equals. */
void sfd_tube_boxes_keep_best(sfd_tube_boxes *b);

sfd_status sfd_tube_boxes_read_csv(sfd_tube_boxes *b, const char *text, size_t n, sfd_error *err);
sfd_status sfd_tube_boxes_read_json(sfd_tube_boxes *b, const char *text, size_t n, sfd_error *err);
sfd_status sfd_tube_boxes_read_dump(sfd_tube_boxes *b, sfd_error *err);

#endif
