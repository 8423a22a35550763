/* SPDX-License-Identifier: Apache-2.0 */
/* Cubic curves through key poses. */
#include "synth/motion.h"

#include <math.h>

/* Key k of the endless sequence: `at` goes on beyond 0..1, mirrored halves are unfolded. */
static void key_at(sfd_key_pose *out, const sfd_motion *m, long k)
{
    long n = (long)m->n_keys;
    if (m->kind == SFD_MOTION_ONCE) {
        *out = m->keys[k < 0 ? 0 : k >= n ? n - 1 : k];
        return;
    }
    double period = m->kind == SFD_MOTION_MIRRORED ? 0.5 : 1;
    long round = k >= 0 ? k / n : -((n - 1 - k) / n);
    *out = m->keys[k - round * n];
    out->at += (float)(round * period);
    if (m->kind == SFD_MOTION_MIRRORED && (round & 1))
        sfd_pose_mirror(&out->pose);
}

/* Hermite curve from b to c with the slopes of the keys beyond them (Catmull and Rom). */
static void curve(sfd_pose *out, const sfd_key_pose k[4], double phase)
{
    double span = k[2].at - k[1].at, t = (phase - k[1].at) / span;
    double before = k[2].at - k[0].at, after = k[3].at - k[1].at;
    double h1 = t * t * (3 - 2 * t), s0 = t * (1 - t) * (1 - t) * span, s1 = t * t * (t - 1) * span;
    const float *p[4];
    for (int i = 0; i < 4; i++)
        p[i] = (const float *)&k[i].pose;
    float *z = (float *)out;
    for (size_t i = 0; i < SFD_POSE_FLOATS; i++) {
        double slope0 = (p[2][i] - p[0][i]) / before, slope1 = (p[3][i] - p[1][i]) / after;
        z[i] = (float)(p[1][i] + (p[2][i] - p[1][i]) * h1 + slope0 * s0 + slope1 * s1);
    }
}

void sfd_motion_pose(sfd_pose *out, const sfd_motion *m, double phase)
{
    long last = (long)m->n_keys - 1;
    if (m->kind == SFD_MOTION_ONCE) {
        if (phase <= m->keys[0].at || phase >= m->keys[last].at) {
            *out = m->keys[phase <= m->keys[0].at ? 0 : last].pose;
            return;
        }
    } else {
        phase -= floor(phase);
    }
    sfd_key_pose k[4];
    long i = 0;
    for (key_at(&k[2], m, 1); k[2].at <= phase; key_at(&k[2], m, i + 1))
        i++;
    for (int n = 0; n < 4; n++)
        key_at(&k[n], m, i + n - 1);
    curve(out, k, phase);
}
