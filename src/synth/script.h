/* SPDX-License-Identifier: Apache-2.0 */
/* What one person does during a video: a chain of acts, each of which spans one or more whole
 * keyframes (t = 0, 1, 2, ... s) with a margin, so that every keyframe has a clear label. */
#ifndef SFD_SYNTH_SCRIPT_H
#define SFD_SYNTH_SCRIPT_H

#include "synth/body.h"
#include "synth/camera.h"
#include "synth/motion.h"

#include <sfdet/common.h>

enum { SFD_MAX_ACT_LABELS = 3 };

/* What a gesture sounds like, in worlds with sound. */
typedef enum sfd_act_sound {
    SFD_SILENT,
    SFD_CLAPPING, /* each time the hands meet */
    SFD_DRUMMING, /* each time a hand comes down */
    SFD_TALKING,
    SFD_SINGING
} sfd_act_sound;

typedef struct sfd_act {
    double t0, t1; /* s */
    sfd_motion_id motion, other;
    double other_share;    /* of `other` in the mixture of both motions */
    double rate_hz;        /* of the motion's cycles; for SFD_MOTION_ONCE one over its duration */
    double phase, phase_t; /* the phase at time phase_t */
    bool reversed, mirrored, grounded; /* grounded: no flight between steps */
    sfd_gesture_id gesture;
    double gesture_hz, gesture_phase;
    bool gesture_mirrored;
    sfd_act_sound sound;
    sfd_pose offset; /* of this person at this time */
    sfd_stance from, to;
    int labels[SFD_MAX_ACT_LABELS]; /* AVA action ids, ending with 0 when there are fewer */
} sfd_act;

typedef enum sfd_thing_kind {
    SFD_THING_NONE,
    SFD_THING_BOX,
    SFD_THING_BALL,
    SFD_THING_DRUM /* hangs before the belly for good */
} sfd_thing_kind;

/* The one thing that a person may handle. */
typedef struct sfd_thing {
    sfd_thing_kind kind;
    double radius_m;
    sfd_tint tint;
    size_t take, leave; /* acts in which it is picked up, put down or thrown; SIZE_MAX: none */
    bool held_at_start, thrown;
} sfd_thing;

typedef struct sfd_script {
    sfd_body body;
    size_t n_acts;
    sfd_act *acts; /* in order, without gaps */
    sfd_thing thing;
    bool has_seat;
    sfd_stance seat; /* where the sitter's pelvis is when seated */
    double seat_height_m;
    double sway_phase;
} sfd_script;

/* Where people may go. */
typedef struct sfd_stage {
    double near_m, far_m;
    double half_width; /* |x| / z at the picture's edge */
} sfd_stage;

typedef struct sfd_script_settings {
    double seconds;
    sfd_stage stage;
    sfd_stance start;
    bool sitter;                     /* stays by a seat */
    const struct sfd_script *others; /* [n_others] already written: their places are avoided */
    size_t n_others;
    bool validation;
    bool sound; /* there are acts that differ by what is heard */
} sfd_script_settings;

/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_script_make(sfd_script *out, sfd_random *r, const sfd_script_settings *s,
                           sfd_error *err);
void sfd_script_free(sfd_script *s);

const sfd_act *sfd_script_act(const sfd_script *s, double t);
/* The person at time t. */
void sfd_script_pose(const sfd_script *s, double t, sfd_joints *joints, sfd_stance *stance);
/* Middle of the thing at time t, in the world. */
sfd_vec3 sfd_script_thing(const sfd_script *s, double t);

/* When the gesture of an act is at a phase (0: hands meet, a hand strikes), first at or after t. */
double sfd_act_gesture_time(const sfd_act *a, double phase, double t);
/* Cycles of an act's motion since its phase was 0. */
double sfd_act_phase(const sfd_act *a, double t);
/* When the thing leaves its place, leaves the hands, and lands after a throw; where it never does,
 * INFINITY. */
typedef struct sfd_thing_times {
    double taken, left, landed;
} sfd_thing_times;
sfd_thing_times sfd_script_thing_times(const sfd_script *s);

/* The classes that scripts show, in rising order, ending with 0; with sound there are more. */
extern const int sfd_synth_labels[], sfd_synth_sound_labels[];
/* AVA's "listen to (a person)": given by the world, which knows who is heard. */
#define SFD_LABEL_LISTEN 74

#endif
