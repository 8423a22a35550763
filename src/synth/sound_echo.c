/* SPDX-License-Identifier: Apache-2.0 */
/* Reverberation. */
#include "synth/sound_echo.h"

#include "base/alloc.h"
#include "base/error.h"
#include "synth/sound_filter.h"

#include <math.h>
#include <stdlib.h>

static const double comb_s[SFD_ECHO_COMBS] = {0.0297, 0.0371, 0.0411, 0.0437};
static const double pass_s[SFD_ECHO_PASSES] = {0.0050, 0.0017};
#define RIGHT_LATER_S 0.0005
#define PASS          0.7
#define DAMPING_HZ    4000

/* By scene: what comes back, and how long it takes to fall by 60 dB. */
static const struct {
    double level, seconds;
} rooms[SFD_N_SCENES] = {
    [SFD_SCENE_ROOM] = {0.15, 0.4},   [SFD_SCENE_HALL] = {0.12, 1.3},
    [SFD_SCENE_STREET] = {0.06, 0.5}, [SFD_SCENE_FIELD] = {0.01, 0.2},
    [SFD_SCENE_BEACH] = {0.01, 0.2},
};

static size_t samples_of(double seconds)
{
    return (size_t)(seconds * SFD_SOUND_RATE + 0.5);
}

sfd_status sfd_echo_create(sfd_echo *e, sfd_scene_kind scene, sfd_error *err)
{
    *e = (sfd_echo){.level = rooms[scene].level};
    size_t total = 0;
    for (int ear = 0; ear < 2; ear++) {
        for (int k = 0; k < SFD_ECHO_COMBS; k++)
            total += e->comb[ear][k].n = samples_of(comb_s[k] + ear * RIGHT_LATER_S);
        for (int k = 0; k < SFD_ECHO_PASSES; k++)
            total += e->pass[ear][k].n = samples_of(pass_s[k] + ear * RIGHT_LATER_S);
    }
    float *p = e->memory = sfd_calloc(total, sizeof *e->memory);
    if (!p)
        return sfd_fail_nomem(err, "making an echo");
    for (int ear = 0; ear < 2; ear++) {
        for (int k = 0; k < SFD_ECHO_COMBS; p += e->comb[ear][k++].n)
            e->comb[ear][k].ring = p;
        for (int k = 0; k < SFD_ECHO_PASSES; p += e->pass[ear][k++].n)
            e->pass[ear][k].ring = p;
    }
    /* exp(-x), more or less, where ln 1000 falls in `seconds` */
    for (int k = 0; k < SFD_ECHO_COMBS; k++) {
        const double x = sfd_clamp(1 - 6.907755 * comb_s[k] / rooms[scene].seconds / 4, 0, 1);
        e->feedback[k] = x * x * x * x;
    }
    return SFD_OK;
}

void sfd_echo_free(sfd_echo *e)
{
    free(e->memory);
    *e = (sfd_echo){.memory = NULL};
}

static double comb(sfd_delay *d, double x, double feedback, double damping)
{
    const double y = d->ring[d->at];
    d->low += damping * (y - d->low);
    const double back = x + feedback * d->low;
    d->ring[d->at] = fabs(back) < 1e-15 ? 0 : (float)back;
    d->at = d->at + 1 < d->n ? d->at + 1 : 0;
    return y;
}

static double pass(sfd_delay *d, double x)
{
    const double y = d->ring[d->at], in = x + PASS * y;
    d->ring[d->at] = fabs(in) < 1e-15 ? 0 : (float)in;
    d->at = d->at + 1 < d->n ? d->at + 1 : 0;
    return y - PASS * in;
}

void sfd_echo_add(sfd_echo *e, const float *sent, float *left, float *right, size_t n)
{
    const double damping = sfd_lowpass_share(DAMPING_HZ);
    float *const out[2] = {left, right};
    for (int ear = 0; ear < 2; ear++)
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (int k = 0; k < SFD_ECHO_COMBS; k++)
                sum += comb(&e->comb[ear][k], sent[i], e->feedback[k], damping);
            for (int k = 0; k < SFD_ECHO_PASSES; k++)
                sum = pass(&e->pass[ear][k], sum);
            out[ear][i] += (float)(e->level * sum);
        }
}
