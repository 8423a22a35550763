/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes of one moment after another -> who is who, by ByteTrack's rule (Y. Zhang et al.,
 * "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022): boxes of high
 * score first, then those of low score for the tracks left over, both by IoU with where a Kalman
 * filter of constant velocity expects the person. */
#ifndef SFD_PERSONS_TRACKER_H
#define SFD_PERSONS_TRACKER_H

#include <sfdet/common.h>

#define SFD_NO_TRACK 0

typedef struct sfd_tracker sfd_tracker;

typedef struct sfd_tracker_settings {
    double step_s;      /* usual time between two moments */
    double high_score;  /* boxes from here on are matched first */
    double low_score;   /* boxes below are not looked at */
    double start_score; /* boxes from here on that match nobody start a track */
    double min_iou;     /* of the first association, of IoU times score */
    double min_iou_low; /* of the second one, IoU */
    double keep_s;      /* how long a track waits for a person who is hidden */
} sfd_tracker_settings;

typedef struct sfd_tracked_box {
    sfd_box_norm box;
    double score;
    int64_t track; /* out: 1, 2 ..., or SFD_NO_TRACK */
} sfd_tracked_box;

void sfd_tracker_settings_defaults(sfd_tracker_settings *s);

/* Errors: SFD_ERR_NOMEM. The caller destroys *out. */
sfd_status sfd_tracker_create(sfd_tracker **out, const sfd_tracker_settings *s, sfd_error *err);
void sfd_tracker_destroy(sfd_tracker *t); /* takes NULL */

/* The boxes of a moment later than all before: sets each box's track. A track that is seen once
 * only has a number as well; who lists tracks leaves it out. Errors: SFD_ERR_ARG (time does not
 * rise), SFD_ERR_NOMEM. */
sfd_status sfd_tracker_update(sfd_tracker *t, double time_s, sfd_tracked_box *boxes, size_t n,
                              sfd_error *err);

#endif
