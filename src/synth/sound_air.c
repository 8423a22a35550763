/* SPDX-License-Identifier: Apache-2.0 */
/* Background noise. */
#include "synth/sound_air.h"

#include <math.h>

static const struct {
    double level, low_hz; /* of the noise */
    double swell;         /* 0 steady, 1 comes and goes altogether */
    double hum;
    bool birds;
} backgrounds[SFD_N_SCENES] = {
    [SFD_SCENE_ROOM] = {0.004, 900, 0.1, 0.0012, false},
    [SFD_SCENE_HALL] = {0.006, 600, 0.2, 0.0008, false},
    [SFD_SCENE_STREET] = {0.014, 350, 0.7, 0, false},
    [SFD_SCENE_FIELD] = {0.008, 500, 0.6, 0, true},
    [SFD_SCENE_BEACH] = {0.014, 1500, 0.85, 0, false},
};

static double bird_pause(sfd_air *a)
{
    return sfd_random_between(&a->r, 0.15, 3.5);
}

void sfd_air_start(sfd_air *a, sfd_scene_kind scene, sfd_random r)
{
    *a = (sfd_air){.scene = scene, .r = r};
    a->level = sfd_random_between(&a->r, 0.5, 1.5);
    for (int i = 0; i < 2; i++) {
        a->swell_hz[i] = sfd_random_between(&a->r, 0.08, 0.3);
        a->swell_phase[i] = sfd_random_unit(&a->r);
    }
    a->bird.wait_s = bird_pause(a);
}

static double swell(const sfd_air *a)
{
    const double much = backgrounds[a->scene].swell;
    return 1 + 0.5 * much *
                   (sfd_sin_deg(360 * a->swell_phase[0]) + sfd_sin_deg(360 * a->swell_phase[1]));
}

/* A chirp that falls. */
static double chirp(sfd_air *a)
{
    const double step = 1.0 / SFD_SOUND_RATE;
    if (a->bird.left_s <= 0) {
        a->bird.wait_s -= step;
        if (a->bird.wait_s < 0) {
            a->bird.left_s = sfd_random_between(&a->r, 0.05, 0.14);
            a->bird.hz = sfd_random_between(&a->r, 3000, 5500);
            a->bird.pan = sfd_random_unit(&a->r);
            a->bird.wait_s = bird_pause(a);
        }
        return 0;
    }
    a->bird.left_s -= step;
    a->bird.phase += a->bird.hz * (0.8 + 3 * a->bird.left_s) * step;
    a->bird.phase -= floor(a->bird.phase);
    return 0.02 * sfd_smooth(a->bird.left_s * 30) * sfd_sin_deg(360 * a->bird.phase);
}

void sfd_air_add(sfd_air *a, float *left, float *right, size_t n)
{
    const double share = sfd_lowpass_share(backgrounds[a->scene].low_hz);
    /* a low-pass leaves so little of white noise */
    const double gain = a->level * backgrounds[a->scene].level / sqrt(share / (2 - share));
    const double now = gain * swell(a);
    for (int i = 0; i < 2; i++)
        a->swell_phase[i] += a->swell_hz[i] * (double)n / SFD_SOUND_RATE;
    for (size_t i = 0; i < n; i++) {
        for (int ear = 0; ear < 2; ear++)
            a->slow[ear] += share * (sfd_noise(&a->r) - a->slow[ear]);
        a->hum_phase += 100.0 / SFD_SOUND_RATE;
        a->hum_phase -= a->hum_phase >= 1;
        const double hum = backgrounds[a->scene].hum * (fabs(4 * a->hum_phase - 2) - 1);
        const double bird = backgrounds[a->scene].birds ? chirp(a) : 0;
        left[i] += (float)(now * a->slow[0] + hum + (1 - a->bird.pan) * bird);
        right[i] += (float)(now * a->slow[1] + hum + a->bird.pan * bird);
    }
}
