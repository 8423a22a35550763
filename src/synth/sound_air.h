/* SPDX-License-Identifier: Apache-2.0 */
/* What is always heard of a scene. */
#ifndef SFD_SYNTH_SOUND_AIR_H
#define SFD_SYNTH_SOUND_AIR_H

#include "synth/backdrop.h"
#include "synth/sound_filter.h"

/* Wind, waves, traffic, hum; a bird now and then. */
typedef struct sfd_air {
    sfd_scene_kind scene;
    sfd_random r;
    double level;
    double slow[2], low[2]; /* noise through a low-pass, left and right */
    double swell_hz[2], swell_phase[2];
    double hum_phase;
    struct {
        double left_s, hz, phase, pan, wait_s;
    } bird;
} sfd_air;

void sfd_air_start(sfd_air *a, sfd_scene_kind scene, sfd_random r);
void sfd_air_add(sfd_air *a, float *left, float *right, size_t n);

#endif
