/* SPDX-License-Identifier: Apache-2.0 */
/* Accuracy and mAP of whole videos in the views in which sfclassify looks at them. */
#ifndef SFD_TRAIN_VALIDATE_VIDEOS_H
#define SFD_TRAIN_VALIDATE_VIDEOS_H

#include "classify/views.h"
#include "train/params.h"
#include "train/samples.h"

#include <sfdet/train.h>

/* Looks at videos in the model's views. The caller frees it before the model. */
sfd_status sfd_open_video_views(sfd_video_classifier **out, const sfd_model *model,
                                const sfd_train_settings *settings, sfd_error *err);

/* Runs it on every video, read from the files; `what` is told as progress. scores
 * [n][n_classes]; features (NULL: not wanted) [n] videos with sfd_video_classifier_rows' rows.
 * Errors: as sfd_video_classifier_run. */
sfd_status sfd_run_videos(sfd_video_classifier *c, const char *what, float *scores, float *features,
                          const sfd_samples *samples, const sfd_train_settings *settings,
                          sfd_error *err);

/* The same scores from features, by the classifier of `params`. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_project_videos(float *scores, const sfd_net *net, const sfd_params *params,
                              const sfd_samples *samples, const float *features,
                              const sfd_view_rows *views, sfd_error *err);

/* Scores [n][n_classes] against the labels: e->top1, e->top5, e->map. A video with a score that is
 * no number counts as missed. */
sfd_status sfd_score_videos(sfd_train_epoch *e, const sfd_samples *samples, const float *scores,
                            sfd_error *err);

#endif
