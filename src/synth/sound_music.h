/* SPDX-License-Identifier: Apache-2.0 */
/* Music to dance to: drums, a bass and broken chords on a steady beat. */
#ifndef SFD_SYNTH_SOUND_MUSIC_H
#define SFD_SYNTH_SOUND_MUSIC_H

#include "synth/sound_strike.h"

enum { SFD_MUSIC_STRINGS = 4, SFD_MUSIC_DRUMS = 4 };

typedef struct sfd_music {
    sfd_random r;
    double beat_hz, key_hz;
    double quarter; /* quarters of beats since the first; below 0: before it */
    long n_played;  /* the next of them */
    struct {
        double phase, hz, level, decay;
    } string[SFD_MUSIC_STRINGS];
    int next_string, next_drum;
    double bass_phase, bass_hz, bass_low, bass_share;
    sfd_strike drum[SFD_MUSIC_DRUMS];
} sfd_music;

/* First beat `wait_s` from now. */
void sfd_music_start(sfd_music *m, double beat_hz, double wait_s, sfd_random r);
/* Adds the next n samples, as heard 1 m from the loudspeaker. */
void sfd_music_add(sfd_music *m, float *out, size_t n);

#endif
