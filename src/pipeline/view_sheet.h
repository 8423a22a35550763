/* SPDX-License-Identifier: Apache-2.0 */
/* A frame in all the sizes in which it is looked at: scaled pictures one above the other in one
 * picture, which wherever frames are kept stands for the frame. */
#ifndef SFD_PIPELINE_VIEW_SHEET_H
#define SFD_PIPELINE_VIEW_SHEET_H

#include "detect/views.h"
#include "media/picture.h"

#define SFD_MAX_SCALES 8

/* In which views keyframes are looked at. */
typedef struct sfd_detect_views {
    int n_scales; /* 0: the model's own */
    sfd_view scales[SFD_MAX_SCALES];
    bool mirrored_too; /* each once more, left and right exchanged */
} sfd_detect_views;

/* Where a video's frame lies in each scale. */
typedef struct sfd_view_sheet {
    int n;
    sfd_view views[SFD_MAX_SCALES];
    int width[SFD_MAX_SCALES], height[SFD_MAX_SCALES]; /* in pixels of the network */
    int top[SFD_MAX_SCALES];                           /* first row */
    int full_width, full_height;                       /* of the sheet */
} sfd_view_sheet;

/* For frames of width x height. `views` NULL: the model's own. */
void sfd_view_sheet_lay_out(sfd_view_sheet *s, const sfd_model *model,
                            const sfd_detect_views *views, int width, int height);

/* A frame as a sheet. Errors: SFD_ERR_ARG (too large), SFD_ERR_NOMEM. */
sfd_status sfd_view_sheet_make(const sfd_view_sheet *s, sfd_picture **out, const sfd_picture *frame,
                               sfd_error *err);

#endif
