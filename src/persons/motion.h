/* SPDX-License-Identifier: Apache-2.0 */
/* Where a box that was seen now and then is expected to be. */
#ifndef SFD_PERSONS_MOTION_H
#define SFD_PERSONS_MOTION_H

#include <sfdet/common.h>

#define SFD_MOTION_FILTERS 4 /* centre, width, height */

/* Position and velocity (per step) of one coordinate, with their covariance. */
typedef struct sfd_filter {
    double x, v;
    double xx, xv, vv;
} sfd_filter;

typedef struct sfd_motion {
    sfd_filter of[SFD_MOTION_FILTERS];
} sfd_motion;

void sfd_motion_start(sfd_motion *m, const sfd_box_norm *box);
void sfd_motion_predict(sfd_motion *m, double steps);
void sfd_motion_correct(sfd_motion *m, const sfd_box_norm *box);
sfd_box_norm sfd_motion_box(const sfd_motion *m);

#endif
