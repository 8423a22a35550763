/* SPDX-License-Identifier: Apache-2.0 */
/* Coefficients. */
#include "synth/sound_filter.h"

#include <math.h>

#define PI 3.14159265358979323846

/* A pole's distance from the origin: exp(-pi width / rate) to the second order. */
static double radius(double width_hz)
{
    const double x = PI * width_hz / SFD_SOUND_RATE;
    return sfd_clamp(1 - x + 0.5 * x * x, 0, 0.99999);
}

static void set_poles(sfd_resonator *r, double hz, double width_hz)
{
    const double p = radius(width_hz);
    hz = sfd_clamp(hz, 10, 0.45 * SFD_SOUND_RATE);
    r->b = 2 * p * sfd_cos_deg(360 * hz / SFD_SOUND_RATE);
    r->c = -p * p;
}

void sfd_resonator_tune(sfd_resonator *r, double hz, double width_hz)
{
    set_poles(r, hz, width_hz);
    r->a = 1 - r->b - r->c;
}

void sfd_resonator_band(sfd_resonator *r, double hz, double width_hz)
{
    set_poles(r, hz, width_hz);
    /* the variance of such a process driven by white noise */
    const double b = r->b, c = -r->c;
    r->a = sqrt(fmax((1 - c) * ((1 + c) * (1 + c) - b * b) / (1 + c), 1e-12));
}

double sfd_lowpass_share(double hz)
{
    const double w = 2 * PI * hz / SFD_SOUND_RATE;
    return w / (1 + w);
}

double sfd_decay(double seconds)
{
    return 1 - 1 / (1 + seconds * SFD_SOUND_RATE);
}
