/* SPDX-License-Identifier: Apache-2.0 */
/* Frame mAP or accuracy of the present weights, by the inference path. */
#ifndef SFD_TRAIN_VALIDATE_H
#define SFD_TRAIN_VALIDATE_H

#include "train/validate_videos.h"

struct sfd_model;

/* A network for inference, quantised as it is to be. The caller frees *out. */
sfd_status sfd_params_to_model(struct sfd_model **out, const sfd_params *params, const sfd_net *net,
                               sfd_error *err);

/* Runs every sample through the network of `params` and scores the result: boxes (frames cached at
 * the test size) against settings->val_truth at IoU 0.5 into e->map, whole videos,
 * in all their views, as sfd_score_videos does. Errors: those of running and of sfd_eval_*. */
sfd_status sfd_validate(sfd_train_epoch *e, const sfd_net *net, const sfd_params *params,
                        const sfd_samples *samples, const sfd_train_settings *settings,
                        sfd_error *err);

/* Reads label list and truth as scoring will, so that their errors come before the training. */
sfd_status sfd_validate_check(const sfd_train_settings *settings, const char *class_list,
                              sfd_error *err);

/* RoI features of every box, [n_boxes][n_features], by the same path; of whole videos, to learn
 * from, the mean over the head's windows in the middle clip. */
sfd_status sfd_compute_features(float *features, const sfd_net *net, const sfd_params *params,
                                const sfd_samples *samples, const sfd_train_settings *settings,
                                sfd_error *err);

/* As sfd_validate from features, of whole videos sfd_run_videos' in `views`: only the classifier
 * runs. */
sfd_status sfd_validate_features(sfd_train_epoch *e, const sfd_net *net, const sfd_params *params,
                                 const sfd_samples *samples, const float *features,
                                 const sfd_view_rows *views, const sfd_train_settings *settings,
                                 sfd_error *err);

#endif
