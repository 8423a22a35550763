/* SPDX-License-Identifier: Apache-2.0 */
/* The whole-body movements.
 * Arms are {raise, spread, turn, bend}, legs {raise, spread, bend, toes}, left before right. */
#include "synth/motion.h"

#define ARMS_DOWN     .arm = {{3, 7, 15, 14}, {5, 7, 15, 14}}
#define LEGS_STRAIGHT .leg = {{0, 3, 1, 0}, {0, 3, 1, 0}}

static const sfd_key_pose stand[] = {{0, {ARMS_DOWN, LEGS_STRAIGHT}}};

static const sfd_key_pose walk[] = {
    {0,
     {.lean = 2,
      .twist = 5,
      .roam = 1,
      .arm = {{-22, 6, 5, 10}, {26, 5, 12, 24}},
      .leg = {{26, 2, 4, -14}, {-20, 2, 12, 20}}}},
    {0.12f,
     {.lean = 2,
      .twist = 4,
      .roam = 1,
      .arm = {{-18, 6, 5, 10}, {20, 5, 12, 22}},
      .leg = {{18, 2, 15, 0}, {-14, 2, 42, 30}}}},
    {0.25f,
     {.lean = 2,
      .roam = 1,
      .arm = {{-2, 6, 8, 14}, {2, 6, 8, 14}},
      .leg = {{4, 2, 7, 0}, {18, 2, 64, 8}}}},
    {0.38f,
     {.lean = 2,
      .twist = -4,
      .roam = 1,
      .arm = {{16, 5, 12, 20}, {-15, 6, 5, 10}},
      .leg = {{-10, 2, 5, 4}, {32, 2, 36, -6}}}},
};

static const sfd_key_pose jog[] = {
    {0,
     {.lean = 8,
      .twist = 9,
      .roam = 1,
      .arm = {{-42, 12, 15, 88}, {34, 8, 25, 98}},
      .leg = {{34, 2, 24, -6}, {-10, 2, 88, 20}}}},
    {0.12f,
     {.lean = 9,
      .twist = 6,
      .roam = 1,
      .arm = {{-30, 12, 15, 86}, {22, 8, 25, 96}},
      .leg = {{16, 2, 42, 0}, {20, 2, 114, 15}}}},
    {0.25f,
     {.lean = 9,
      .roam = 1,
      .arm = {{-6, 10, 20, 90}, {-6, 10, 20, 90}},
      .leg = {{-10, 2, 22, 18}, {48, 2, 98, 5}}}},
    {0.36f,
     {.lean = 8,
      .twist = -6,
      .air = 0.03f,
      .roam = 1,
      .arm = {{20, 8, 25, 96}, {-30, 12, 15, 86}},
      .leg = {{-26, 2, 18, 32}, {54, 2, 72, 0}}}},
    {0.44f,
     {.lean = 8,
      .twist = -8,
      .air = 0.10f,
      .roam = 1,
      .arm = {{30, 8, 25, 98}, {-40, 12, 15, 88}},
      .leg = {{-22, 2, 52, 28}, {44, 2, 44, -5}}}},
};

static const sfd_key_pose hop[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.24f,
     {.lean = 22,
      .bow = 18,
      .nod = -15,
      .arm = {{-50, 12, 0, 15}, {-50, 12, 0, 15}},
      .leg = {{84, 5, 104, 0}, {84, 5, 104, 0}}}},
    {0.38f,
     {.lean = 4,
      .arm = {{110, 15, 0, 30}, {110, 15, 0, 30}},
      .leg = {{6, 3, 4, 40}, {6, 3, 4, 40}}}},
    {0.52f,
     {.lean = 4,
      .air = 0.52f,
      .arm = {{152, 14, 0, 20}, {152, 14, 0, 20}},
      .leg = {{24, 4, 42, 35}, {16, 4, 36, 35}}}},
    {0.66f,
     {.lean = 4,
      .arm = {{70, 20, 0, 30}, {70, 20, 0, 30}},
      .leg = {{10, 3, 12, 25}, {10, 3, 12, 25}}}},
    {0.80f,
     {.lean = 14,
      .bow = 12,
      .arm = {{10, 15, 0, 25}, {10, 15, 0, 25}},
      .leg = {{52, 4, 64, 0}, {52, 4, 64, 0}}}},
};

static const sfd_key_pose star_jump[] = {
    {0,
     {.lean = 5,
      .bow = 4,
      .arm = {{5, 9, 0, 12}, {5, 9, 0, 12}},
      .leg = {{22, 3, 34, 0}, {22, 3, 34, 0}}}},
    {0.25f,
     {.air = 0.24f,
      .arm = {{0, 85, 0, 10}, {0, 85, 0, 10}},
      .leg = {{3, 15, 4, 35}, {3, 15, 4, 35}}}},
    {0.5f,
     {.lean = 5,
      .arm = {{0, 160, 0, 12}, {0, 160, 0, 12}},
      .leg = {{16, 26, 26, 0}, {16, 26, 26, 0}}}},
    {0.75f,
     {.air = 0.24f,
      .arm = {{0, 85, 0, 10}, {0, 85, 0, 10}},
      .leg = {{3, 13, 4, 35}, {3, 13, 4, 35}}}},
};

#define SEATED                                                                                     \
    .lean = -4, .bow = 6, .arm = {{26, 8, 25, 48}, {28, 8, 25, 46}},                               \
    .leg = {{84, 7, 86, 0}, {84, 7, 84, 0}}

static const sfd_key_pose sit[] = {{0, {SEATED}}};
static const sfd_key_pose sit_down[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.3f,
     {.lean = 20,
      .bow = 14,
      .arm = {{14, 10, 15, 22}, {14, 10, 15, 22}},
      .leg = {{48, 5, 46, 0}, {48, 5, 46, 0}}}},
    {0.65f,
     {.lean = 28,
      .bow = 18,
      .arm = {{36, 10, 15, 28}, {36, 10, 15, 28}},
      .leg = {{94, 6, 78, 0}, {94, 6, 78, 0}}}},
    {1, {SEATED}},
};

#define SQUATTING                                                                                  \
    .lean = 24, .bow = 18, .nod = -20, .arm = {{62, 8, 20, 45}, {58, 10, 20, 52}},                 \
    .leg = {{124, 10, 136, 12}, {120, 10, 138, 14}}

static const sfd_key_pose squat[] = {{0, {SQUATTING}}};
static const sfd_key_pose squat_down[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.5f,
     {.lean = 24,
      .bow = 16,
      .nod = -12,
      .arm = {{32, 9, 18, 30}, {30, 9, 18, 34}},
      .leg = {{74, 6, 82, 0}, {72, 6, 82, 0}}}},
    {1, {SQUATTING}},
};

#define KNEELING                                                                                   \
    .lean = 3, .bow = 10, .arm = {{38, 8, 20, 42}, {10, 8, 15, 22}},                               \
    .leg = {{88, 6, 92, 0}, {-4, 5, 88, 0}}

static const sfd_key_pose kneel[] = {{0, {KNEELING}}};
static const sfd_key_pose kneel_down[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.45f,
     {.lean = 10,
      .bow = 12,
      .arm = {{24, 9, 18, 26}, {14, 9, 15, 20}},
      .leg = {{56, 5, 58, 0}, {0, 4, 42, 25}}}},
    {1, {KNEELING}},
};

#define BENT                                                                                       \
    .lean = 46, .bow = 38, .nod = -8, .arm = {{62, 6, 10, 14}, {66, 6, 10, 12}},                   \
    .leg = {{42, 4, 6, 0}, {42, 4, 6, 0}}

static const sfd_key_pose bowed[] = {{0, {BENT}}};
static const sfd_key_pose bow[] = {
    {0,
     {.lean = 20,
      .bow = 14,
      .arm = {{20, 6, 10, 14}, {20, 6, 10, 14}},
      .leg = {{18, 3, 2, 0}, {18, 3, 2, 0}}}},
    {0.5f,
     {.lean = 52,
      .bow = 40,
      .arm = {{48, 5, 8, 10}, {48, 5, 8, 10}},
      .leg = {{48, 3, 6, 0}, {48, 3, 6, 0}}}},
};

#define HOLDING .arm = {{28, 4, 10, 72}, {28, 4, 10, 72}}

static const sfd_key_pose reach_down[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.25f,
     {.lean = 30,
      .bow = 24,
      .arm = {{52, 6, 12, 8}, {52, 6, 12, 8}},
      .leg = {{46, 6, 34, 0}, {46, 6, 34, 0}}}},
    {0.5f,
     {.lean = 52,
      .bow = 44,
      .nod = -10,
      .arm = {{88, 4, 14, 6}, {88, 4, 14, 6}},
      .leg = {{84, 8, 70, 0}, {84, 8, 70, 0}}}},
    {0.75f,
     {.lean = 30,
      .bow = 20,
      .arm = {{54, 4, 22, 34}, {54, 4, 22, 34}},
      .leg = {{46, 6, 34, 0}, {46, 6, 34, 0}}}},
    {1, {HOLDING, LEGS_STRAIGHT}},
};

#define ON_BACK                                                                                    \
    .lean = -90, .nod = 8, .arm = {{-4, 24, 0, 18}, {8, 30, 20, 40}},                              \
    .leg = {{10, 8, 16, 30}, {34, 8, 62, 10}}
#define ON_FRONT                                                                                   \
    .lean = 90, .look = 40, .arm = {{172, 26, 0, 14}, {-6, 22, 0, 4}},                             \
    .leg = {{-2, 8, 6, 50}, {4, 10, 34, 50}}
#define ON_SIDE                                                                                    \
    .roll = 90, .nod = 12, .bow = 12, .arm = {{80, 4, 10, 60}, {40, 2, 20, 50}},                   \
    .leg = {{46, 0, 60, 25}, {28, 0, 44, 25}}

static const sfd_key_pose lie_on_back[] = {{0, {ON_BACK}}};
static const sfd_key_pose lie_on_front[] = {{0, {ON_FRONT}}};
static const sfd_key_pose lie_on_side[] = {{0, {ON_SIDE}}};

static const sfd_key_pose drop_on_back[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.28f,
     {.lean = 26,
      .bow = 20,
      .arm = {{30, 14, 10, 30}, {-20, 20, 0, 24}},
      .leg = {{98, 8, 108, 5}, {92, 8, 104, 5}}}},
    {0.55f,
     {.lean = -22,
      .bow = 26,
      .arm = {{40, 14, 10, 36}, {-46, 20, 0, 10}},
      .leg = {{82, 8, 76, 0}, {64, 8, 40, 0}}}},
    {0.8f,
     {.lean = -62,
      .bow = 18,
      .nod = 20,
      .arm = {{20, 20, 0, 30}, {-20, 34, 0, 30}},
      .leg = {{44, 8, 44, 20}, {48, 8, 66, 5}}}},
    {1, {ON_BACK}},
};

static const sfd_key_pose drop_on_front[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.25f,
     {.lean = 10,
      .bow = 16,
      .arm = {{30, 10, 15, 30}, {24, 10, 15, 30}},
      .leg = {{40, 5, 74, 20}, {24, 5, 66, 20}}}},
    {0.5f,
     {.lean = 24,
      .bow = 26,
      .arm = {{64, 12, 10, 30}, {60, 12, 10, 30}},
      .leg = {{24, 6, 102, 40}, {18, 6, 98, 40}}}},
    {0.75f,
     {.lean = 68,
      .bow = 10,
      .nod = -15,
      .arm = {{84, 12, 0, 8}, {80, 12, 0, 8}},
      .leg = {{60, 8, 98, 40}, {54, 8, 94, 40}}}},
    {1, {ON_FRONT}},
};

static const sfd_key_pose topple_back[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.35f,
     {.lean = -18,
      .bow = 14,
      .arm = {{60, 40, 0, 30}, {40, 46, 0, 30}},
      .leg = {{20, 5, 22, 0}, {30, 5, 30, -10}}}},
    {0.7f,
     {.lean = -58,
      .bow = 22,
      .nod = 20,
      .arm = {{70, 50, 0, 30}, {30, 60, 0, 20}},
      .leg = {{46, 8, 44, 0}, {58, 8, 50, 0}}}},
    {1, {ON_BACK}},
};

static const sfd_key_pose topple_front[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.35f,
     {.lean = 20,
      .bow = 10,
      .nod = -20,
      .arm = {{70, 24, 0, 40}, {56, 24, 0, 40}},
      .leg = {{14, 4, 24, 10}, {-6, 4, 14, 20}}}},
    {0.7f,
     {.lean = 60,
      .bow = 6,
      .nod = -25,
      .arm = {{56, 24, 0, 70}, {48, 26, 0, 74}},
      .leg = {{6, 6, 14, 40}, {0, 6, 10, 40}}}},
    {1, {ON_FRONT}},
};

static const sfd_key_pose topple_side[] = {
    {0, {ARMS_DOWN, LEGS_STRAIGHT}},
    {0.35f,
     {.roll = 20,
      .side = 8,
      .arm = {{20, 60, 0, 20}, {10, 50, 0, 20}},
      .leg = {{22, 2, 34, 0}, {10, 8, 14, 0}}}},
    {0.7f,
     {.roll = 64,
      .side = 4,
      .arm = {{50, 50, 0, 20}, {30, 50, 0, 30}},
      .leg = {{40, 0, 56, 10}, {24, 10, 36, 10}}}},
    {1, {ON_SIDE}},
};

static const sfd_key_pose dance_sway[] = {
    {0,
     {.roll = -7,
      .side = 16,
      .look = 10,
      .arm = {{0, 128, -80, 42}, {0, 150, -80, 30}},
      .leg = {{12, 12, 22, 0}, {5, 1, 6, 0}}}},
    {0.25f,
     {.lean = 6,
      .bow = 4,
      .arm = {{0, 120, -80, 70}, {0, 120, -80, 70}},
      .leg = {{26, 8, 40, 0}, {26, 8, 40, 0}}}},
};

static const sfd_key_pose dance_step[] = {
    {0,
     {.twist = 26,
      .turn = -12,
      .roll = 4,
      .lean = 6,
      .arm = {{-24, 22, 20, 84}, {54, 18, 40, 84}},
      .leg = {{18, 20, 24, 0}, {30, 2, 62, 30}}}},
    {0.25f,
     {.lean = 8,
      .bow = 6,
      .arm = {{18, 30, 20, 96}, {18, 30, 20, 96}},
      .leg = {{26, 8, 38, 0}, {26, 8, 38, 0}}}},
};

static const sfd_key_pose dance_disco[] = {
    {0,
     {.roll = -5,
      .side = 12,
      .look = 20,
      .arm = {{12, 145, 0, 8}, {-12, 40, -40, 92}},
      .leg = {{6, 14, 4, 0}, {22, 10, 38, 14}}}},
    {0.5f,
     {.roll = 5,
      .side = -8,
      .look = -10,
      .twist = -24,
      .arm = {{44, -14, 20, 14}, {-12, 40, -40, 92}},
      .leg = {{20, 14, 34, 14}, {8, 12, 8, 0}}}},
};

static const sfd_key_pose dance_kick[] = {
    {0,
     {.lean = -4,
      .twist = 12,
      .air = 0.03f,
      .arm = {{0, 84, -30, 30}, {40, 62, 0, 60}},
      .leg = {{70, 6, 20, 30}, {2, 3, 4, 25}}}},
    {0.25f,
     {.lean = 8,
      .bow = 6,
      .arm = {{20, 50, 20, 80}, {20, 50, 20, 80}},
      .leg = {{34, 5, 50, 5}, {28, 5, 46, 0}}}},
};

/* One foot ahead, fists up. */
#define GUARD_LEGS .leg = {{26, 8, 24, 0}, {-10, 10, 26, 14}}

static const sfd_key_pose punches[] = {
    {0,
     {.lean = 6,
      .twist = -14,
      .turn = -20,
      .arm = {{44, 12, 30, 112}, {38, 12, 36, 124}},
      GUARD_LEGS}},
    {0.18f,
     {.lean = 9, .twist = -34, .turn = -20, .arm = {{88, 2, 0, 4}, {36, 12, 36, 126}}, GUARD_LEGS}},
    {0.36f,
     {.lean = 6,
      .twist = -12,
      .turn = -20,
      .arm = {{44, 12, 30, 112}, {38, 12, 36, 124}},
      GUARD_LEGS}},
    {0.60f,
     {.lean = 12,
      .twist = 40,
      .turn = -20,
      .arm = {{40, 12, 34, 122}, {90, 0, 0, 4}},
      .leg = {{32, 8, 34, 0}, {-14, 10, 30, 30}}}},
    {0.80f,
     {.lean = 7,
      .twist = 4,
      .turn = -20,
      .arm = {{44, 12, 30, 116}, {42, 12, 34, 118}},
      GUARD_LEGS}},
};

static const sfd_key_pose front_kicks[] = {
    {0,
     {.lean = 5,
      .twist = -14,
      .turn = -20,
      .arm = {{44, 12, 30, 112}, {38, 12, 36, 124}},
      GUARD_LEGS}},
    {0.24f,
     {.lean = -4,
      .bow = 8,
      .turn = -20,
      .arm = {{40, 16, 30, 104}, {30, 16, 30, 100}},
      .leg = {{4, 5, 12, 0}, {88, 6, 106, 20}}}},
    {0.38f,
     {.lean = -24,
      .bow = 16,
      .turn = -20,
      .arm = {{30, 22, 20, 90}, {4, 26, 20, 70}},
      .leg = {{-18, 5, 10, 8}, {88, 4, 4, 20}}}},
    {0.54f,
     {.lean = -6,
      .bow = 8,
      .turn = -20,
      .arm = {{40, 16, 30, 104}, {30, 16, 30, 100}},
      .leg = {{2, 5, 12, 0}, {82, 6, 98, 20}}}},
    {0.80f,
     {.lean = 6,
      .twist = -14,
      .turn = -20,
      .arm = {{44, 12, 30, 112}, {38, 12, 36, 124}},
      GUARD_LEGS}},
};

static const sfd_key_pose hooks[] = {
    {0,
     {.lean = 12,
      .bow = 8,
      .twist = 34,
      .side = -8,
      .arm = {{30, 40, 20, 100}, {62, 64, 60, 84}},
      .leg = {{34, 12, 44, 0}, {22, 12, 46, 14}}}},
    {0.25f,
     {.lean = 12,
      .bow = 6,
      .arm = {{44, 18, 30, 116}, {44, 18, 30, 116}},
      .leg = {{24, 12, 32, 0}, {24, 12, 32, 0}}}},
};

static const sfd_key_pose throw[] = {
    {0, {HOLDING, LEGS_STRAIGHT}},
    {0.35f,
     {.lean = -8,
      .twist = -38,
      .turn = -16,
      .side = -6,
      .arm = {{78, 20, 0, 12}, {20, 92, -70, 96}},
      .leg = {{30, 5, 22, -8}, {-6, 6, 18, 0}}}},
    {0.60f,
     {.lean = 10,
      .twist = 14,
      .turn = -8,
      .arm = {{20, 30, 10, 40}, {128, 24, 0, 34}},
      .leg = {{34, 5, 30, 0}, {-18, 6, 16, 18}}}},
    {0.80f,
     {.lean = 24,
      .bow = 14,
      .twist = 36,
      .arm = {{-20, 26, 10, 30}, {62, -6, 20, 16}},
      .leg = {{44, 5, 36, 0}, {-14, 6, 30, 30}}}},
    {1,
     {.lean = 8,
      .bow = 4,
      .arm = {{-4, 12, 10, 20}, {20, 4, 16, 20}},
      .leg = {{14, 4, 14, 0}, {-4, 4, 6, 6}}}},
};

#define MOTION(kind, keys)                                                                         \
    {                                                                                              \
        SFD_MOTION_##kind, sizeof keys / sizeof *keys, keys                                        \
    }

const sfd_motion sfd_motions[SFD_N_MOTIONS] = {
    [SFD_STAND] = MOTION(ONCE, stand),
    [SFD_WALK] = MOTION(MIRRORED, walk),
    [SFD_JOG] = MOTION(MIRRORED, jog),
    [SFD_HOP] = MOTION(CYCLE, hop),
    [SFD_STAR_JUMP] = MOTION(CYCLE, star_jump),
    [SFD_SIT] = MOTION(ONCE, sit),
    [SFD_SIT_DOWN] = MOTION(ONCE, sit_down),
    [SFD_SQUAT] = MOTION(ONCE, squat),
    [SFD_SQUAT_DOWN] = MOTION(ONCE, squat_down),
    [SFD_KNEEL] = MOTION(ONCE, kneel),
    [SFD_KNEEL_DOWN] = MOTION(ONCE, kneel_down),
    [SFD_BOWED] = MOTION(ONCE, bowed),
    [SFD_BOW] = MOTION(CYCLE, bow),
    [SFD_REACH_DOWN] = MOTION(ONCE, reach_down),
    [SFD_LIE_ON_BACK] = MOTION(ONCE, lie_on_back),
    [SFD_LIE_ON_FRONT] = MOTION(ONCE, lie_on_front),
    [SFD_LIE_ON_SIDE] = MOTION(ONCE, lie_on_side),
    [SFD_DROP_ON_BACK] = MOTION(ONCE, drop_on_back),
    [SFD_DROP_ON_FRONT] = MOTION(ONCE, drop_on_front),
    [SFD_TOPPLE_BACK] = MOTION(ONCE, topple_back),
    [SFD_TOPPLE_FRONT] = MOTION(ONCE, topple_front),
    [SFD_TOPPLE_SIDE] = MOTION(ONCE, topple_side),
    [SFD_DANCE_SWAY] = MOTION(MIRRORED, dance_sway),
    [SFD_DANCE_STEP] = MOTION(MIRRORED, dance_step),
    [SFD_DANCE_DISCO] = MOTION(CYCLE, dance_disco),
    [SFD_DANCE_KICK] = MOTION(MIRRORED, dance_kick),
    [SFD_PUNCHES] = MOTION(CYCLE, punches),
    [SFD_FRONT_KICKS] = MOTION(CYCLE, front_kicks),
    [SFD_HOOKS] = MOTION(MIRRORED, hooks),
    [SFD_THROW] = MOTION(ONCE, throw),
};
