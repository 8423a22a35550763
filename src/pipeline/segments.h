/* SPDX-License-Identifier: Apache-2.0 */
/* From one person's scores at keyframes to segments. A keyframe stands for the time around it, half
 * a step to each side. */
#ifndef SFD_PIPELINE_SEGMENTS_H
#define SFD_PIPELINE_SEGMENTS_H

#include <sfdet/segments.h>

typedef struct sfd_segments {
    sfd_segment *items;
    size_t n, n_alloc;
} sfd_segments;

/* A person's keyframes at times_s[n] in rising order, scores[n] pointing to n_classes each. */
typedef struct sfd_course {
    const char *video_id;
    int64_t person_id;
    size_t n;
    const double *times_s;
    const float *const *scores;
    int n_classes;
    const int *class_ids; /* [n_classes], -1 for the background, which has no segments */
} sfd_course;

/* Appends the person's segments by class and time. `s` has a step. Errors: SFD_ERR_NOMEM (list
 * unchanged). */
sfd_status sfd_segments_add(sfd_segments *list, const sfd_segment_settings *s,
                            const sfd_course *course, sfd_error *err);

/* By start, then person, then action: as people read them. */
void sfd_segments_sort_by_time(sfd_segment *items, size_t n);

#endif
