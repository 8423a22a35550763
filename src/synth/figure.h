/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing a person: joints and looks -> shaded shapes, their shadow and their box. */
#ifndef SFD_SYNTH_FIGURE_H
#define SFD_SYNTH_FIGURE_H

#include "synth/body.h"
#include "synth/camera.h"
#include "synth/pose.h"
#include "synth/raster.h"

/* In pixels, corners as continuous places. */
typedef struct sfd_extent {
    double x0, y0, x1, y1;
} sfd_extent;

/* Ground shift of a shadow for each metre of height, and how soft and dark it is. */
typedef struct sfd_shadow {
    double dx, dz;
    double feather_px, strength;
} sfd_shadow;

typedef struct sfd_figure {
    const sfd_body *body;
    sfd_joints joints;
    sfd_stance stance;
} sfd_figure;

/* What the drawing covers at most: the outlines of all shapes. */
typedef struct sfd_outline {
    sfd_extent whole;
    sfd_extent inside; /* of the shapes that reach into the picture, cut at its edges */
} sfd_outline;

sfd_outline sfd_figure_draw(sfd_canvas *c, const sfd_figure *f, const sfd_camera *camera,
                            const sfd_light *light);
void sfd_figure_shadow(sfd_mask *m, const sfd_figure *f, const sfd_camera *camera,
                       const sfd_shadow *shadow);

#endif
