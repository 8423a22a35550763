/* SPDX-License-Identifier: Apache-2.0 */
/* Writing scripts: a random walk over the table of activities. */
#include "synth/script.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

#define CROWDED             0.22 /* difference in x / z */
#define STANDING_WITH_SOUND 4    /* times */
#define DRUMMERS            0.25 /* of those who do not stay by a seat, in worlds with sound */
#define N_OF(array)         (sizeof array / sizeof *array)

/* Between activities a person is in one of these states. */
typedef enum state { UP, SEATED, SQUATTING, KNEELING, ON_BACK, ON_FRONT, ON_SIDE } state;

enum {
    TRAVELS = 1,   /* goes somewhere */
    BACKWARDS = 2, /* the motion runs from its end to its start */
    FROZEN = 4,    /* one phase of a cyclic motion, held */
    GESTURES = 8,  /* the arms are free */
    HANDLES = 16,  /* can be done with a thing in the hands */
    AT_SEAT = 32,  /* for sitters */
    TAKES = 64,    /* picks the thing up */
    LEAVES = 128   /* puts it down or throws it */
};

typedef struct activity {
    sfd_motion_id motion;
    state from, to;
    double slow_hz, fast_hz;
    int most_keyframes, weight;
    unsigned flags;
    int labels[2];
} activity;

enum {
    BEND = 1,
    CROUCH = 3,
    DANCE = 4,
    FALL = 5,
    GET_UP = 6,
    JUMP = 7,
    LIE = 8,
    MARTIAL_ART = 9,
    RUN = 10,
    SIT = 11,
    STAND = 12,
    WALK = 14,
    CARRY = 17,
    PICK_UP = 36,
    PUT_DOWN = 47,
    THROW = 58,
    HAND_CLAP = 67,
    HAND_WAVE = 69,
    /* with sound only */
    PLAY_INSTRUMENT = 41,
    SING = 77,
    TALK = 79
};

const int sfd_synth_labels[] = {BEND,        CROUCH, DANCE,     FALL,      GET_UP, JUMP,  LIE,
                                MARTIAL_ART, RUN,    SIT,       STAND,     WALK,   CARRY, PICK_UP,
                                PUT_DOWN,    THROW,  HAND_CLAP, HAND_WAVE, 0};

const int sfd_synth_sound_labels[] = {BEND,
                                      CROUCH,
                                      DANCE,
                                      FALL,
                                      GET_UP,
                                      JUMP,
                                      LIE,
                                      MARTIAL_ART,
                                      RUN,
                                      SIT,
                                      STAND,
                                      WALK,
                                      CARRY,
                                      PICK_UP,
                                      PLAY_INSTRUMENT,
                                      PUT_DOWN,
                                      THROW,
                                      HAND_CLAP,
                                      HAND_WAVE,
                                      SFD_LABEL_LISTEN,
                                      SING,
                                      TALK,
                                      0};

static const activity activities[] = {
    {SFD_STAND, UP, UP, 0, 0, 2, 44, GESTURES | HANDLES | AT_SEAT, {STAND}},
    {SFD_WALK, UP, UP, 0.75, 1.05, 3, 22, TRAVELS | GESTURES | HANDLES, {WALK}},
    {SFD_JOG, UP, UP, 1.35, 1.75, 2, 22, TRAVELS | HANDLES, {RUN}},
    {SFD_HOP, UP, UP, 0.8, 1.1, 2, 12, 0, {JUMP}},
    {SFD_STAR_JUMP, UP, UP, 0.8, 1.15, 2, 10, 0, {JUMP}},
    {SFD_BOW, UP, UP, 0.35, 0.6, 2, 7, 0, {BEND}},
    {SFD_BOWED, UP, UP, 0, 0, 2, 6, 0, {BEND}},
    {SFD_DANCE_SWAY, UP, UP, 0.6, 0.95, 2, 7, 0, {DANCE}},
    {SFD_DANCE_STEP, UP, UP, 0.7, 1.1, 2, 7, 0, {DANCE}},
    {SFD_DANCE_DISCO, UP, UP, 0.7, 1.1, 2, 7, 0, {DANCE}},
    {SFD_DANCE_KICK, UP, UP, 0.8, 1.1, 2, 6, 0, {DANCE}},
    {SFD_DANCE_SWAY, UP, UP, 0, 0, 1, 3, FROZEN, {STAND}},
    {SFD_DANCE_STEP, UP, UP, 0, 0, 1, 3, FROZEN, {STAND}},
    {SFD_DANCE_DISCO, UP, UP, 0, 0, 1, 3, FROZEN, {STAND}},
    {SFD_PUNCHES, UP, UP, 1.1, 1.6, 2, 9, 0, {MARTIAL_ART}},
    {SFD_HOOKS, UP, UP, 0.8, 1.3, 2, 7, 0, {MARTIAL_ART}},
    {SFD_FRONT_KICKS, UP, UP, 0.7, 1.0, 2, 9, 0, {MARTIAL_ART}},
    {SFD_PUNCHES, UP, UP, 0, 0, 1, 4, FROZEN, {STAND}},
    {SFD_HOOKS, UP, UP, 0, 0, 1, 3, FROZEN, {STAND}},
    {SFD_SIT_DOWN, UP, SEATED, 1.0, 1.5, 1, 40, AT_SEAT, {SIT}},
    {SFD_SIT, SEATED, SEATED, 0, 0, 2, 20, AT_SEAT | GESTURES, {SIT}},
    {SFD_SIT_DOWN, SEATED, UP, 1.0, 1.5, 1, 30, AT_SEAT | BACKWARDS, {GET_UP}},
    {SFD_SQUAT_DOWN, UP, SQUATTING, 1.0, 1.5, 1, 9, 0, {CROUCH}},
    {SFD_SQUAT, SQUATTING, SQUATTING, 0, 0, 1, 5, 0, {CROUCH}},
    {SFD_SQUAT_DOWN, SQUATTING, UP, 1.0, 1.5, 1, 10, BACKWARDS, {GET_UP}},
    {SFD_KNEEL_DOWN, UP, KNEELING, 1.0, 1.5, 1, 5, 0, {CROUCH}},
    {SFD_KNEEL, KNEELING, KNEELING, 0, 0, 1, 5, 0, {CROUCH}},
    {SFD_KNEEL_DOWN, KNEELING, UP, 1.0, 1.5, 1, 10, BACKWARDS, {GET_UP}},
    {SFD_TOPPLE_BACK, UP, ON_BACK, 1.3, 2.0, 1, 9, 0, {FALL}},
    {SFD_TOPPLE_FRONT, UP, ON_FRONT, 1.3, 2.0, 1, 9, 0, {FALL}},
    {SFD_TOPPLE_SIDE, UP, ON_SIDE, 1.3, 2.0, 1, 7, 0, {FALL}},
    {SFD_DROP_ON_BACK, UP, ON_BACK, 0.95, 1.3, 1, 5, 0, {FALL}},
    {SFD_DROP_ON_FRONT, UP, ON_FRONT, 0.95, 1.3, 1, 5, 0, {FALL}},
    {SFD_LIE_ON_BACK, ON_BACK, ON_BACK, 0, 0, 2, 10, 0, {LIE}},
    {SFD_LIE_ON_FRONT, ON_FRONT, ON_FRONT, 0, 0, 2, 10, 0, {LIE}},
    {SFD_LIE_ON_SIDE, ON_SIDE, ON_SIDE, 0, 0, 2, 10, 0, {LIE}},
    {SFD_DROP_ON_BACK, ON_BACK, UP, 0.95, 1.3, 1, 8, BACKWARDS, {GET_UP}},
    {SFD_DROP_ON_FRONT, ON_FRONT, UP, 0.95, 1.3, 1, 8, BACKWARDS, {GET_UP}},
    {SFD_TOPPLE_SIDE, ON_SIDE, UP, 0.95, 1.2, 1, 8, BACKWARDS, {GET_UP}},
    {SFD_REACH_DOWN, UP, UP, 0.85, 1.1, 1, 200, TAKES, {BEND, PICK_UP}},
    {SFD_REACH_DOWN, UP, UP, 0.85, 1.1, 1, 90, LEAVES | BACKWARDS, {BEND, PUT_DOWN}},
    {SFD_THROW, UP, UP, 0.9, 1.25, 1, 170, LEAVES, {THROW, STAND}},
};

typedef struct gesture_choice {
    sfd_gesture_id gesture;
    double slow_hz, fast_hz;
    int weight, label;
    sfd_act_sound sound;
} gesture_choice;

/* Slow twins of quick gestures carry no label: only speed tells them apart. */
static const gesture_choice gesture_choices[] = {
    {SFD_NO_GESTURE, 0, 0, 6, 0, SFD_SILENT},
    {SFD_WAVE, 1.6, 3.0, 7, HAND_WAVE, SFD_SILENT},
    {SFD_WAVE_WIDE, 1.2, 2.2, 5, HAND_WAVE, SFD_SILENT},
    {SFD_WAVE, 0.12, 0.3, 3, 0, SFD_SILENT},
    {SFD_ARM_UP, 0, 0, 4, 0, SFD_SILENT},
    {SFD_CLAP, 1.8, 3.2, 7, HAND_CLAP, SFD_SILENT},
    {SFD_CLAP_HIGH, 1.8, 3.0, 4, HAND_CLAP, SFD_SILENT},
    {SFD_CLAP, 0.12, 0.3, 2, 0, SFD_SILENT},
    {SFD_CLAP_HIGH, 0.12, 0.3, 1, 0, SFD_SILENT},
    {SFD_HANDS_TOGETHER, 0, 0, 3, 0, SFD_SILENT},
    {SFD_HANDS_APART, 0, 0, 2, 0, SFD_SILENT},
};

/* With sound: silent twins move as those do who are heard, and carry no label either. */
static const gesture_choice sound_choices[] = {
    {SFD_NO_GESTURE, 0, 0, 4, 0, SFD_SILENT},
    {SFD_WAVE, 1.6, 3.0, 3, HAND_WAVE, SFD_SILENT},
    {SFD_WAVE_WIDE, 1.2, 2.2, 2, HAND_WAVE, SFD_SILENT},
    {SFD_ARM_UP, 0, 0, 2, 0, SFD_SILENT},
    {SFD_CLAP, 1.8, 3.2, 5, HAND_CLAP, SFD_CLAPPING},
    {SFD_CLAP_HIGH, 1.8, 3.0, 3, HAND_CLAP, SFD_CLAPPING},
    {SFD_CLAP, 1.8, 3.2, 5, 0, SFD_SILENT},
    {SFD_CLAP_HIGH, 1.8, 3.0, 3, 0, SFD_SILENT},
    {SFD_HANDS_APART, 0, 0, 2, 0, SFD_SILENT},
    {SFD_GESTICULATE, 0.6, 1.1, 9, TALK, SFD_TALKING},
    {SFD_GESTICULATE, 0.6, 1.1, 8, SING, SFD_SINGING},
    {SFD_GESTICULATE, 0.6, 1.1, 12, 0, SFD_SILENT},
    {SFD_HAND_TO_EAR, 0, 0, 12, 0, SFD_SILENT},
    {SFD_DRUM, 1.2, 2.0, 40, PLAY_INSTRUMENT, SFD_DRUMMING},
    {SFD_DRUM, 1.2, 2.0, 30, 0, SFD_SILENT},
};

typedef struct writer {
    sfd_script *script;
    sfd_random *r;
    const sfd_script_settings *settings;
    state state;
    bool holding;
    sfd_stance at;
} writer;

static bool possible(const writer *w, const activity *a)
{
    const sfd_thing *thing = &w->script->thing;
    if (a->from != w->state)
        return false;
    if (w->settings->sitter && !(a->flags & AT_SEAT))
        return false;
    if (!w->settings->sitter && a->motion == SFD_SIT_DOWN)
        return false;
    if (a->flags & TAKES)
        return thing->kind != SFD_THING_NONE && thing->kind != SFD_THING_DRUM && !w->holding &&
               thing->take == SIZE_MAX && !thing->held_at_start;
    if (a->flags & LEAVES)
        return w->holding && (a->motion != SFD_THROW || thing->kind == SFD_THING_BALL);
    return !w->holding || (a->flags & HANDLES);
}

/* With sound people stand and sit more often: most of what ears tell apart are gestures. */
static int activity_weight(const writer *w, const activity *a)
{
    if (!possible(w, a))
        return 0;
    bool gestures = (a->flags & GESTURES) && !(a->flags & TRAVELS);
    return w->settings->sound && gestures ? STANDING_WITH_SOUND * a->weight : a->weight;
}

static const activity *choose_activity(const writer *w)
{
    int total = 0;
    for (size_t i = 0; i < N_OF(activities); i++)
        total += activity_weight(w, &activities[i]);
    int at = (int)sfd_random_below(w->r, (size_t)total);
    for (size_t i = 0;; i++) {
        at -= activity_weight(w, &activities[i]);
        if (at < 0)
            return &activities[i];
    }
}

static void add_label(sfd_act *a, int label)
{
    size_t i = 0;
    while (i < SFD_MAX_ACT_LABELS && a->labels[i])
        i++;
    if (label && i < SFD_MAX_ACT_LABELS)
        a->labels[i] = label;
}

static int gesture_weight(const writer *w, const gesture_choice *c)
{
    return c->gesture != SFD_DRUM || w->script->thing.kind == SFD_THING_DRUM ? c->weight : 0;
}

static void choose_gesture(writer *w, sfd_act *a, bool walking)
{
    const gesture_choice *choices = w->settings->sound ? sound_choices : gesture_choices;
    size_t n = w->settings->sound ? N_OF(sound_choices) : N_OF(gesture_choices), i = 0;
    int total = 0;
    for (size_t k = 0; k < n; k++)
        total += gesture_weight(w, &choices[k]);
    int at = (int)sfd_random_below(w->r, (size_t)total);
    while ((at -= gesture_weight(w, &choices[i])) >= 0)
        i++;
    bool quiet = walking && sfd_random_chance(w->r, 0.6);
    if (quiet)
        i = 0;
    a->gesture = choices[i].gesture;
    a->gesture_hz = sfd_random_between(w->r, choices[i].slow_hz, choices[i].fast_hz);
    a->gesture_phase = sfd_random_unit(w->r);
    a->gesture_mirrored = sfd_random_chance(w->r, 0.5);
    a->sound = choices[i].sound;
    add_label(a, choices[i].label);
}

static void carry(writer *w, sfd_act *a)
{
    bool ball = w->script->thing.kind == SFD_THING_BALL;
    bool one = ball && sfd_random_chance(w->r, 0.4);
    a->gesture = one ? SFD_CARRY_ONE : SFD_CARRY_BOTH;
    add_label(a, CARRY);
}

/* Turns at most half a circle. */
static double towards(double from_deg, double to_deg)
{
    double d = to_deg - from_deg;
    return from_deg + d - 360 * floor((d + 180) / 360);
}

static void face_somewhere(writer *w)
{
    double yaw = sfd_random_between(w->r, -90, 90);
    if (sfd_random_chance(w->r, 0.08))
        yaw = sfd_random_between(w->r, 90, 270);
    w->at.yaw_deg = towards(w->at.yaw_deg, yaw);
}

/* How far one can go from the present place, up to `wanted` metres. */
static double free_way(const writer *w, double yaw, double wanted)
{
    const sfd_stage *s = &w->settings->stage;
    double dx = sfd_sin_deg(yaw), dz = -sfd_cos_deg(yaw), way = 0;
    for (; way < wanted; way += 0.1) {
        double x = w->at.x + dx * (way + 0.1), z = w->at.z + dz * (way + 0.1);
        if (z < s->near_m || z > s->far_m || fabs(x) > s->half_width * z * 0.86)
            break;
    }
    return fmin(way, wanted);
}

/* How many of the others seem to be at a place then, as the camera sees it. */
static int crowd_at(const writer *w, double x, double z, double t)
{
    int n = 0;
    for (size_t i = 0; i < w->settings->n_others; i++) {
        const sfd_stance *o = &sfd_script_act(&w->settings->others[i], t)->to;
        n += fabs(x / z - o->x / o->z) < CROWDED;
    }
    return n;
}

static void travel(writer *w, sfd_act *a, double wanted)
{
    double best = 0, best_yaw = 0, best_score = -1e9;
    for (int i = 0; i < 6; i++) {
        double yaw = sfd_random_between(w->r, 50, 130);
        bool left = sfd_random_chance(w->r, 0.5), deep = sfd_random_chance(w->r, 0.2);
        if (deep)
            yaw = sfd_random_between(w->r, 0, 180);
        yaw = left ? -yaw : yaw;
        double way = free_way(w, yaw, wanted), x = a->from.x + sfd_sin_deg(yaw) * way;
        double z = a->from.z - sfd_cos_deg(yaw) * way;
        double score = way - 0.8 * crowd_at(w, x, z, a->t1);
        if (score > best_score) {
            best_score = score;
            best = way;
            best_yaw = yaw;
        }
    }
    a->from.yaw_deg = towards(w->at.yaw_deg, best_yaw);
    a->to.yaw_deg = a->from.yaw_deg;
    a->to.x = a->from.x + sfd_sin_deg(best_yaw) * best;
    a->to.z = a->from.z - sfd_cos_deg(best_yaw) * best;
}

/* A walk may be done with the posture of a run and the other way round: the step rate tells. */
static void choose_gait(writer *w, sfd_act *a, bool run)
{
    a->motion = SFD_WALK;
    a->other = SFD_JOG;
    a->other_share = run ? sfd_random_between(w->r, 0.5, 1) : sfd_random_between(w->r, -0.5, 0.6);
    a->other_share = fmax(a->other_share, 0);
    a->grounded = !run;
    double speed = run ? sfd_random_between(w->r, 1.9, 3.2) : sfd_random_between(w->r, 0.8, 1.5);
    if (sfd_random_chance(w->r, 0.15))
        speed = 0; /* on the spot */
    travel(w, a, speed * (a->t1 - a->t0));
}

static void choose_offset(writer *w, sfd_act *a)
{
    float *d = (float *)&a->offset;
    for (size_t i = offsetof(sfd_pose, arm) / sizeof *d; i < SFD_POSE_FLOATS; i++)
        d[i] = (float)(1.6 * sfd_random_normal(w->r));
    for (int side = 0; side < 2; side++)
        a->offset.arm[side].turn = 0;
    a->offset.bow = (float)(2.0 * sfd_random_normal(w->r));
    a->offset.look = (float)(8.0 * sfd_random_normal(w->r));
}

static void choose_timing(writer *w, sfd_act *a, const activity *what, double keyframe)
{
    a->rate_hz = sfd_random_between(w->r, what->slow_hz, what->fast_hz);
    a->phase_t = keyframe;
    bool once = sfd_motions[what->motion].kind == SFD_MOTION_ONCE;
    a->phase = once ? sfd_random_between(w->r, 0.38, 0.62) : sfd_random_unit(w->r);
    a->mirrored = sfd_random_chance(w->r, 0.5);
    a->reversed = what->flags & BACKWARDS;
}

/* The same side throughout a stay on the floor or seat. */
static void keep_side(const writer *w, sfd_act *a, const activity *what)
{
    if (what->from != UP && w->script->n_acts > 0)
        a->mirrored = w->script->acts[w->script->n_acts - 1].mirrored;
}

static void note_thing(writer *w, const activity *what)
{
    sfd_thing *thing = &w->script->thing;
    if (what->flags & TAKES) {
        thing->take = w->script->n_acts;
        w->holding = true;
    } else if (what->flags & LEAVES) {
        thing->leave = w->script->n_acts;
        thing->thrown = what->motion == SFD_THROW;
        w->holding = false;
    }
}

static void write_act(writer *w, const activity *what, double t0, double t1, double keyframe)
{
    sfd_act *a = &w->script->acts[w->script->n_acts];
    *a = (sfd_act){.t0 = t0, .t1 = t1, .motion = what->motion};
    for (size_t i = 0; i < N_OF(what->labels); i++)
        add_label(a, what->labels[i]);
    if (what->from == UP && !w->settings->sitter && !(what->flags & (TRAVELS | TAKES | LEAVES)))
        face_somewhere(w);
    a->from = a->to = w->at;
    choose_timing(w, a, what, keyframe);
    keep_side(w, a, what);
    choose_offset(w, a);
    if (what->flags & TRAVELS)
        choose_gait(w, a, what->motion == SFD_JOG);
    if (w->holding && (what->flags & HANDLES))
        carry(w, a);
    else if (what->flags & GESTURES)
        choose_gesture(w, a, what->flags & TRAVELS);
    note_thing(w, what);
    w->at = a->to;
    w->state = what->to;
    w->script->n_acts++;
}

static void choose_thing(writer *w)
{
    sfd_thing *t = &w->script->thing;
    *t = (sfd_thing){.take = SIZE_MAX, .leave = SIZE_MAX};
    bool has = !w->settings->sitter && sfd_random_chance(w->r, 0.8);
    bool box = sfd_random_chance(w->r, 0.4);
    t->radius_m = box ? sfd_random_between(w->r, 0.15, 0.21) : sfd_random_between(w->r, 0.12, 0.17);
    double hue = sfd_split_hue(w->r, w->settings->validation);
    t->tint = box ? (sfd_tint){176, 136, 88} : sfd_tint_hsv(hue, 0.75, 0.9);
    t->held_at_start = has && sfd_random_chance(w->r, 0.4);
    if (has)
        t->kind = box ? SFD_THING_BOX : SFD_THING_BALL;
    if (w->settings->sound && !w->settings->sitter && sfd_random_chance(w->r, DRUMMERS)) {
        t->kind = SFD_THING_DRUM;
        t->held_at_start = false;
        t->radius_m = sfd_random_between(w->r, 0.15, 0.19);
        t->tint = sfd_tint_hsv(hue, 0.6, 0.7);
    }
    w->holding = t->held_at_start;
}

static void place_seat(sfd_script *s, const sfd_stance *at)
{
    sfd_pose pose;
    sfd_joints j;
    sfd_motion_pose(&pose, &sfd_motions[SFD_SIT], 0);
    sfd_pose_joints(&j, &pose, &s->body.size);
    sfd_vec3 pelvis = sfd_stance_world(at, j.pelvis);
    s->seat = (sfd_stance){pelvis.x, pelvis.z, at->yaw_deg};
    s->seat_height_m = pelvis.y - 0.062 * s->body.size.height * s->body.size.girth;
    s->has_seat = true;
}

/* Changes lie half way between keyframes, more or less. */
static void write_acts(writer *w, size_t n_keyframes)
{
    double t0 = -1;
    for (size_t k = 0; k < n_keyframes;) {
        const activity *what = choose_activity(w);
        size_t span = 1 + sfd_random_below(w->r, (size_t)what->most_keyframes);
        double t1 = (double)(k + span) - 0.5 + sfd_random_between(w->r, -0.1, 0.1);
        if (k + span >= n_keyframes)
            t1 = (double)(k + span) + 1;
        write_act(w, what, t0, t1, (double)k);
        t0 = t1;
        k += span;
    }
}

sfd_status sfd_script_make(sfd_script *out, sfd_random *r, const sfd_script_settings *s,
                           sfd_error *err)
{
    *out = (sfd_script){0};
    size_t n_keyframes = (size_t)s->seconds + 2;
    out->acts = sfd_calloc(n_keyframes, sizeof *out->acts);
    if (!out->acts)
        return sfd_fail_nomem(err, "writing a script");
    sfd_body_make(&out->body, r, s->validation);
    out->sway_phase = sfd_random_unit(r);
    writer w = {out, r, s, UP, false, s->start};
    choose_thing(&w);
    if (s->sitter) {
        place_seat(out, &s->start);
        w.state = sfd_random_chance(r, 0.5) ? SEATED : UP;
    }
    write_acts(&w, n_keyframes);
    if (out->thing.kind != SFD_THING_DRUM && !out->thing.held_at_start &&
        out->thing.take == SIZE_MAX)
        out->thing.kind = SFD_THING_NONE; /* never came to hand */
    return SFD_OK;
}

void sfd_script_free(sfd_script *s)
{
    free(s->acts);
    s->acts = NULL;
}
