/* SPDX-License-Identifier: Apache-2.0 */
/* What arms do on top of a movement: {raise, spread, turn, bend}, left before right. */
#include "synth/motion.h"

static const sfd_key_pose hanging[] = {{0, {.arm = {{3, 7, 15, 14}, {5, 7, 15, 14}}}}};

/* The forearm swings about the elbow, level with the head. */
static const sfd_key_pose wave[] = {
    {0, {.arm = {{10, 92, -84, 56}}}},
    {0.5f, {.arm = {{10, 96, -84, 112}}}},
};

/* The whole arm swings overhead. */
static const sfd_key_pose wave_wide[] = {
    {0, {.arm = {{6, 118, -84, 14}}}},
    {0.5f, {.arm = {{6, 160, -84, 52}}}},
};

/* The places where a wave comes by: phase picks one of them. */
static const sfd_key_pose arm_up[] = {
    {0, {.arm = {{10, 92, -84, 56}}}},
    {0.35f, {.arm = {{10, 96, -84, 112}}}},
    {0.65f, {.arm = {{6, 160, -84, 52}}}},
    {0.85f, {.arm = {{6, 118, -84, 14}}}},
};

static const sfd_key_pose clap[] = {
    {0, {.arm = {{42, 6, 27, 84}, {42, 6, 27, 84}}}},
    {0.5f, {.arm = {{38, 26, 6, 84}, {38, 26, 6, 84}}}},
};

static const sfd_key_pose clap_high[] = {
    {0, {.arm = {{92, 2, 30, 62}, {92, 2, 30, 62}}}},
    {0.5f, {.arm = {{84, 28, 8, 62}, {84, 28, 8, 62}}}},
};

static const sfd_key_pose hands_together[] = {
    {0, {.arm = {{42, 6, 27, 84}, {42, 6, 27, 84}}}},
    {0.5f, {.arm = {{92, 2, 30, 62}, {92, 2, 30, 62}}}},
};

static const sfd_key_pose hands_apart[] = {
    {0, {.arm = {{38, 26, 6, 84}, {38, 26, 6, 84}}}},
    {0.5f, {.arm = {{84, 28, 8, 62}, {84, 28, 8, 62}}}},
};

static const sfd_key_pose carry_both[] = {{0, {.arm = {{28, 4, 10, 72}, {28, 4, 10, 72}}}}};
static const sfd_key_pose carry_one[] = {{0, {.arm = {{14, 12, 40, 84}}}}};

/* Open forearms that rise and fall in turn. */
static const sfd_key_pose gesticulate[] = {
    {0, {.arm = {{48, 22, -22, 92}, {16, 18, -12, 74}}}},
    {0.25f, {.arm = {{34, 34, -34, 78}, {30, 30, -30, 88}}}},
};

static const sfd_key_pose hand_to_ear[] = {{0, {.arm = {{52, 62, -20, 142}}}}};

static const sfd_key_pose drum[] = {
    {0, {.arm = {{20, 10, 28, 58}, {26, 10, 28, 98}}}},
    {0.1f, {.arm = {{22, 10, 28, 74}, {26, 10, 28, 102}}}},
    {0.3f, {.arm = {{26, 10, 28, 100}, {26, 10, 28, 92}}}},
};

#define MOTION(kind, keys)                                                                         \
    {                                                                                              \
        SFD_MOTION_##kind, sizeof keys / sizeof *keys, keys                                        \
    }

const sfd_gesture sfd_gestures[SFD_N_GESTURES] = {
    [SFD_NO_GESTURE] = {MOTION(ONCE, hanging), false},
    [SFD_WAVE] = {MOTION(CYCLE, wave), false},
    [SFD_WAVE_WIDE] = {MOTION(CYCLE, wave_wide), false},
    [SFD_ARM_UP] = {MOTION(CYCLE, arm_up), false},
    [SFD_CLAP] = {MOTION(CYCLE, clap), true},
    [SFD_CLAP_HIGH] = {MOTION(CYCLE, clap_high), true},
    [SFD_HANDS_TOGETHER] = {MOTION(CYCLE, hands_together), true},
    [SFD_HANDS_APART] = {MOTION(CYCLE, hands_apart), true},
    [SFD_CARRY_BOTH] = {MOTION(ONCE, carry_both), true},
    [SFD_CARRY_ONE] = {MOTION(ONCE, carry_one), false},
    [SFD_GESTICULATE] = {MOTION(MIRRORED, gesticulate), true},
    [SFD_HAND_TO_EAR] = {MOTION(ONCE, hand_to_ear), false},
    [SFD_DRUM] = {MOTION(MIRRORED, drum), true},
};
