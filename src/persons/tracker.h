/* SPDX-License-Identifier: Apache-2.0 */
/* Person boxes of one moment after another -> who is who, by ByteTrack's rule (Y. Zhang et al.,
 * "ByteTrack: Multi-Object Tracking by Associating Every Detection Box", ECCV 2022): boxes of high
 * score first, then those of low score for the tracks left over, both by IoU with where a Kalman
 * filter of constant velocity expects the person. Looks, where they are known, weigh in both, and
 * bring those back who were hidden longer, as in BoT-SORT (N. Aharon, R. Orfaig, B.-Z. Bobrovsky,
 * 2022), whose looks are a network's features and not colours. */
#ifndef SFD_PERSONS_TRACKER_H
#define SFD_PERSONS_TRACKER_H

#include "persons/look.h"

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
    double remember_s;  /* how long one is known again by look alone */
    /* A pair of the first association costs what its overlap lacks, and so much of the looks'
     * unlikeness, 0..1, of what it has more than that with the most alike of all known persons, and
     * of the IoU with a box that scores better. */
    double look_weight, other_weight, double_weight;
    double max_cost; /* of a pair; also what it costs to leave a track and a box alone */
    /* At most this unlike are boxes of the second association; persons who are known again by look
     * alone. */
    double max_unlike_low, max_unlike_again;
} sfd_tracker_settings;

typedef struct sfd_tracked_box {
    sfd_box_norm box;
    double score;
    const sfd_look *look; /* of this moment's scene; NULL: not known */
    int64_t track;        /* out: 1, 2 ..., or SFD_NO_TRACK */
} sfd_tracked_box;

void sfd_tracker_settings_defaults(sfd_tracker_settings *s);

/* Errors: SFD_ERR_NOMEM. The caller destroys *out. */
sfd_status sfd_tracker_create(sfd_tracker **out, const sfd_tracker_settings *s, sfd_error *err);
void sfd_tracker_destroy(sfd_tracker *t); /* takes NULL */

/* Moments after a track's first one at which it may be seen again. Seen once until then it never
 * will be, and was perhaps nobody. */
#define SFD_TRACKER_PATIENCE 2

/* The boxes of a moment later than all before: sets each box's track, once and for all. New tracks
 * have rising numbers in the order of boxes, those seen once only as well: who lists tracks leaves
 * these out. Errors: SFD_ERR_ARG (time does not
 * rise), SFD_ERR_NOMEM. */
sfd_status sfd_tracker_update(sfd_tracker *t, double time_s, sfd_tracked_box *boxes, size_t n,
                              sfd_error *err);

/* Whether a later box may be given to a track. */
bool sfd_tracker_remembers(const sfd_tracker *t, int64_t number);

#endif
