/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of sfd_video_classifier, for those who keep the features of a video's views and score them
 * with a classifier that changes. */
#ifndef SFD_CLASSIFY_VIEWS_H
#define SFD_CLASSIFY_VIEWS_H

#include "detect/head.h"

#include <sfdet/classify.h>

/* What the scores of a video's views come to. */
typedef struct sfd_view_sum {
    bool max; /* of a class the best view counts, else the mean */
    size_t n_classes, n_views;
    double *values; /* [n_classes], borrowed */
} sfd_view_sum;

/* scores: [n_classes] of one view more. */
void sfd_view_sum_add(sfd_view_sum *s, const float *scores);
void sfd_view_sum_get(const sfd_view_sum *s, float *scores);

/* How many views of a video there are, how many rows of so many features each has, and what
 * their scores come to. */
typedef struct sfd_view_rows {
    size_t n_views, n_rows, n_features;
    bool max; /* as in sfd_view_sum */
} sfd_view_rows;

/* Errors: those of running. */
sfd_status sfd_video_classifier_rows(sfd_view_rows *out, const sfd_video_classifier *c,
                                     sfd_error *err);

/* As sfd_video_classifier_run, with the features of all views besides: rows
 * [n_views][n_rows][n_features]. */
sfd_status sfd_video_classifier_run_rows(sfd_video_classifier *c, const sfd_listed_video *video,
                                         float *scores, float *rows, sfd_error *err);

#endif
