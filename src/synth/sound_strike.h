/* SPDX-License-Identifier: Apache-2.0 */
/* Short sounds: something hits something. Up to three fading tones and a burst of noise. */
#ifndef SFD_SYNTH_SOUND_STRIKE_H
#define SFD_SYNTH_SOUND_STRIKE_H

#include "synth/sound_filter.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum sfd_strike_kind {
    SFD_STRIKE_CLAP,
    SFD_STRIKE_STEP_HARD, /* on wood or stone */
    SFD_STRIKE_STEP_SOFT, /* on grass or sand */
    SFD_STRIKE_BODY,      /* falls */
    SFD_STRIKE_SEAT,      /* takes a weight */
    SFD_STRIKE_BOX,       /* put down */
    SFD_STRIKE_BALL,      /* put down, bounces */
    SFD_STRIKE_GRASP,     /* something is taken off the ground */
    SFD_STRIKE_WHOOSH,    /* a limb or a thing through air */
    SFD_STRIKE_DRUM,
    SFD_STRIKE_KNOCK,
    SFD_STRIKE_BEAT, /* of music: the low drum */
    SFD_STRIKE_HAT,  /* and the high one */
    SFD_N_STRIKES
} sfd_strike_kind;

/* A whoosh is loudest so long after its start. */
#define SFD_WHOOSH_RISE_S 0.07

enum { SFD_STRIKE_TONES = 3 };

typedef struct sfd_strike {
    sfd_resonator tone[SFD_STRIKE_TONES];
    sfd_resonator band;
    double noise, noise_decay; /* level now; what is left of it after a sample */
    double rise, rise_step;    /* 0 to 1 */
    sfd_random r;
    size_t left; /* samples until nothing is heard; 0: over */
} sfd_strike;

/* strength: 1 as loud as such a thing gets; pitch: 1 as usual. */
void sfd_strike_start(sfd_strike *s, sfd_strike_kind kind, double strength, double pitch,
                      sfd_random r);
/* Adds the next n samples, as heard 1 m away. */
void sfd_strike_add(sfd_strike *s, float *out, size_t n);

#endif
