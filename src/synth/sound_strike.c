/* SPDX-License-Identifier: Apache-2.0 */
/* The table of short sounds. */
#include "synth/sound_strike.h"

typedef struct recipe {
    struct {
        double hz, seconds, level;
    } tone[SFD_STRIKE_TONES];
    struct {
        double hz, width_hz, rise_s, seconds, level;
    } noise;
} recipe;

static const recipe recipes[SFD_N_STRIKES] = {
    [SFD_STRIKE_CLAP] = {{{0}}, {1500, 1500, 0, 0.014, 0.85}},
    [SFD_STRIKE_STEP_HARD] = {{{110, 0.025, 0.3}, {260, 0.012, 0.12}}, {900, 900, 0, 0.010, 0.16}},
    [SFD_STRIKE_STEP_SOFT] = {{{75, 0.03, 0.12}}, {2200, 2600, 0.012, 0.035, 0.16}},
    [SFD_STRIKE_BODY] = {{{58, 0.10, 0.8}, {105, 0.06, 0.4}}, {350, 450, 0, 0.06, 0.4}},
    [SFD_STRIKE_SEAT] = {{{210, 0.05, 0.10}, {95, 0.05, 0.25}}, {500, 500, 0.01, 0.05, 0.12}},
    [SFD_STRIKE_BOX] = {{{150, 0.05, 0.5}, {330, 0.03, 0.3}}, {800, 800, 0, 0.02, 0.3}},
    [SFD_STRIKE_BALL] = {{{170, 0.05, 0.5}, {410, 0.04, 0.25}}, {1200, 900, 0, 0.008, 0.12}},
    [SFD_STRIKE_GRASP] = {{{0}}, {1800, 1200, 0.05, 0.07, 0.07}},
    [SFD_STRIKE_WHOOSH] = {{{0}}, {650, 450, SFD_WHOOSH_RISE_S, 0.06, 0.10}},
    [SFD_STRIKE_DRUM] = {{{190, 0.12, 0.55}, {310, 0.06, 0.3}, {455, 0.04, 0.15}},
                         {2600, 2400, 0, 0.02, 0.2}},
    [SFD_STRIKE_KNOCK] = {{{420, 0.02, 0.5}, {780, 0.012, 0.25}}, {1500, 1200, 0, 0.006, 0.2}},
    [SFD_STRIKE_BEAT] = {{{56, 0.10, 0.7}, {112, 0.03, 0.3}}, {1500, 1500, 0, 0.003, 0.1}},
    [SFD_STRIKE_HAT] = {{{0}}, {9000, 5000, 0, 0.025, 0.12}},
};

#define HEARD_FOR 9.0 /* times the slowest decay: then it has fallen by 78 dB */

static void start_tone(sfd_resonator *t, double hz, double seconds, double level)
{
    const double decay = sfd_decay(seconds), turn = 360 * hz / SFD_SOUND_RATE;
    *t = (sfd_resonator){0, 2 * decay * sfd_cos_deg(turn), -decay * decay, 0, 0};
    t->y2 = -level * sfd_sin_deg(turn) / decay; /* a sine that starts at 0 */
}

void sfd_strike_start(sfd_strike *s, sfd_strike_kind kind, double strength, double pitch,
                      sfd_random r)
{
    const recipe *c = &recipes[kind];
    double longest = c->noise.seconds;
    *s = (sfd_strike){.r = r};
    for (int i = 0; i < SFD_STRIKE_TONES && c->tone[i].hz > 0; i++) {
        start_tone(&s->tone[i], pitch * c->tone[i].hz, c->tone[i].seconds,
                   strength * c->tone[i].level);
        longest = c->tone[i].seconds > longest ? c->tone[i].seconds : longest;
    }
    sfd_resonator_band(&s->band, pitch * c->noise.hz, c->noise.width_hz);
    s->noise = strength * c->noise.level;
    s->noise_decay = sfd_decay(c->noise.seconds);
    s->rise = c->noise.rise_s > 0 ? 0 : 1;
    s->rise_step = 1 / (c->noise.rise_s * SFD_SOUND_RATE + 1);
    s->left = (size_t)((c->noise.rise_s + HEARD_FOR * longest) * SFD_SOUND_RATE);
}

void sfd_strike_add(sfd_strike *s, float *out, size_t n)
{
    n = n < s->left ? n : s->left;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (int k = 0; k < SFD_STRIKE_TONES; k++)
            sum += sfd_resonator_step(&s->tone[k], 0);
        if (s->rise < 1)
            s->rise = s->rise + s->rise_step < 1 ? s->rise + s->rise_step : 1;
        else
            s->noise *= s->noise_decay;
        sum += s->rise * s->noise * sfd_resonator_step(&s->band, sfd_noise(&s->r));
        out[i] += (float)sum;
    }
    s->left -= n;
}
