/* SPDX-License-Identifier: Apache-2.0 */
/* Random views of training samples: time, scale, crop and flip. */
#ifndef SFD_TRAIN_AUGMENT_H
#define SFD_TRAIN_AUGMENT_H

#include "backbone/net.h"
#include "train/samples.h"
#include "train/streams.h"
#include "train/train_graph.h"

/* What is drawn for one sample. */
typedef struct sfd_drawn_view {
    double time_s; /* of the keyframe, from the video's start */
    sfd_view view; /* of the cached frames */
} sfd_drawn_view;

typedef struct sfd_augment {
    const sfd_net *net; /* borrowed */
    double timestamp_offset_s;
    int crop;               /* side of the network's picture */
    int min_side, max_side; /* short side of the picture from which the crop is taken */
    int max_shift;          /* of the keyframe, in steps of the sampling rate */
} sfd_augment;

/* Errors: SFD_ERR_ARG (crop larger than the smallest side). */
sfd_status sfd_augment_init(sfd_augment *a, const sfd_net *net, double timestamp_offset_s,
                            int min_side, int max_side, int max_shift, sfd_error *err);

/* Of samples[i]: with a shifted keyframe, or anywhere in whole videos. */
sfd_drawn_view sfd_augment_draw(const sfd_augment *a, const sfd_samples *samples, size_t i,
                                sfd_random random);

/* Fills sample `slot` of the graph's input tensors, but where the frames cannot be read, which the
 * buffer's error tells. */
void sfd_augment_fill(const sfd_augment *a, const sfd_train_graph *g, size_t slot,
                      const sfd_frame_cache *frames, const sfd_drawn_view *drawn,
                      sfd_frame_buffer *buffer);

/* What one thread lets a network hear with. */
typedef struct sfd_ear {
    sfd_hearing *hearing; /* NULL: the network does not listen */
    float *samples;       /* of a clip */
} sfd_ear;

/* Freed by sfd_ear_free, also after failure. Errors: as sfd_hearing_create. */
sfd_status sfd_ear_create(sfd_ear *e, const sfd_sound_input *in, sfd_error *err);
void sfd_ear_free(sfd_ear *e);

/* Fills frame `frame` of the sound's tensor of sample `slot`, where there is one, with what is
 * heard around time_s. Errors: as sfd_sound_cache_read. */
sfd_status sfd_augment_hear(const sfd_augment *a, const sfd_train_graph *g, size_t slot, int frame,
                            const sfd_sound_cache *sound, double time_s, const sfd_ear *ear,
                            sfd_error *err);

/* A moment of a video of n_frames at which sound does not belong to the clip around time_s: its
 * clip begins at least gap_s before or after that one's. */
double sfd_augment_draw_wrong(const sfd_augment *a, int64_t n_frames, double time_s, double gap_s,
                              sfd_random *random);

/* The box in the network's picture, clipped; false when less than a third of it is in the crop. */
bool sfd_augment_map_box(const sfd_frame_cache *frames, const sfd_view *view,
                         const sfd_box_norm *box, sfd_box_px *out);

#endif
