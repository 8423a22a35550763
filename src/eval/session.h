/* SPDX-License-Identifier: Apache-2.0 */
/* What an evaluation holds: dialect rules, frames, rows. */
#ifndef SFD_EVAL_SESSION_H
#define SFD_EVAL_SESSION_H

#include "base/ava_row.h"
#include "base/labels.h"
#include "eval/frames.h"

#include <sfdet/eval.h>

/* How the public evaluators differ; docs/evaluation.md explains each. */
typedef struct sfd_rules {
    const char *name;
    bool decimal_keys;      /* timestamps rounded to 6 decimals, not integers; two-column rows */
    bool truth_has_scores;  /* the truth's 8th column is read as a score */
    bool score_required;    /* detections must have an 8th column */
    bool limited;           /* rows of a frame go through a heap, the detections' of 50 entries */
    bool sorted;            /* rows of a frame by falling score, else in file order */
    bool truth_frames_only; /* detections on frames that the truth does not mention are ignored */
    bool truth_order;       /* frames in the order of the truth, only those with truth boxes */
    bool keeps_flat_boxes;  /* detections without area are false positives; inverted ones fail */
    bool float32;           /* boxes, areas and the ranked scores */
    bool counts_excluded;   /* truth on excluded frames still counts as missed */
    bool skips_undetected;  /* a class without detections is undefined, not 0 */
    bool needs_truth;       /* a truth without boxes fails */
} sfd_rules;

#define SFD_FRAME_LIMIT 50

const sfd_rules *sfd_eval_rules(sfd_eval_dialect dialect);

typedef struct sfd_row {
    sfd_box_norm box; /* rounded to float32 where the dialect does */
    double score;
    uint32_t frame;
    uint32_t line; /* in the file, 0 for rows from memory */
    int label;
} sfd_row;

/* First row of a kind, for warnings. */
typedef struct sfd_sighting {
    size_t n;
    uint64_t line;
    double value;
} sfd_sighting;

typedef struct sfd_rows {
    char *path; /* for messages */
    sfd_row *items;
    size_t n, n_alloc;
    size_t n_read, n_frame_only, n_off_list;
    sfd_sighting pixels;      /* coordinates far outside 0..1 */
    sfd_sighting inverted;    /* boxes without area */
    sfd_sighting no_action;   /* labels that no AVA list has */
    sfd_sighting two_columns; /* rows of frames alone that the dialect's original refuses */
    sfd_sighting idle;        /* rows of the truth without an action, which it refuses, too */
    sfd_ava_tolerated tolerated;
    long long *unlisted; /* distinct labels that are not on the list, rising */
    size_t n_unlisted, n_unlisted_alloc;
} sfd_rows;

struct sfd_eval {
    const sfd_rules *rules;
    bool python_O, strict;
    sfd_label_map labels;
    sfd_frames frames;
    char *exclusions_path; /* NULL: none read from a file */
    sfd_ava_tolerated exclusions_tolerated;
    sfd_rows truth;
};

struct sfd_eval_detections {
    sfd_rows rows;
};

/* A keyframe of the truth in which nobody does anything: detections there are wrong. Errors:
 * SFD_ERR_NOMEM, and those of ids and timestamps. */
sfd_status sfd_eval_add_frame(sfd_eval *e, const char *video_id, double timestamp_s,
                              sfd_error *err);
/* Appends a row with a listed label. */
sfd_status sfd_rows_add(sfd_rows *rows, const sfd_eval *e, const sfd_row *row, sfd_error *err);
void sfd_rows_free(sfd_rows *rows);

/* Is a label on the list? Labels of any size. */
bool sfd_eval_listed(const sfd_eval *e, long long label);

/* Counts a row whose label is not on the list. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_rows_add_unlisted(sfd_rows *rows, long long label, sfd_error *err);

void sfd_sight(sfd_sighting *s, uint64_t line, double value);

/* Notes a row's oddities, also of one that will be dropped. */
void sfd_rows_note(sfd_rows *rows, const sfd_eval *e, const sfd_box_norm *box, long long label,
                   uint64_t line);

#endif
