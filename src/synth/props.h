/* SPDX-License-Identifier: Apache-2.0 */
/* Furniture and other still objects, drawn in the world's perspective. */
#ifndef SFD_SYNTH_PROPS_H
#define SFD_SYNTH_PROPS_H

#include "base/random.h"
#include "synth/camera.h"
#include "synth/raster.h"

typedef struct sfd_view {
    sfd_canvas *canvas;
    const sfd_camera *camera;
    const sfd_light *light;
} sfd_view;

/* A block on a footprint of `length` (sideways to its yaw) by `depth`, from y0 to y1. */
typedef struct sfd_block {
    sfd_stance at;
    double length, depth, y0, y1;
    sfd_tint tint;
} sfd_block;

void sfd_draw_block(const sfd_view *v, const sfd_block *b);
/* An upright rectangle at depth z, flat colour. */
void sfd_draw_panel(const sfd_view *v, double x0, double y0, double x1, double y1, double z,
                    sfd_tint tint);
void sfd_draw_pole(const sfd_view *v, double x, double z, double y0, double y1, double radius,
                   sfd_tint tint);
void sfd_draw_ball(const sfd_view *v, sfd_vec3 at, double radius, sfd_tint tint, sfd_tint band,
                   double turn_deg);
void sfd_draw_window(const sfd_view *v, double x0, double y0, double x1, double y1, double z,
                     sfd_tint glass);

/* Seen from its side, driving along x (to the right if `right`). */
void sfd_draw_car(const sfd_view *v, double x, double z, bool right, sfd_tint tint);
void sfd_draw_tree(const sfd_view *v, double x, double z, double height, sfd_tint leaves,
                   uint32_t seed);
void sfd_draw_bush(const sfd_view *v, double x, double z, double radius, sfd_tint leaves,
                   uint32_t seed);
/* A seat of that height; `style` 0 stool, 1 chair, 2 bench. */
void sfd_draw_seat(const sfd_view *v, const sfd_stance *at, double height, int style,
                   sfd_tint tint);
void sfd_draw_sofa(const sfd_view *v, const sfd_stance *at, sfd_tint tint);
void sfd_draw_table(const sfd_view *v, const sfd_stance *at, double length, double height,
                    sfd_tint tint);
void sfd_draw_shelf(const sfd_view *v, double x, double z, double width, double height,
                    sfd_tint tint, uint32_t seed);

#endif
