/* SPDX-License-Identifier: Apache-2.0 */
/** @file
 * What another precision, another file or another way to compute does to the scores of the same
 * boxes. */
#ifndef SFDET_COMPARE_H
#define SFDET_COMPARE_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Two scores of a class, over all boxes. */
typedef struct sfd_comparison_class {
    int id;             /**< of the class */
    double largest;     /**< difference of the scores, absolute */
    double mean;        /**< the same */
    size_t n_above_a;   /**< scores of A at the threshold or above */
    size_t n_above_b;   /**< scores of B there */
    size_t n_gained;    /**< there in B alone */
    size_t n_lost;      /**< there in A alone */
    size_t reserved[4]; /**< room to grow, zero */
} sfd_comparison_class;

/** Scores of A and of B side by side; freed by sfd_comparison_free(). */
typedef struct sfd_comparison {
    double threshold;        /**< at and above which a label counts as shown */
    size_t n_boxes;          /**< that both scored */
    double largest;          /**< difference of the scores of one label, absolute */
    double mean;             /**< the same, over all boxes and labels */
    size_t largest_box;      /**< box of the largest difference, the first one */
    int largest_id;          /**< its class */
    double rank_correlation; /**< Spearman's rho over all scores, equal scores sharing the mean of
                                their ranks; NaN where all scores of a side are equal */
    size_t n_above_a;        /**< labels at the threshold or above in A */
    size_t n_above_b;        /**< in B */
    size_t n_gained;         /**< in B alone */
    size_t n_lost;           /**< in A alone */
    double map_a;            /**< mAP of A, filled by the caller who knows the truth; else NaN */
    double map_b;            /**< the same of B */
    size_t n_classes;        /**< without the background */
    sfd_comparison_class *classes; /**< [n_classes], owned, in the order of the scores */
    size_t reserved[4];            /**< room to grow, zero */
} sfd_comparison;

/** Compares scores a and b, each [n_boxes][n_classes]; class_ids [n_classes] as in sfd_model_info,
 * -1 (the background) is left out. Nothing of the arguments is kept. *out is zeroed on failure.
 * Errors: SFD_ERR_ARG (a score that is not a number, no boxes, no classes, a threshold that is not
 * one), SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_compare_scores(sfd_comparison *out, const float *a, const float *b,
                                      size_t n_boxes, const int *class_ids, size_t n_classes,
                                      double threshold, sfd_error *err);
/** Frees what *c owns and zeroes it. Takes NULL. */
SFD_API void sfd_comparison_free(sfd_comparison *c);

/** All figures as one JSON object, NaN as null; "a" and "b" are the names. The file appears when it
 * is complete; "-" is stdout. Errors: SFD_ERR_IO, SFD_ERR_NOMEM. */
SFD_API sfd_status sfd_comparison_write_json(const sfd_comparison *c, const char *path,
                                             const char *name_a, const char *name_b,
                                             sfd_error *err);

#ifdef __cplusplus
}
#endif
#endif
