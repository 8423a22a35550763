/* SPDX-License-Identifier: Apache-2.0 */
/* Surfaces of walls and grounds, coloured by place in metres. */
#ifndef SFD_SYNTH_TEXTURE_H
#define SFD_SYNTH_TEXTURE_H

#include "base/random.h"
#include "synth/raster.h"

typedef enum sfd_material_kind {
    SFD_PLASTER, /* soft blotches */
    SFD_STRIPES,
    SFD_PANELS,
    SFD_PLANKS,
    SFD_CARPET,
    SFD_BRICKS,
    SFD_DOTS,
    SFD_TILES,
    SFD_CHECKS,
    SFD_GRASS,
    SFD_ASPHALT,
    SFD_PAVING,
    SFD_SAND
} sfd_material_kind;

typedef struct sfd_material {
    sfd_material_kind kind;
    sfd_tint main, second;
    double size_m; /* of a stripe, tile, ... */
    uint32_t seed;
} sfd_material;

/* u, v in metres along the surface. */
sfd_tint sfd_material_at(const sfd_material *m, double u, double v);

/* Value noise, 0..1; with octaves it is finer and rougher. */
double sfd_noise(uint32_t seed, double x, double y);
double sfd_noise_octaves(uint32_t seed, double x, double y, int octaves);

#endif
