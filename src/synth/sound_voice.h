/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody who talks without words, or sings: glottal pulses and hiss through the resonances of a
 * vocal tract that moves from syllable to syllable (D. H. Klatt, "Software for a cascade/parallel
 * formant synthesizer", 1980, its cascade). */
#ifndef SFD_SYNTH_SOUND_VOICE_H
#define SFD_SYNTH_SOUND_VOICE_H

#include "synth/sound_filter.h"

#include <stdbool.h>
#include <stddef.h>

enum { SFD_FORMANTS = 4 };

/* A stretch of speech and what it moves towards. */
typedef struct sfd_phone {
    double seconds;
    double voiced, hissing; /* levels */
    double hiss_hz;
    double formant_hz[SFD_FORMANTS];
} sfd_phone;

typedef struct sfd_voice {
    sfd_random r;
    bool sings;
    double pitch_hz,
        tract; /* of the person: usual pitch; tract: 1 a man's formants, 1.17 a woman's */
    sfd_phone to, now;
    double hz, hz_to, note; /* note: number in the scale */
    double seconds_in, phase, tick;
    int n_left; /* syllables of the phrase */
    bool vowel_next, burst_next;
    sfd_resonator tract_filter[SFD_FORMANTS], hiss_filter;
} sfd_voice;

void sfd_voice_start(sfd_voice *v, double pitch_hz, double tract, bool sings, sfd_random r);
/* Adds the next n samples, as heard 1 m away. */
void sfd_voice_add(sfd_voice *v, float *out, size_t n);

#endif
