/* SPDX-License-Identifier: Apache-2.0 */
/* Kalman filters of constant velocity, one for each coordinate. */
#include "persons/motion.h"

#include <math.h>

/* Uncertainties in shares of the box's height, for moments a fifth of a second apart. */
#define POSITION_NOISE (1.0 / 20)
#define VELOCITY_NOISE (1.0 / 30)

enum { CENTRE_X, CENTRE_Y, WIDTH, HEIGHT, N_FILTERS = SFD_MOTION_FILTERS };

static double square(double x)
{
    return x * x;
}

static void measure(const sfd_box_norm *box, double out[N_FILTERS])
{
    out[CENTRE_X] = (box->x1 + box->x2) / 2;
    out[CENTRE_Y] = (box->y1 + box->y2) / 2;
    out[WIDTH] = box->x2 - box->x1;
    out[HEIGHT] = box->y2 - box->y1;
}

void sfd_motion_start(sfd_motion *m, const sfd_box_norm *box)
{
    double z[N_FILTERS];
    measure(box, z);
    for (int i = 0; i < N_FILTERS; i++)
        m->of[i] = (sfd_filter){.x = z[i],
                                .xx = square(2 * POSITION_NOISE * z[HEIGHT]),
                                .vv = square(10 * VELOCITY_NOISE * z[HEIGHT])};
}

void sfd_motion_predict(sfd_motion *m, double steps)
{
    const double height = m->of[HEIGHT].x;
    for (int i = 0; i < N_FILTERS; i++) {
        sfd_filter *f = &m->of[i];
        f->x += f->v * steps;
        f->xx += steps * (2 * f->xv + steps * f->vv) + steps * square(POSITION_NOISE * height);
        f->xv += steps * f->vv;
        f->vv += steps * square(VELOCITY_NOISE * height);
    }
}

void sfd_motion_correct(sfd_motion *m, const sfd_box_norm *box)
{
    double z[N_FILTERS];
    measure(box, z);
    const double noise = square(POSITION_NOISE * m->of[HEIGHT].x);
    for (int i = 0; i < N_FILTERS; i++) {
        sfd_filter *f = &m->of[i];
        const double sum = f->xx + noise, gain_x = f->xx / sum, gain_v = f->xv / sum;
        const double surprise = z[i] - f->x;
        f->x += gain_x * surprise;
        f->v += gain_v * surprise;
        f->vv -= gain_v * f->xv;
        f->xv -= gain_x * f->xv;
        f->xx -= gain_x * f->xx;
    }
}

sfd_box_norm sfd_motion_box(const sfd_motion *m)
{
    const double w = m->of[WIDTH].x / 2, h = m->of[HEIGHT].x / 2;
    const double x = m->of[CENTRE_X].x, y = m->of[CENTRE_Y].x;
    return (sfd_box_norm){x - w, y - h, x + w, y + h};
}
