/* SPDX-License-Identifier: Apache-2.0 */
/* From where a sound is heard: level and low-pass by distance, side by direction. */
#ifndef SFD_SYNTH_SOUND_PLACE_H
#define SFD_SYNTH_SOUND_PLACE_H

#include "synth/trig.h"

#include <stdbool.h>
#include <stddef.h>

/* Sums of what the left and the right ear hear at once, and what the walls do: [n] each. */
typedef struct sfd_mixture {
    float *left, *right, *echo;
    size_t n;
} sfd_mixture;

typedef struct sfd_sound_place {
    double left, right, echo; /* gains */
    double share, low;        /* of the low-pass */
    bool placed;
} sfd_sound_place;

/* Adds mono [m->n], heard from `at` (the world's axes, the microphone at the camera). half_width:
 * of the picture, at 1 m; what is beyond it is heard on that side. Gains go over from those of the
 * call before. */
void sfd_sound_place_add(sfd_sound_place *p, sfd_vec3 at, double half_width, const float *mono,
                         const sfd_mixture *m);

#endif
