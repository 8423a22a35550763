/* SPDX-License-Identifier: Apache-2.0 */
/* From cached frames to the graph's input: random shift, scale, crop and flip of a sample. */
#ifndef SFD_TRAIN_INPUT_H
#define SFD_TRAIN_INPUT_H

#include "train/graph.h"
#include "train/samples.h"
#include "train/streams.h"

#define SFD_MAX_CROP 1024

/* What is drawn for one sample. */
typedef struct sfd_view {
    double time_s;     /* of the keyframe, from the video's start */
    bool flip;         /* left and right */
    double x, y, side; /* the crop, a square in the cached frames' pixels */
    double zoom;       /* network pixels per cached pixel */
} sfd_view;

typedef struct sfd_input {
    const sfd_net *net;
    double timestamp_offset_s;
    int crop;                /* side of the network's picture */
    int min_side, max_side;  /* short side of the picture from which the crop is taken */
    int max_shift;           /* of the keyframe, in steps of the sampling rate */
    int *slow_indices;       /* [num_frames] */
    float normalise[256][3]; /* byte -> value for R, G, B */
} sfd_input;

/* Errors: SFD_ERR_ARG (crop larger than the smallest side), SFD_ERR_NOMEM. Freed by sfd_input_free,
 * also after failure. */
sfd_status sfd_input_create(sfd_input *in, const sfd_net *net, double timestamp_offset_s,
                            int min_side, int max_side, int max_shift, sfd_error *err);
void sfd_input_free(sfd_input *in);

/* Of samples[i]: with a shifted keyframe, or anywhere in whole videos. */
sfd_view sfd_input_draw(const sfd_input *in, const sfd_samples *samples, size_t i,
                        sfd_random random);

/* Fills sample `slot` of the graph's input tensors. */
void sfd_input_fill(const sfd_input *in, const sfd_train_graph *g, size_t slot,
                    const sfd_frame_cache *frames, const sfd_view *view);

/* The box in the network's picture, clipped; false when less than a third of it is in the crop. */
bool sfd_input_map_box(const sfd_input *in, const sfd_frame_cache *frames, const sfd_view *view,
                       const sfd_box_norm *box, sfd_box_px *out);

#endif
