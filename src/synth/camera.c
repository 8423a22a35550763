/* SPDX-License-Identifier: Apache-2.0 */
/* Perspective. */
#include "synth/camera.h"

#include <math.h>

#define NEAREST_M 0.2

double sfd_camera_px_per_m(const sfd_camera *c, double z)
{
    return c->focal_px / fmax(z, NEAREST_M);
}

sfd_vec2 sfd_camera_project(const sfd_camera *c, sfd_vec3 w)
{
    double k = sfd_camera_px_per_m(c, w.z);
    return (sfd_vec2){c->centre_x_px + k * w.x, c->horizon_y_px + k * (c->height_m - w.y)};
}

double sfd_camera_ground_z(const sfd_camera *c, double y_px)
{
    return c->focal_px * c->height_m / fmax(y_px - c->horizon_y_px, 1e-3);
}

sfd_vec3 sfd_stance_direction(const sfd_stance *s, sfd_vec3 b)
{
    double sine = sfd_sin_deg(s->yaw_deg), cosine = sfd_cos_deg(s->yaw_deg);
    return (sfd_vec3){b.x * sine + b.y * cosine, b.z, b.y * sine - b.x * cosine};
}

sfd_vec3 sfd_stance_world(const sfd_stance *s, sfd_vec3 body)
{
    return sfd_add((sfd_vec3){s->x, 0, s->z}, sfd_stance_direction(s, body));
}
