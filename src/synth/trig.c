/* SPDX-License-Identifier: Apache-2.0 */
/* Exactly reproducible trigonometry and vectors. */
#include "synth/trig.h"

#include <math.h>

/* Taylor series up to x^13 on a quarter turn around 0. */
double sfd_sin_deg(double degrees)
{
    double turns = degrees / 360;
    turns -= floor(turns + 0.5); /* -0.5..0.5 */
    if (turns > 0.25)
        turns = 0.5 - turns;
    else if (turns < -0.25)
        turns = -0.5 - turns;
    double x = turns * 6.283185307179586, s = x * x;
    return x *
           (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72 * (1 - s / 110 * (1 - s / 156))))));
}

double sfd_cos_deg(double degrees)
{
    return sfd_sin_deg(degrees + 90);
}

double sfd_clamp(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

double sfd_mix(double a, double b, double t)
{
    return a + (b - a) * t;
}

double sfd_smooth(double t)
{
    t = sfd_clamp(t, 0, 1);
    return t * t * (3 - 2 * t);
}

sfd_vec3 sfd_add(sfd_vec3 a, sfd_vec3 b)
{
    return (sfd_vec3){a.x + b.x, a.y + b.y, a.z + b.z};
}

sfd_vec3 sfd_sub(sfd_vec3 a, sfd_vec3 b)
{
    return (sfd_vec3){a.x - b.x, a.y - b.y, a.z - b.z};
}

sfd_vec3 sfd_scale(sfd_vec3 a, double k)
{
    return (sfd_vec3){a.x * k, a.y * k, a.z * k};
}

sfd_vec3 sfd_mix3(sfd_vec3 a, sfd_vec3 b, double t)
{
    return sfd_add(a, sfd_scale(sfd_sub(b, a), t));
}

double sfd_dot(sfd_vec3 a, sfd_vec3 b)
{
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

sfd_vec3 sfd_unit3(sfd_vec3 a)
{
    double length = sqrt(sfd_dot(a, a));
    return length > 0 ? sfd_scale(a, 1 / length) : (sfd_vec3){0, 0, 1};
}

sfd_rotation sfd_no_rotation(void)
{
    return (sfd_rotation){{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
}

/* Turns axis a towards axis b. */
static sfd_rotation turn(sfd_rotation r, int a, int b, double degrees)
{
    double c = sfd_cos_deg(degrees), s = sfd_sin_deg(degrees);
    sfd_vec3 from = r.col[a], to = r.col[b];
    r.col[a] = sfd_add(sfd_scale(from, c), sfd_scale(to, s));
    r.col[b] = sfd_sub(sfd_scale(to, c), sfd_scale(from, s));
    return r;
}

sfd_rotation sfd_turn_x(sfd_rotation r, double degrees)
{
    return turn(r, 1, 2, degrees);
}

sfd_rotation sfd_turn_y(sfd_rotation r, double degrees)
{
    return turn(r, 2, 0, degrees);
}

sfd_rotation sfd_turn_z(sfd_rotation r, double degrees)
{
    return turn(r, 0, 1, degrees);
}
