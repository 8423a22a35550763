/* SPDX-License-Identifier: Apache-2.0 */
/* A camera above a ground plane. World: x to the right, y up, z away from the camera, in metres;
 * the camera stands at (0, height, 0) and looks along z. */
#ifndef SFD_SYNTH_CAMERA_H
#define SFD_SYNTH_CAMERA_H

#include "synth/trig.h"

typedef struct sfd_camera {
    double focal_px;
    double height_m;
    double centre_x_px, horizon_y_px; /* picture place of the viewing direction */
} sfd_camera;

/* Where something stands and faces: yaw 0 looks into the camera, 90 to the picture's right. */
typedef struct sfd_stance {
    double x, z;
    double yaw_deg;
} sfd_stance;

/* Picture place of a world point; points too near are taken as 0.2 m away. */
sfd_vec2 sfd_camera_project(const sfd_camera *c, sfd_vec3 world);
double sfd_camera_px_per_m(const sfd_camera *c, double z);

/* The world point at x, z on the ground that shows at picture row y below the horizon. */
double sfd_camera_ground_z(const sfd_camera *c, double y_px);

/* Body axes (x forward, y left, z up; origin on the ground) -> world. */
sfd_vec3 sfd_stance_world(const sfd_stance *s, sfd_vec3 body);
sfd_vec3 sfd_stance_direction(const sfd_stance *s, sfd_vec3 body);

#endif
