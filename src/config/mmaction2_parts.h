/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an MMAction2 config that describe a detector and what it is shown. */
#ifndef SFD_CONFIG_MMACTION2_PARTS_H
#define SFD_CONFIG_MMACTION2_PARTS_H

#include "config/mmaction2_values.h"

/* How many of the clip's frames there are for each of the network's: the slow pathway sees every
 * resample_rate-th; 1 for one-pathway networks. */
void sfd_mm_read_backbone(sfd_mm_reader *r, const sfd_py *backbone, int *resample_rate);
void sfd_mm_read_roi_head(sfd_mm_reader *r, const sfd_py *roi_head);
/* What the backbone that was read puts out. */
int sfd_mm_backbone_channels(const sfd_net_config *c);
void sfd_mm_read_cls_head(sfd_mm_reader *r, const sfd_py *head); /* behind the backbone */
/* A recogniser's: before version 1 it told how clips are averaged. NULL is fine. */
void sfd_mm_read_test_cfg(sfd_mm_reader *r, const sfd_py *dict);

/* What the pipeline says of a clip; 0 where it says nothing. */
typedef struct sfd_mm_clip {
    int n_frames, interval;
    int crop; /* side */
    bool resized, normalised;
} sfd_mm_clip;

/* Steps of recognisers' pipelines, and what the views of a video then are. */
void sfd_mm_read_sample_frames(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip);
void sfd_mm_read_crop(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip, int n_crops);
void sfd_mm_use_crops(sfd_mm_reader *r, const sfd_mm_clip *clip);

/* Recognisers of sound: whether a model is one; it; a step of its pipeline, false where it is none
 * that sound goes through; and what its clips then are, or are assumed to be. */
bool sfd_mm_is_listener(const sfd_py *model);
void sfd_mm_read_listener(sfd_mm_reader *r, const sfd_py *model);
bool sfd_mm_read_sound_step(sfd_mm_reader *r, const sfd_py *step, sfd_mm_clip *clip);
void sfd_mm_use_sound_clip(sfd_mm_reader *r, const sfd_mm_clip *clip);

/* A norm_cfg of one of the types `aux` (NULL: those over maps with time), whether there is one into
 * a bool; a conv_cfg or act_cfg that is of type `aux`. */
sfd_mm_read sfd_mm_norm, sfd_mm_layer;

/* The pipeline that test pictures go through, and the data set that they are of. */
void sfd_mm_read_data(sfd_mm_reader *r, const sfd_py *module, sfd_mm_clip *clip);

#endif
