/* SPDX-License-Identifier: Apache-2.0 */
/* Accuracy and mAP of whole videos in the views in which sfclassify looks at them. */
#ifndef SFD_TRAIN_VALIDATE_VIDEOS_H
#define SFD_TRAIN_VALIDATE_VIDEOS_H

#include "train/samples.h"

#include <sfdet/train.h>

struct sfd_model;

/* Runs the model on every video, in its configuration's views, read from the files. Errors: as
 * sfd_video_classifier_run. */
sfd_status sfd_validate_videos(sfd_train_epoch *e, const struct sfd_model *model,
                               const sfd_samples *samples, const sfd_train_settings *settings,
                               sfd_error *err);

/* Scores [n_boxes][n_classes], one box a video, against the labels: e->top1, e->top5, e->map. A
 * video with a score that is no number counts as missed. */
sfd_status sfd_score_videos(sfd_train_epoch *e, const sfd_samples *samples, const float *scores,
                            sfd_error *err);

#endif
