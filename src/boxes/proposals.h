/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes by video and keyframe. The collection knows nothing of file formats: a reader
 * (proposals_csv.c) starts one, adds boxes and finishes it. */
#ifndef SFD_BOXES_PROPOSALS_H
#define SFD_BOXES_PROPOSALS_H

#include <sfdet/detect.h>

typedef struct sfd_proposed_box {
    double timestamp_s;
    sfd_box_norm box;
    double score;
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

/* For readers. `origin` is what messages call the source. */
sfd_status sfd_proposals_begin(sfd_proposals **out, const char *origin,
                               const char *const *video_ids, size_t n_video_ids,
                               double box_threshold, sfd_error *err);
/* Whether boxes of this video are wanted; also notes the id for sfd_proposals_find's message. */
bool sfd_proposals_wants(sfd_proposals *p, const char *video_id, size_t length);
/* Adds a box of the video last asked for, unless its score is below the threshold. The texts are
 * copied; corners[4] are joined with commas. */
sfd_status sfd_proposals_add(sfd_proposals *p, double timestamp_s, const sfd_box_norm *box,
                             double score, const char *timestamp_text, const char *const corners[4],
                             sfd_error *err);
/* The end of reading, with its status so far: sorts, merges boxes spelled alike, groups by
 * timestamp and hands p out, or frees it and gives the status back. */
sfd_status sfd_proposals_finish(sfd_proposals **out, sfd_proposals *p, sfd_status status,
                                sfd_error *err);

#endif
