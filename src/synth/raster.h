/* SPDX-License-Identifier: Apache-2.0 */
/* Anti-aliased drawing of few shapes: coverage follows the distance to the outline. */
#ifndef SFD_SYNTH_RASTER_H
#define SFD_SYNTH_RASTER_H

#include "synth/trig.h"

#include <stddef.h>
#include <stdint.h>

/* 0..255 each. */
typedef struct sfd_tint {
    float r, g, b;
} sfd_tint;

sfd_tint sfd_tint_mix(sfd_tint a, sfd_tint b, double t);
sfd_tint sfd_tint_scale(sfd_tint a, double k);

/* Pixel (x, y) is the square around (x + 0.5, y + 0.5). Shapes may lie anywhere. */
typedef struct sfd_canvas {
    int width, height;
    size_t stride_bytes;
    uint8_t *rgb;   /* [height][stride_bytes], 3 bytes a pixel */
    uint8_t *owner; /* [height][width]: `mark` of what covers the pixel by half; NULL: not kept */
    uint8_t mark;
} sfd_canvas;

/* Direction to the light in picture axes (x right, y down, z to the viewer), of length 1. */
typedef struct sfd_light {
    float x, y, z;
    float ambient; /* 0..1: brightness of what is turned away */
} sfd_light;

typedef struct sfd_paint {
    sfd_tint tint;
    float alpha;
    float feather_px;       /* width of the soft edge; 1 is sharp */
    const sfd_light *light; /* NULL: flat */
    sfd_tint band;          /* every other of n_bands along the shape */
    float n_bands;          /* 0: plain */
} sfd_paint;

sfd_paint sfd_paint_flat(sfd_tint tint);

/* A rod with round ends, of another radius at each. */
typedef struct sfd_rod {
    sfd_vec2 a, b;
    double ra, rb;
} sfd_rod;

void sfd_draw_rod(sfd_canvas *c, const sfd_rod *rod, const sfd_paint *p);
void sfd_draw_disc(sfd_canvas *c, sfd_vec2 at, double radius, const sfd_paint *p);
/* Convex, any orientation, grown by `radius`; `axis` is the rod that shades it, NULL for flat. */
void sfd_draw_polygon(sfd_canvas *c, const sfd_vec2 *corners, size_t n, double radius,
                      const sfd_rod *axis, const sfd_paint *p);

/* One byte per pixel; shapes unite in it, so that overlapping shadows do not add up. */
typedef struct sfd_mask {
    int width, height;
    uint8_t *cover; /* [height][width] */
} sfd_mask;

/* As sfd_draw_rod in a picture whose heights are `squash` (0..1] of the true ones. */
void sfd_mask_rod(sfd_mask *m, const sfd_rod *rod, double squash, double feather_px);
/* Darkens c by `strength` where the mask is set, and clears the mask. Same sizes. */
void sfd_mask_darken(sfd_mask *m, sfd_canvas *c, double strength);

#endif
