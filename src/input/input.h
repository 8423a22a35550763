/* SPDX-License-Identifier: Apache-2.0 */
/* What a network is shown of a clip: a description for each pathway, made once from the
 * configuration and read by the network's builder, by inference and by training alike. */
#ifndef SFD_INPUT_INPUT_H
#define SFD_INPUT_INPUT_H

#include "config/config.h"
#include "input/sound.h"
#include "input/view.h"

#define SFD_MAX_VIEWS 1

typedef struct sfd_transform sfd_transform; /* input/transform.h */

/* The input tensor of one pathway, [n_frames][height / shrink][width / shrink][channels] of a view
 * of width x height: each of its pixels is the mean of shrink x shrink (a last row and column that
 * do not fill one are left out). */
typedef struct sfd_pathway_input {
    int n_frames, channels, shrink;
    uint16_t frames[SFD_MAX_CLIP_FRAMES]; /* [n_frames] entries of the clip */
    const sfd_transform *transform;       /* of RGB pixels to the channels */
    bool bgr;                             /* three channels are those of B, G, R */
    float values[256][3]; /* byte -> (v / 255 - mean) / std of R, G, B, or its share of the gray */
} sfd_pathway_input;

typedef struct sfd_input {
    int n_pathways;
    sfd_pathway_input pathways[SFD_MAX_PATHWAYS];
    sfd_sound_input sound;
    int n_views;
    sfd_view views[SFD_MAX_VIEWS]; /* in which a clip is tested */
} sfd_input;

/* The configuration has been checked. */
void sfd_input_make(sfd_input *in, const sfd_net_config *c);

/* The pictures of a clip: RGB of one size, 8-bit or, as resizing without rounding makes them,
 * floats of 0 to 255 that no view scales. */
typedef struct sfd_clip_pictures {
    const uint8_t *const *rgb; /* [num_frames]; one pointer may occur several times */
    int width, height;
    size_t stride_bytes;
    const float *const *floats; /* [num_frames][height][width][3] in the place of rgb; else NULL */
} sfd_clip_pictures;

/* How values become bytes, where tensors are of bytes: y[i] = x[i] * factor + zero, rounded. */
typedef struct sfd_input_bytes {
    void (*convert)(uint8_t *restrict y, const float *restrict x, float factor, float zero,
                    size_t n);
    float factor, zero;
} sfd_input_bytes;

/* Fills entry i of a pathway's tensor, floats or (`bytes`, else NULL) bytes. The view's size is not
 * 0, its crop within the scaled picture. */
void sfd_input_fill(const sfd_pathway_input *in, int i, const sfd_clip_pictures *clip,
                    const sfd_view *view, const sfd_input_bytes *bytes, void *out);

#endif
