/* SPDX-License-Identifier: Apache-2.0 */
/* Random people. */
#include "synth/body.h"

#include <math.h>

#define N_OF(array) (sizeof array / sizeof *array)

static const sfd_tint skins[] = {{250, 214, 188}, {238, 190, 158}, {222, 166, 128}, {196, 138, 98},
                                 {160, 106, 74},  {124, 80, 56},   {92, 60, 44}};
static const sfd_tint hairs[] = {{32, 26, 24},   {58, 40, 30},  {96, 62, 38},   {150, 106, 58},
                                 {206, 168, 98}, {142, 70, 40}, {150, 148, 146}};
static const sfd_tint denims[] = {{44, 56, 92},  {30, 34, 44}, {90, 84, 74},    {66, 92, 130},
                                  {120, 98, 70}, {60, 66, 56}, {176, 164, 140}, {40, 40, 40}};
static const sfd_tint shoes[] = {
    {30, 28, 28}, {236, 236, 232}, {120, 70, 40}, {190, 40, 44}, {50, 60, 110}};

sfd_tint sfd_tint_hsv(double hue, double saturation, double value)
{
    double h = (hue - floor(hue)) * 6, v = value * 255;
    double k[3];
    for (int i = 0; i < 3; i++) {
        double d = fabs(h - 2 * i); /* distance to this channel's own hue on the circle */
        d = d > 3 ? 6 - d : d;
        k[i] = v * (1 - saturation * (1 - sfd_clamp(2 - d, 0, 1)));
    }
    return (sfd_tint){(float)k[0], (float)k[1], (float)k[2]};
}

double sfd_split_hue(sfd_random *r, bool validation)
{
    size_t sector = 2 * sfd_random_below(r, 6) + (validation ? 1 : 0);
    return ((double)sector + sfd_random_unit(r)) / 12;
}

static sfd_tint garment(sfd_random *r, bool validation)
{
    double hue = sfd_split_hue(r, validation), saturation = sfd_random_between(r, 0.15, 0.85);
    double value = sfd_random_between(r, 0.35, 0.97);
    if (sfd_random_chance(r, 0.15))
        saturation = 0.03;
    return sfd_tint_hsv(hue, saturation, value);
}

static void dress(sfd_body *b, sfd_random *r, bool validation)
{
    b->shirt = garment(r, validation);
    b->stripe = garment(r, validation);
    b->striped = sfd_random_chance(r, 0.25);
    static const double sleeves[] = {0, 0.42, 0.42, 0.5, 1, 1, 1};
    b->sleeve = sleeves[sfd_random_below(r, N_OF(sleeves))];
    double wear = sfd_random_unit(r);
    b->legwear = wear < 0.72 ? SFD_TROUSERS : wear < 0.88 ? SFD_SHORTS : SFD_SKIRT;
    b->legs = denims[sfd_random_below(r, N_OF(denims))];
    sfd_tint bright = garment(r, validation);
    if (sfd_random_chance(r, 0.3))
        b->legs = sfd_tint_scale(bright, 0.8);
    b->shoes = shoes[sfd_random_below(r, N_OF(shoes))];
}

void sfd_body_make(sfd_body *out, sfd_random *r, bool validation)
{
    double height = 1.72 + 0.09 * sfd_random_normal(r);
    if (sfd_random_chance(r, 0.12))
        height *= 0.8; /* a child */
    double build = sfd_clamp(0.45 * sfd_random_normal(r), -1, 1);
    double leg_share = sfd_random_between(r, 0.95, 1.04);
    out->size = sfd_proportions_make(height, build, leg_share);
    size_t skin = sfd_random_below(r, N_OF(skins));
    out->skin = skins[skin];
    /* From dark to light: darker skins have the darker hair. */
    size_t n_hairs = skin < 3 ? N_OF(hairs) : skin < 5 ? 3 : 2;
    out->hair_tint = hairs[sfd_random_below(r, n_hairs)];
    double hair = sfd_random_unit(r);
    out->hair = hair < 0.4    ? SFD_HAIR_SHORT
                : hair < 0.62 ? SFD_HAIR_LONG
                : hair < 0.74 ? SFD_HAIR_TAIL
                : hair < 0.82 ? SFD_HAIR_BUN
                : hair < 0.88 ? SFD_HAIR_NONE
                              : SFD_HAIR_CAP;
    dress(out, r, validation);
}
