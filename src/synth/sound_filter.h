/* SPDX-License-Identifier: Apache-2.0 */
/* What sounds are made of: noise, resonances, one-pole filters. As in pictures, nothing but +, -,
 * *,
 * /, sqrt and floor, so that the samples are the same everywhere. */
#ifndef SFD_SYNTH_SOUND_FILTER_H
#define SFD_SYNTH_SOUND_FILTER_H

#include "base/random.h"
#include "synth/trig.h"

/* Samples a second: a whole number of them for each picture. */
#define SFD_SOUND_RATE 48000

/* y = a x + b y1 + c y2: one resonance. */
typedef struct sfd_resonator {
    double a, b, c, y1, y2;
} sfd_resonator;

/* As in a vocal tract: nothing is gained at 0 Hz. Only the coefficients change. */
void sfd_resonator_tune(sfd_resonator *r, double hz, double width_hz);
/* For white noise of level 1: a band of noise of level 1, more or less. */
void sfd_resonator_band(sfd_resonator *r, double hz, double width_hz);

static inline double sfd_resonator_step(sfd_resonator *r, double x)
{
    const double y = r->a * x + r->b * r->y1 + r->c * r->y2;
    r->y2 = r->y1;
    r->y1 = y < 1e-15 && y > -1e-15 ? 0 : y; /* what fades away does not become denormal */
    return y;
}

/* Share of the way to its input that a one-pole low-pass goes in a sample. */
double sfd_lowpass_share(double hz);
/* What is left after a sample of something that falls to 37 % in so many seconds. */
double sfd_decay(double seconds);

/* White, of level 1. */
static inline double sfd_noise(sfd_random *r)
{
    return 3.4641016151377544 * (sfd_random_unit(r) - 0.5);
}

#endif
