/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * How well scores of classes agree with labels: top-k accuracy and mean average precision, as
 * PySlowFast's test meter counts them. */
#ifndef SFDET_ACCURACY_H
#define SFDET_ACCURACY_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Scores and labels of videos that have been added. It keeps all scores: 4 bytes a class and
 * video. */
typedef struct sfd_accuracy sfd_accuracy;

/** What they come to. Shares are NaN where there is nothing to take a share of. */
typedef struct sfd_accuracy_result {
    size_t n_videos;            /**< that were added */
    bool single;                /**< each has one label */
    double top1;                /**< share of videos whose label scores best; NaN unless single */
    double top5;                /**< share of those whose label is among the best five; the same */
    double class_mean;          /**< mean of class_top1 over classes that have videos; the same */
    double map;                 /**< mean of class_ap over classes that have videos */
    int n_classes;              /**< length of the lists */
    size_t n_present;           /**< classes that have videos */
    const size_t *class_videos; /**< [n_classes] videos with that label */
    const double *class_top1;   /**< [n_classes] share of them whose best score is that class's; NaN
                                   unless single */
    const double *class_ap;     /**< [n_classes] average precision of the videos by that class's
                                   score, videos of equal scores together */
    size_t reserved[4];         /**< room to grow, zero */
} sfd_accuracy_result;

/** Errors: SFD_ERR_ARG (n_classes below 1), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_accuracy_create(sfd_accuracy **out, int n_classes, sfd_error *err);
SFD_API void sfd_accuracy_free(sfd_accuracy *a); /**< takes NULL */

/** A video's scores [n_classes], which are numbers, and labels (n_labels >= 1, each 0 to n_classes
 * - 1). A class that scores as much as the label counts as better when its number is lower.
 * Errors: SFD_ERR_ARG, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_accuracy_add(sfd_accuracy *a, const float *scores, const int *labels,
                                    size_t n_labels, sfd_error *err);

/** The result so far; its lists are lent until the next call. Errors: SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_accuracy_get(sfd_accuracy *a, sfd_accuracy_result *result, sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
