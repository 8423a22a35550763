/* SPDX-License-Identifier: Apache-2.0 */
/* Distance and direction. */
#include "synth/sound_place.h"

#include "synth/sound_filter.h"

#include <math.h>

#define MICROPHONE_M 1.2 /* above the ground */
#define NEAREST_M    0.5
#define CLEAR_HZ     18000.0 /* the low-pass of near things, */
#define HALF_CLEAR_M 5.0     /* and where it has come down by half */
#define WIDEST       0.9     /* one ear never hears all */
#define ECHO_M       4.0     /* walls hear far and near alike: at this distance as the ears do */

void sfd_sound_place_add(sfd_sound_place *p, sfd_vec3 at, double half_width, const float *mono,
                         const sfd_mixture *m)
{
    const double y = at.y - MICROPHONE_M;
    const double away = fmax(sqrt(at.x * at.x + y * y + at.z * at.z), NEAREST_M);
    const double far = away / HALF_CLEAR_M, floor_z = fmax(at.z, NEAREST_M);
    const double side = sfd_clamp(at.x / (floor_z * half_width), -1, 1) * WIDEST;
    const double left = sqrt((1 - side) / 2) / away, right = sqrt((1 + side) / 2) / away;
    const double echo = 1 / sqrt(away * ECHO_M);
    if (!p->placed)
        *p = (sfd_sound_place){left, right, echo, 1, 0, true};
    p->share = sfd_lowpass_share(CLEAR_HZ / (1 + far * far));
    const double step = 1.0 / (double)m->n;
    const double dl = (left - p->left) * step, dr = (right - p->right) * step;
    const double de = (echo - p->echo) * step;
    for (size_t i = 0; i < m->n; i++) {
        p->left += dl;
        p->right += dr;
        p->echo += de;
        p->low += p->share * (mono[i] - p->low);
        p->low = fabs(p->low) < 1e-15 ? 0 : p->low;
        m->left[i] += (float)(p->left * p->low);
        m->right[i] += (float)(p->right * p->low);
        m->echo[i] += (float)(p->echo * p->low);
    }
}
