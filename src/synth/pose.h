/* SPDX-License-Identifier: Apache-2.0 */
/* A human figure as joint angles, and the joints' places that follow from them.
 *
 * Body axes: x forward, y to the person's left, z up. All angles in degrees; all zero is standing
 * upright with hanging arms. Legs hang from the pelvis, which `lean` tilts; the trunk stands on it.
 */
#ifndef SFD_SYNTH_POSE_H
#define SFD_SYNTH_POSE_H

#include "synth/trig.h"

#include <stddef.h>

enum { SFD_LEFT, SFD_RIGHT };

typedef struct sfd_arm {
    float raise;  /* upper arm forward: 90 level, 180 overhead */
    float spread; /* upper arm sideways, away from the body */
    float turn;   /* about its own axis, hand inwards */
    float bend;   /* elbow */
} sfd_arm;

typedef struct sfd_leg {
    float raise;  /* thigh forward */
    float spread; /* thigh sideways */
    float bend;   /* knee */
    float toes;   /* foot pointed down */
} sfd_leg;

/* Nothing but floats: poses are mixed number by number. */
typedef struct sfd_pose {
    float lean, roll, turn; /* pelvis: forward, to the left, about the vertical to the left */
    float bow, side, twist; /* trunk against pelvis: forward, to the left, about its axis */
    float nod, look;        /* head: down, to the left */
    float air;              /* lowest point above the ground, in leg lengths */
    float roam;             /* 0: the feet stay in place, 1: the pelvis does (walking) */
    sfd_arm arm[2];
    sfd_leg leg[2];
} sfd_pose;

#define SFD_POSE_FLOATS (sizeof(sfd_pose) / sizeof(float))
_Static_assert(SFD_POSE_FLOATS * sizeof(float) == sizeof(sfd_pose), "a pose is all floats");

/* Sizes in metres. */
typedef struct sfd_proportions {
    double height;
    double head, neck, trunk, upper_arm, forearm, hand, thigh, shank, foot; /* lengths */
    double hip_half, shoulder_half;                                         /* half widths */
    double girth; /* thickness of everything, 1 = usual */
} sfd_proportions;

/* Of an adult of that height; `build` -1 slim .. 1 stout; `leg_share` 1 = usual. */
sfd_proportions sfd_proportions_make(double height, double build, double leg_share);

typedef struct sfd_joints {
    sfd_vec3 pelvis, waist, chest, neck, head, crown; /* head: its middle */
    sfd_vec3 shoulder[2], elbow[2], wrist[2], hand[2];
    sfd_vec3 hip[2], knee[2], ankle[2], heel[2], toe[2];
    sfd_vec3 face, chest_out; /* unit vectors: where the face and the chest point */
} sfd_joints;

/* The joints for feet (or pelvis, by `roam`) at the origin, the lowest point `air` above z = 0. */
void sfd_pose_joints(sfd_joints *out, const sfd_pose *p, const sfd_proportions *size);

void sfd_pose_mix(sfd_pose *out, const sfd_pose *a, const sfd_pose *b, double t);
void sfd_pose_mirror(sfd_pose *p); /* left and right change places */

#endif
