/* SPDX-License-Identifier: Apache-2.0 */
/* Movements as key poses over a phase, joined by smooth curves. */
#ifndef SFD_SYNTH_MOTION_H
#define SFD_SYNTH_MOTION_H

#include "synth/pose.h"

#include <stdbool.h>

typedef struct sfd_key_pose {
    float at; /* phase, rising from 0 */
    sfd_pose pose;
} sfd_key_pose;

typedef enum sfd_motion_kind {
    SFD_MOTION_CYCLE,    /* repeats after phase 1 */
    SFD_MOTION_MIRRORED, /* keys for phase 0..0.5; the other half has left and right exchanged */
    SFD_MOTION_ONCE      /* from the first key to the last, which it holds; one key: a still pose */
} sfd_motion_kind;

typedef struct sfd_motion {
    sfd_motion_kind kind;
    size_t n_keys;
    const sfd_key_pose *keys;
} sfd_motion;

void sfd_motion_pose(sfd_pose *out, const sfd_motion *m, double phase);

/* Whole-body movements (motion_table.c). */
typedef enum sfd_motion_id {
    SFD_STAND,
    SFD_WALK,
    SFD_JOG,
    SFD_HOP,
    SFD_STAR_JUMP,
    SFD_SIT,
    SFD_SIT_DOWN, /* backwards: get up */
    SFD_SQUAT,
    SFD_SQUAT_DOWN,
    SFD_KNEEL,
    SFD_KNEEL_DOWN,
    SFD_BOWED,
    SFD_BOW,
    SFD_REACH_DOWN, /* to the ground and up again: picking up, and backwards putting down */
    SFD_LIE_ON_BACK,
    SFD_LIE_ON_FRONT,
    SFD_LIE_ON_SIDE,
    SFD_DROP_ON_BACK,  /* through sitting; backwards: get up */
    SFD_DROP_ON_FRONT, /* through kneeling */
    SFD_TOPPLE_BACK,
    SFD_TOPPLE_FRONT,
    SFD_TOPPLE_SIDE,
    SFD_DANCE_SWAY,
    SFD_DANCE_STEP,
    SFD_DANCE_DISCO,
    SFD_DANCE_KICK,
    SFD_PUNCHES,
    SFD_FRONT_KICKS,
    SFD_HOOKS,
    SFD_THROW,
    SFD_N_MOTIONS
} sfd_motion_id;

extern const sfd_motion sfd_motions[SFD_N_MOTIONS];

/* What the arms do on top of that (gesture_table.c). Only the arms of these poses count. */
typedef enum sfd_gesture_id {
    SFD_NO_GESTURE,
    SFD_WAVE,
    SFD_WAVE_WIDE,
    SFD_ARM_UP, /* as a wave that stands still */
    SFD_CLAP,
    SFD_CLAP_HIGH,
    SFD_HANDS_TOGETHER,
    SFD_HANDS_APART,
    SFD_CARRY_BOTH,
    SFD_CARRY_ONE,
    /* With sound only. */
    SFD_GESTICULATE, /* as those who talk or sing */
    SFD_HAND_TO_EAR,
    SFD_DRUM, /* the left hand comes down at phase 0, the right one at 0.5 */
    SFD_N_GESTURES
} sfd_gesture_id;

typedef struct sfd_gesture {
    sfd_motion motion;
    bool both_arms; /* else the left one, and the right one after mirroring */
} sfd_gesture;

extern const sfd_gesture sfd_gestures[SFD_N_GESTURES];

#endif
