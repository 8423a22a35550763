/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes by video and keyframe. The collection knows nothing of file formats: a reader
 * (proposals_csv.c) starts one, adds boxes and finishes it. */
#ifndef SFD_BOXES_PROPOSALS_H
#define SFD_BOXES_PROPOSALS_H

#include "base/bad_rows.h"

#include <sfdet/detect.h>

typedef struct sfd_proposed_box {
    double timestamp_s;
    sfd_box_norm box;
    double score;
    int64_t person_id;
    bool has_person_id;
    bool undecided;             /* the score may be a person id: see sfd_proposals_settle */
    bool apart;                 /* no row for one of its labels: an equal one is somebody else */
    const char *timestamp_text; /* as spelled in the file */
    const char *box_text;       /* "x1,y1,x2,y2" as spelled in the file */
    size_t order;               /* of appearance */
} sfd_proposed_box;

typedef struct sfd_proposed_keyframe {
    double timestamp_s;
    size_t n_boxes;
    const sfd_proposed_box *boxes; /* in order of first appearance */
} sfd_proposed_keyframe;

typedef struct sfd_proposed_video {
    const char *video_id;
    size_t n_keyframes;
    const sfd_proposed_keyframe *keyframes; /* in rising order of timestamps */
} sfd_proposed_video;

/* Errors: SFD_ERR_MISMATCH when the video has no box, saying which videos have. The result is owned
 * by the proposals. */
sfd_status sfd_proposals_find(sfd_proposed_video *out, const sfd_proposals *p, const char *video_id,
                              sfd_error *err);

/* sfd_proposals_read for csv text in memory, `name` standing for the path in messages. */
sfd_status sfd_proposals_parse(sfd_proposals **out, const char *name, const void *data,
                               size_t n_bytes, const char *const *video_ids, size_t n_video_ids,
                               const sfd_proposals_settings *settings, sfd_error *err);

/* ---- for readers */

/* `origin` is what messages call the source. */
sfd_status sfd_proposals_begin(sfd_proposals **out, const char *origin,
                               const char *const *video_ids, size_t n_video_ids,
                               const sfd_proposals_settings *settings, sfd_error *err);

/* Whether boxes of this video are wanted; also notes the id for sfd_proposals_find's message. */
bool sfd_proposals_wants(sfd_proposals *p, const char *video_id, size_t length);
/* The source speaks of this video, be there boxes or not. */
void sfd_proposals_name(sfd_proposals *p, const char *video_id, size_t length);
/* As sfd_proposals_wants, without noting anything. */
bool sfd_proposals_has(const sfd_proposals *p, const char *video_id);

/* Where readers count their rows; its warnings go to the settings' on_warning. */
sfd_bad_rows *sfd_proposals_rows(sfd_proposals *p);

/* The file's rows that are not read: wanted videos have theirs counted by sfd_proposals_add. */
sfd_proposals_counts *sfd_proposals_counting(sfd_proposals *p);

typedef struct sfd_box_to_add {
    double timestamp_s, score;
    sfd_box_norm box;
    int64_t person_id;
    bool has_person_id; /* of undecided boxes: where the score is one */
    bool cut;           /* clipped to the picture */
    bool undecided;     /* the score may be a person id, which is person_id then */
    bool apart;         /* of a format that has a person's box once */
    const char *timestamp_text;
    const char *corners[4]; /* as spelled, joined with commas where the box was not cut */
} sfd_box_to_add;

/* Adds a box of the video last asked for, unless its score is below the threshold. The texts are
 * copied. */
sfd_status sfd_proposals_add(sfd_proposals *p, const sfd_box_to_add *box, sfd_error *err);

/* What the undecided scores are: ids of persons, which are kept and whose boxes then score 1, or
 * scores. */
void sfd_proposals_settle(sfd_proposals *p, bool are_ids);

/* The end of reading, with its status so far: sorts, merges boxes spelled alike, groups by
 * timestamp and hands p out, or frees it and gives the status back. */
sfd_status sfd_proposals_finish(sfd_proposals **out, sfd_proposals *p, sfd_status status,
                                sfd_error *err);

#endif
