/* SPDX-License-Identifier: Apache-2.0 */
/* Models looked through by other views than the configured one. */
#ifndef SFD_DETECT_VIEWS_H
#define SFD_DETECT_VIEWS_H

#include "input/input.h"

#include <sfdet/model.h>

/* The configured view, of whole pictures, with another short side (0: its own). Errors: SFD_ERR_ARG
 * (32 to 4096 pixels are possible), SFD_ERR_UNSUPPORTED (the configuration fixes both sides). */
sfd_status sfd_model_view(const sfd_model *m, int short_side, sfd_view *out, sfd_error *err);

/* As sfd_model_input_size and sfd_model_map_boxes, in such a view. */
void sfd_model_view_size(const sfd_model *m, const sfd_view *v, int width, int height,
                         int *in_width, int *in_height);
void sfd_model_view_boxes(const sfd_model *m, const sfd_view *v, int width, int height,
                          const sfd_box_norm *boxes, size_t n, sfd_box_px *out);

/* One of the views of a clip. */
typedef struct sfd_clip_view {
    const sfd_clip_pictures *pictures;
    sfd_view view;      /* of the pictures, which it does not scale; its size is the state's */
    const float *sound; /* [n_sound] of sfd_model_info; NULL where the network does not listen */
    const float *heard; /* [n_steps][n_mels] in its place: what the network is let hear of it */
} sfd_clip_view;

/* sfd_state_run of a view: boxes in its pixels, scores as there. */
sfd_status sfd_state_run_view(sfd_state *s, const sfd_clip_view *v, const sfd_box_px *boxes,
                              size_t n_boxes, float *scores, sfd_error *err);

#endif
