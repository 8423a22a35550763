/* SPDX-License-Identifier: Apache-2.0 */
/* A random walk over what others do, out of sight. */
#include "synth/outside.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>

#define NEAREST_M  7.0
#define FARTHEST_M 13.0

static const struct {
    sfd_outside_kind kind;
    int weight;
    size_t most_keyframes;
    double slow_hz, fast_hz;
} choices[] = {
    {SFD_OUTSIDE_QUIET, 50, 4, 0, 0},    {SFD_OUTSIDE_TALK, 22, 4, 0, 0},
    {SFD_OUTSIDE_SONG, 5, 3, 0, 0},      {SFD_OUTSIDE_MUSIC, 7, 4, 1.2, 2.2},
    {SFD_OUTSIDE_CLAPS, 5, 2, 1.8, 3.2}, {SFD_OUTSIDE_STEPS, 5, 3, 1.5, 3.2},
    {SFD_OUTSIDE_DRUM, 3, 2, 2.4, 4.0},  {SFD_OUTSIDE_KNOCKS, 3, 1, 3.0, 5.0},
};
#define N_CHOICES (sizeof choices / sizeof *choices)

static size_t choose(sfd_random *r)
{
    int total = 0;
    for (size_t i = 0; i < N_CHOICES; i++)
        total += choices[i].weight;
    int at = (int)sfd_random_below(r, (size_t)total);
    size_t i = 0;
    while ((at -= choices[i].weight) >= 0)
        i++;
    return i;
}

/* To either side, so far off that it cannot show. */
static sfd_vec3 place(sfd_random *r)
{
    double away = sfd_random_between(r, NEAREST_M, FARTHEST_M);
    double angle = sfd_random_between(r, 50, 85) * (sfd_random_chance(r, 0.5) ? 1 : -1);
    return (sfd_vec3){away * sfd_sin_deg(angle), 1.4, away * sfd_cos_deg(angle)};
}

sfd_status sfd_outside_make(sfd_outside *out, sfd_random *r, double seconds, sfd_error *err)
{
    size_t n_keyframes = (size_t)seconds + 2;
    *out = (sfd_outside){0, sfd_calloc(n_keyframes, sizeof *out->acts)};
    if (!out->acts)
        return sfd_fail_nomem(err, "choosing what is heard");
    double t0 = -1;
    for (size_t k = 0; k < n_keyframes;) {
        size_t what = choose(r), span = 1 + sfd_random_below(r, choices[what].most_keyframes);
        sfd_outside_act *a = &out->acts[out->n++];
        a->t0 = t0;
        a->t1 = (double)(k + span) - 0.5 + sfd_random_between(r, -0.1, 0.1);
        a->kind = choices[what].kind;
        a->rate_hz = sfd_random_between(r, choices[what].slow_hz, choices[what].fast_hz);
        a->at = place(r);
        t0 = a->t1;
        k += span;
    }
    return SFD_OK;
}

void sfd_outside_free(sfd_outside *o)
{
    free(o->acts);
    *o = (sfd_outside){0, NULL};
}

const sfd_outside_act *sfd_outside_act_at(const sfd_outside *o, double t)
{
    size_t lo = 0, hi = o->n - 1; /* the first that ends after t, or the last */
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (t >= o->acts[mid].t1)
            lo = mid + 1;
        else
            hi = mid;
    }
    return &o->acts[lo];
}
