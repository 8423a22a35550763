/* SPDX-License-Identifier: Apache-2.0 */
/* From a person's scores at keyframes to what the person did from when to when.
 *
 * A keyframe stands for the time around it, half a step to each side. Scores are averaged over
 * neighbouring keyframes; a segment begins where the mean reads `on` or more and lasts while it is
 * `off` or more; short gaps are filled, then short segments dropped. */
#ifndef SFD_DETECT_SEGMENTS_H
#define SFD_DETECT_SEGMENTS_H

#include <sfdet/common.h>

typedef struct sfd_segment_settings {
    double step_s;   /* between keyframes */
    double smooth_s; /* scores are averaged over keyframes at most so far away; 0: not */
    double on, off;  /* off <= on */
    double max_gap_s;
    double min_length_s;
} sfd_segment_settings;

typedef struct sfd_segment {
    int64_t track;
    int output; /* of the network: action id less the label offset */
    double start_s, end_s;
    double score; /* mean of its keyframes' */
} sfd_segment;

typedef struct sfd_segments {
    sfd_segment *items; /* of each track by output and time */
    size_t n, n_alloc;
} sfd_segments;

/* One keyframe a second: averaged over its neighbours, on at 0.5, off at 0.3, gaps of 2 s filled,
 * at least 1 s. */
void sfd_segment_settings_defaults(sfd_segment_settings *s);

/* Appends the segments of a track: keyframes at times_s[n] in rising order with scores
 * [n][n_classes]. Errors: SFD_ERR_NOMEM (list unchanged). */
sfd_status sfd_segments_add_track(sfd_segments *list, const sfd_segment_settings *settings,
                                  int64_t track, const double *times_s, const float *scores,
                                  size_t n, int n_classes, sfd_error *err);
void sfd_segments_free(sfd_segments *list);

/* By start, then track, then output: as people read them. */
void sfd_segments_sort_by_time(sfd_segments *list);

#endif
