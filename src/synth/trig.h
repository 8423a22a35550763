/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors, rotations, and a sine of our own: libm's differs between machines in the last bit, and
 * the rendered pictures must not. Everything here is +, -, *, /, sqrt and floor, which IEEE 754
 * defines exactly. */
#ifndef SFD_SYNTH_TRIG_H
#define SFD_SYNTH_TRIG_H

typedef struct sfd_vec2 {
    double x, y;
} sfd_vec2;

typedef struct sfd_vec3 {
    double x, y, z;
} sfd_vec3;

typedef struct sfd_rotation {
    sfd_vec3 col[3]; /* images of the x, y and z axes */
} sfd_rotation;

/* Of an angle in degrees, within 1e-9. */
double sfd_sin_deg(double degrees);
double sfd_cos_deg(double degrees);

double sfd_clamp(double v, double lo, double hi);
double sfd_mix(double a, double b, double t); /* a at t = 0, b at t = 1 */
double sfd_smooth(double t);                  /* 0 below 0, 1 above 1, smooth between */

sfd_vec3 sfd_add(sfd_vec3 a, sfd_vec3 b);
sfd_vec3 sfd_sub(sfd_vec3 a, sfd_vec3 b);
sfd_vec3 sfd_scale(sfd_vec3 a, double k);
sfd_vec3 sfd_mix3(sfd_vec3 a, sfd_vec3 b, double t);
sfd_vec3 sfd_unit3(sfd_vec3 a); /* of length 1 */
double sfd_dot(sfd_vec3 a, sfd_vec3 b);

/* r after a further turn about one of its own axes. */
sfd_rotation sfd_turn_x(sfd_rotation r, double degrees);
sfd_rotation sfd_turn_y(sfd_rotation r, double degrees);
sfd_rotation sfd_turn_z(sfd_rotation r, double degrees);
sfd_rotation sfd_no_rotation(void);

#endif
