/* SPDX-License-Identifier: Apache-2.0 */
/* A band in a box. */
#include "synth/sound_music.h"

#include <math.h>

#define SEMITONES 12

/* Frequency ratios of the tempered scale. */
static const double semitone[SEMITONES] = {
    1,
    1.0594630943592953,
    1.122462048309373,
    1.189207115002721,
    1.2599210498948732,
    1.3348398541700344,
    1.4142135623730951,
    1.4983070768766815,
    1.5874010519681994,
    1.6817928305074290,
    1.7817974362806785,
    1.8877486253633868,
};

/* Roots of four bars and whether their thirds are minor: I V vi IV. */
static const struct bar {
    int root, third;
} bars[] = {{0, 4}, {7, 4}, {9, 3}, {5, 4}};
enum { N_BARS = sizeof bars / sizeof *bars, QUARTERS_PER_BAR = 16 };

static double note_hz(const sfd_music *m, int steps)
{
    double octave = 1;
    for (; steps >= SEMITONES; steps -= SEMITONES)
        octave *= 2;
    return m->key_hz * octave * semitone[steps];
}

void sfd_music_start(sfd_music *m, double beat_hz, double wait_s, sfd_random r)
{
    *m = (sfd_music){.r = r, .beat_hz = beat_hz};
    m->key_hz = 55 * semitone[sfd_random_below(&m->r, SEMITONES)];
    m->quarter = -4 * beat_hz * wait_s;
    m->bass_share = sfd_lowpass_share(260);
    m->bass_hz = m->key_hz;
}

static void hit(sfd_music *m, sfd_strike_kind kind, double strength)
{
    sfd_random r = {.state = sfd_random_bits(&m->r)};
    sfd_strike_start(&m->drum[m->next_drum], kind, strength, 1, r);
    m->next_drum = (m->next_drum + 1) % SFD_MUSIC_DRUMS;
}

static void pluck(sfd_music *m, double hz, double level)
{
    m->string[m->next_string].hz = hz;
    m->string[m->next_string].level = level;
    m->string[m->next_string].decay = sfd_decay(0.22);
    m->next_string = (m->next_string + 1) % SFD_MUSIC_STRINGS;
}

/* What falls on quarter q of a beat. */
static void play(sfd_music *m, long q)
{
    const struct bar *bar = &bars[q / QUARTERS_PER_BAR % N_BARS];
    const int chord[] = {bar->root, bar->root + bar->third, bar->root + 7, bar->root + 12};
    if (q % 4 == 0)
        hit(m, SFD_STRIKE_BEAT, 0.8);
    if (q % 4 == 2)
        hit(m, SFD_STRIKE_HAT, 0.9);
    else if (sfd_random_chance(&m->r, 0.3))
        hit(m, SFD_STRIKE_HAT, 0.35);
    if (q % 2 == 0 || sfd_random_chance(&m->r, 0.35))
        pluck(m, 4 * note_hz(m, chord[sfd_random_below(&m->r, 4)]), 0.09);
    m->bass_hz = note_hz(m, q % 4 == 3 ? chord[2] : chord[0]);
}

void sfd_music_add(sfd_music *m, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        m->quarter += 4 * m->beat_hz / SFD_SOUND_RATE;
        if (m->quarter >= (double)m->n_played)
            play(m, m->n_played++);
        if (m->n_played == 0)
            continue;
        double sum = 0;
        for (int k = 0; k < SFD_MUSIC_STRINGS; k++) {
            m->string[k].phase += m->string[k].hz / SFD_SOUND_RATE;
            m->string[k].phase -= m->string[k].phase >= 1;
            sum += m->string[k].level * (fabs(4 * m->string[k].phase - 2) - 1); /* triangle */
            m->string[k].level *= m->string[k].decay;
        }
        m->bass_phase += m->bass_hz / SFD_SOUND_RATE;
        m->bass_phase -= m->bass_phase >= 1;
        m->bass_low += m->bass_share * (2 * m->bass_phase - 1 - m->bass_low);
        out[i] += (float)(sum + 0.22 * m->bass_low);
    }
    for (int k = 0; k < SFD_MUSIC_DRUMS; k++)
        sfd_strike_add(&m->drum[k], out, n);
}
