/* SPDX-License-Identifier: Apache-2.0 */
/* Phrases of syllables, and the tract that utters them. */
#include "synth/sound_voice.h"

#include <math.h>

#define TICK       48   /* samples between changes of the filters */
#define LOUDNESS   0.30 /* of the cascade's output: a level of some 0.1 in vowels */
#define OPEN       0.62 /* share of the glottis' cycle */
#define VIBRATO_HZ 5.4
#define N_OF(a)    (sizeof(a) / sizeof *(a))

/* Of a man, in Hz: i e a o u, the middle one, ae. */
static const double vowels[][SFD_FORMANTS] = {
    {280, 2250, 2900, 3500}, {450, 1950, 2600, 3500}, {730, 1200, 2500, 3500},
    {480, 860, 2400, 3400},  {320, 800, 2300, 3400},  {500, 1450, 2450, 3500},
    {660, 1700, 2400, 3500},
};

static const double formant_width_hz[SFD_FORMANTS] = {70, 95, 140, 220};

/* Their formants are where the tract is on its way to the next vowel; {0}: those of the last. */
static const struct consonant {
    sfd_phone phone;
    bool bursts; /* behind it */
} consonants[] = {
    {{0.095, 0, 0.11, 5600, {0}}, false},                       /* s */
    {{0.095, 0, 0.10, 2900, {0}}, false},                       /* sh */
    {{0.075, 0, 0.035, 7000, {0}}, false},                      /* f */
    {{0.060, 0.35, 0, 0, {250, 1150, 2300, 3300}}, false},      /* m, n */
    {{0.055, 0.55, 0, 0, {360, 1150, 2450, 3400}}, false},      /* l, r */
    {{0.055, 0, 0, 0, {0}}, true},                              /* p, t, k */
    {{0.045, 0.12, 0, 0, {220, 1300, 2400, 3400}}, true},       /* b, d, g */
    {{0.070, 0.30, 0.05, 5000, {260, 1700, 2500, 3500}}, false} /* z */
};

/* A song keeps to notes of a scale without halves. */
static const double scale[] = {1, 1.125, 1.25, 1.5, 1.6666666666666667, 2};

static double between(sfd_voice *v, double lo, double hi)
{
    return sfd_random_between(&v->r, lo, hi);
}

static void say(sfd_voice *v, const sfd_phone *p)
{
    const bool moves = p->formant_hz[0] > 0;
    v->to.seconds = p->seconds;
    v->to.voiced = p->voiced;
    v->to.hissing = p->hissing;
    if (p->hiss_hz > 0) {
        v->to.hiss_hz = p->hiss_hz;
        sfd_resonator_band(&v->hiss_filter, p->hiss_hz, 0.5 * p->hiss_hz);
    }
    for (int i = 0; i < SFD_FORMANTS && moves; i++)
        v->to.formant_hz[i] = p->formant_hz[i];
}

static void say_vowel(sfd_voice *v)
{
    sfd_phone p = {.voiced = 1};
    const double *f = vowels[sfd_random_below(&v->r, N_OF(vowels))];
    for (int i = 0; i < SFD_FORMANTS; i++)
        p.formant_hz[i] = f[i];
    if (v->sings) {
        p.voiced = 0.65; /* sustained vowels are as loud as they are in speech */
        p.seconds = between(v, 0.32, 0.85);
        v->note = sfd_clamp(v->note + floor(between(v, -2, 3)), 0, N_OF(scale) - 1);
        v->hz_to = 1.5 * v->pitch_hz * scale[(size_t)v->note];
    } else {
        p.seconds = between(v, 0.075, 0.19);
        p.voiced = between(v, 0.7, 1.1);
        /* falls along the phrase; some syllables stand out */
        v->hz_to = v->pitch_hz * (0.9 + 0.03 * v->n_left) * between(v, 0.92, 1.18);
    }
    v->n_left--;
    v->vowel_next = false;
    say(v, &p);
}

static void say_consonant(sfd_voice *v)
{
    static const size_t soft[] = {3, 4};
    const size_t n = v->sings ? soft[sfd_random_below(&v->r, N_OF(soft))]
                              : sfd_random_below(&v->r, N_OF(consonants));
    v->burst_next = consonants[n].bursts;
    v->vowel_next = true;
    say(v, &consonants[n].phone);
}

static void next_phone(sfd_voice *v)
{
    static const double burst_hz[] = {900, 1900, 3600};
    v->seconds_in = 0;
    if (v->burst_next) {
        v->burst_next = false;
        say(v, &(sfd_phone){.seconds = 0.014,
                            .hissing = 0.2,
                            .hiss_hz = burst_hz[sfd_random_below(&v->r, N_OF(burst_hz))]});
    } else if (v->vowel_next) {
        say_vowel(v);
    } else if (v->n_left <= 0) { /* breath */
        v->n_left = (int)(3 + sfd_random_below(&v->r, 5));
        say(v, &(sfd_phone){.seconds = between(v, 0.08, 0.2)});
    } else if (sfd_random_chance(&v->r, v->sings ? 0.4 : 0.85)) {
        say_consonant(v);
    } else {
        say_vowel(v);
    }
}

void sfd_voice_start(sfd_voice *v, double pitch_hz, double tract, bool sings, sfd_random r)
{
    *v = (sfd_voice){.r = r, .sings = sings, .pitch_hz = pitch_hz, .tract = tract};
    v->hz = v->hz_to = pitch_hz;
    v->n_left = (int)(3 + sfd_random_below(&v->r, 5));
    say_vowel(v);
    for (int i = 0; i < SFD_FORMANTS; i++)
        v->now.formant_hz[i] = v->to.formant_hz[i];
}

static void approach(double *x, double to, double seconds)
{
    const double share = TICK / (seconds * SFD_SOUND_RATE + TICK);
    *x += share * (to - *x);
}

static void tick(sfd_voice *v)
{
    v->seconds_in += (double)TICK / SFD_SOUND_RATE;
    if (v->seconds_in > v->to.seconds)
        next_phone(v);
    approach(&v->now.voiced, v->to.voiced, 0.010);
    approach(&v->now.hissing, v->to.hissing, 0.005);
    approach(&v->hz, v->hz_to, v->sings ? 0.035 : 0.025);
    for (int i = 0; i < SFD_FORMANTS; i++) {
        approach(&v->now.formant_hz[i], v->to.formant_hz[i], 0.022);
        sfd_resonator_tune(&v->tract_filter[i], v->tract * v->now.formant_hz[i],
                           formant_width_hz[i]);
    }
}

/* The derivative of the flow through the glottis, which opens slowly and shuts at once; it swings
 * to -1. (D. H. Klatt and L. C. Klatt, 1990.) */
static double glottis(double phase)
{
    const double x = phase / OPEN;
    return x < 1 ? x * (2 - 3 * x) : 0;
}

void sfd_voice_add(sfd_voice *v, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (v->tick <= 0) {
            tick(v);
            v->tick = TICK;
        }
        v->tick--;
        double hz = v->hz;
        if (v->sings)
            hz *= 1 + 0.022 * sfd_sin_deg(360 * VIBRATO_HZ * v->seconds_in);
        v->phase += hz / SFD_SOUND_RATE;
        v->phase -= v->phase >= 1;
        const double hiss = sfd_noise(&v->r);
        double x = v->now.voiced * (glottis(v->phase) + 0.02 * hiss);
        for (int k = 0; k < SFD_FORMANTS; k++)
            x = sfd_resonator_step(&v->tract_filter[k], x);
        x += v->now.hissing * sfd_resonator_step(&v->hiss_filter, hiss);
        out[i] += (float)(LOUDNESS * x);
    }
}
