/* SPDX-License-Identifier: Apache-2.0 */
/* Things that move by themselves or stand in the way. */
#ifndef SFD_SYNTH_CLUTTER_H
#define SFD_SYNTH_CLUTTER_H

#include "synth/backdrop.h"

typedef enum sfd_clutter_kind {
    SFD_CLUTTER_BALL,   /* bounces along */
    SFD_CLUTTER_CAR,    /* drives by behind the people */
    SFD_CLUTTER_LEAVES, /* drift down */
    SFD_CLUTTER_BIRD,
    SFD_CLUTTER_SCREEN, /* flickers on the wall */
    SFD_CLUTTER_FAN,    /* turns on its stand */
    SFD_CLUTTER_POST,   /* these three hide what is behind */
    SFD_CLUTTER_BUSH,
    SFD_CLUTTER_TABLE
} sfd_clutter_kind;

typedef struct sfd_clutter {
    sfd_clutter_kind kind;
    double x, z, speed_m_s, phase, size_m;
    sfd_tint tint, second;
    uint32_t seed;
} sfd_clutter;

enum { SFD_MAX_CLUTTER = 6 };

/* Fills list, returns how many. half_width: |x| / z at the picture's edge. */
size_t sfd_clutter_make(sfd_clutter list[SFD_MAX_CLUTTER], sfd_random *r, sfd_scene_kind scene,
                        double half_width, bool validation);
void sfd_clutter_draw(const sfd_view *v, const sfd_clutter *c, double t);

#endif
