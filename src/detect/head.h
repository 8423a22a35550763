/* SPDX-License-Identifier: Apache-2.0 */
/* From the pathways' res5 maps to scores: RoI head (detection) and classification head. */
#ifndef SFD_DETECT_HEAD_H
#define SFD_DETECT_HEAD_H

#include "config/config.h"
#include "kernels/kernels.h"

/* res5 of one pathway: [T][H][W] positions of `channels` floats, ld apart. */
typedef struct sfd_head_map {
    const float *x;
    int size[3]; /* T, H, W */
    int channels;
    size_t ld;
} sfd_head_map;

typedef struct sfd_head {
    const sfd_net_config *config; /* borrowed */
    const sfd_kernels *kernels;
    const float *weights; /* [num_classes][n_features], borrowed */
    const float *bias;    /* [num_classes], borrowed */
    int n_pathways, n_features;
} sfd_head;

/* Floats of `pooled` for one pathway: the time-pooled map [H][W][channels]. */
size_t sfd_head_pooled_floats(const sfd_head_map *map);

/* Pools over time (mean, or maximum with temporal_max) into pooled [H][W][channels]. */
void sfd_head_pool_time(const sfd_head *h, const sfd_head_map *map, float *pooled, int n_threads);

/* RoIAlign of every box on every pathway's pooled map and the maximum over its cells: features
 * [n_boxes][n_features], slow first, then the globally pooled ones where the model has them.
 * scratch [n_threads][n_features]. */
void sfd_head_roi_features(const sfd_head *h, const sfd_head_map *maps, float *const *pooled,
                           const sfd_box_px *boxes, size_t n_boxes, float *features, float *scratch,
                           int n_threads);

/* rows [n] of features -> logits [n][num_classes]. */
void sfd_head_project(const sfd_head *h, const float *features, size_t n, float *logits);

/* The head's activation on rows of num_classes values, in place. */
void sfd_head_activate(const sfd_head *h, float *rows, size_t n);

/* Classification: windows of the training crop's size slide over the map. Sizes of the result, 0
 * when the map is smaller than a window or the pathways' windows do not match. */
size_t sfd_head_n_windows(const sfd_head *h, const sfd_head_map *maps, int windows[3]);

/* Mean of every window: features [n_windows][n_features]. */
void sfd_head_window_features(const sfd_head *h, const sfd_head_map *maps, const int windows[3],
                              float *features, int n_threads);

/* Window logits [n_windows][num_classes] (overwritten) -> scores [num_classes]: activation per
 * window, then the mean; or the reverse with average_logits. */
void sfd_head_average(const sfd_head *h, float *logits, size_t n_windows, float *scores);

#endif
