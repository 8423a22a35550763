/* SPDX-License-Identifier: Apache-2.0 */
/* Feet that land, hands that meet, bodies and things that come down. */
#include "synth/sound_event.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#define STEP_S 0.005 /* between looks at the joints */
/* Shares of the person's height: a sole on the ground, a foot that has left it. */
#define SOLE_DOWN   0.0165
#define SOLE_UP     0.032
#define BODY_DOWN_M 0.04 /* above where a body comes to rest */
#define WHOOSH_M_S  3.0
#define BLENDED_S   0.06 /* near a change of acts gestures are not what they are */

typedef struct listener {
    sfd_sound_events *out;
    const sfd_script *script;
    const sfd_act *act;
    bool soft; /* ground */
    sfd_status st;
    sfd_error *err;
} listener;

sfd_status sfd_sound_events_put(sfd_sound_events *out, const sfd_sound_event *e, sfd_error *err)
{
    if (!sfd_grow(&out->events, &out->n_alloc, out->n, sizeof *e))
        return sfd_fail_nomem(err, "listening to people");
    out->events[out->n++] = *e;
    return SFD_OK;
}

void sfd_sound_events_free(sfd_sound_events *e)
{
    free(e->events);
    *e = (sfd_sound_events){NULL, 0, 0};
}

static void put(listener *l, double t, sfd_strike_kind kind, double strength, sfd_vec3 at)
{
    if (l->st == SFD_OK)
        l->st = sfd_sound_events_put(l->out, &(sfd_sound_event){t, kind, strength, 1, at}, l->err);
}

/* ---- what is seen by looking at the joints all the time */

typedef struct look {
    double t;
    sfd_joints j;
    sfd_stance stance;
} look;

static void look_at(look *k, const sfd_script *s, double t)
{
    k->t = t;
    sfd_script_pose(s, t, &k->j, &k->stance);
}

static double sole(const look *k, int side)
{
    return fmin(k->j.heel[side].z, k->j.toe[side].z);
}

static void watch_feet(listener *l, const look *before, const look *now, bool lifted[2])
{
    const double height = l->script->body.size.height;
    for (int side = 0; side < 2; side++) {
        const double z = sole(now, side);
        if (z > SOLE_UP * height)
            lifted[side] = true;
        if (!lifted[side] || z > SOLE_DOWN * height)
            continue;
        lifted[side] = false;
        const double fall_m_s = (sole(before, side) - z) / STEP_S;
        put(l, now->t, l->soft ? SFD_STRIKE_STEP_SOFT : SFD_STRIKE_STEP_HARD,
            sfd_clamp(0.3 + 0.35 * fall_m_s, 0.3, 1.2),
            sfd_stance_world(&now->stance, now->j.toe[side]));
    }
}

/* A part of the body that comes down once in an act. */
typedef struct landing {
    size_t part; /* offset in sfd_joints */
    sfd_strike_kind kind;
    double strength;
    double rest_m; /* height in the end */
    bool high, down;
} landing;

static sfd_vec3 part_of(const look *k, const landing *d)
{
    return *(const sfd_vec3 *)((const char *)&k->j + d->part);
}

static void watch_landing(listener *l, const look *now, landing *d)
{
    const sfd_vec3 at = part_of(now, d);
    d->high |= at.z > d->rest_m + 3 * BODY_DOWN_M;
    if (!d->high || d->down || at.z > d->rest_m + BODY_DOWN_M)
        return;
    d->down = true;
    put(l, now->t, d->kind, d->strength, sfd_stance_world(&now->stance, at));
}

enum { MAX_LANDINGS = 2 };

static size_t find_landings(const listener *l, landing out[MAX_LANDINGS])
{
    const landing pelvis = {.part = offsetof(sfd_joints, pelvis)};
    const sfd_act *a = l->act;
    size_t n = 0;
    if (a->reversed)
        return 0;
    switch (a->motion) {
    case SFD_TOPPLE_BACK:
    case SFD_TOPPLE_FRONT:
    case SFD_TOPPLE_SIDE:
    case SFD_DROP_ON_BACK:
    case SFD_DROP_ON_FRONT:
        out[n] = pelvis;
        out[n].kind = SFD_STRIKE_BODY;
        out[n++].strength = 1;
        out[n++] = (landing){offsetof(sfd_joints, chest), SFD_STRIKE_BODY, 0.6, 0, false, false};
        break;
    case SFD_SIT_DOWN:
        out[n] = pelvis;
        out[n].kind = SFD_STRIKE_SEAT;
        out[n++].strength = 1;
        break;
    case SFD_KNEEL_DOWN:
        out[n++] = (landing){offsetof(sfd_joints, knee), SFD_STRIKE_BODY, 0.25, 0, false, false};
        break;
    default:
        break;
    }
    look end;
    look_at(&end, l->script, a->t1 - BLENDED_S);
    for (size_t i = 0; i < n; i++)
        out[i].rest_m = part_of(&end, &out[i]).z;
    return n;
}

/* A limb that is quick: where it is quickest. */
typedef struct swing {
    double speed, t; /* so far; 0: not quick */
    sfd_vec3 at;
} swing;

static void watch_limb(listener *l, sfd_vec3 before, sfd_vec3 now, double t, swing *w)
{
    const sfd_vec3 d = sfd_sub(now, before);
    const double speed = sqrt(sfd_dot(d, d)) / STEP_S;
    if (speed > WHOOSH_M_S && speed > w->speed) {
        *w = (swing){speed, t, now};
    } else if (w->speed > 0 && speed < 0.7 * w->speed) {
        put(l, w->t - SFD_WHOOSH_RISE_S, SFD_STRIKE_WHOOSH, sfd_clamp(w->speed / 6, 0, 1.5),
            sfd_stance_world(&l->act->to, w->at));
        *w = (swing){0};
    }
}

static bool fights(const sfd_act *a)
{
    return a->rate_hz > 0 &&
           (a->motion == SFD_PUNCHES || a->motion == SFD_HOOKS || a->motion == SFD_FRONT_KICKS);
}

static void watch(listener *l)
{
    const sfd_act *a = l->act;
    landing landings[MAX_LANDINGS];
    const size_t n_landings = find_landings(l, landings);
    bool lifted[2] = {false, false};
    swing swings[4] = {{0}};
    look before, now;
    look_at(&before, l->script, a->t0);
    for (long i = 1; a->t0 + (double)i * STEP_S < a->t1 && l->st == SFD_OK; i++) {
        look_at(&now, l->script, a->t0 + (double)i * STEP_S);
        watch_feet(l, &before, &now, lifted);
        for (size_t k = 0; k < n_landings; k++)
            watch_landing(l, &now, &landings[k]);
        for (int side = 0; side < 2 && fights(a); side++) {
            watch_limb(l, before.j.hand[side], now.j.hand[side], now.t, &swings[side]);
            watch_limb(l, before.j.ankle[side], now.j.ankle[side], now.t, &swings[2 + side]);
        }
        before = now;
    }
}

/* ---- what scripts know the times of */

static sfd_vec3 hand_at(const sfd_script *s, double t, double left_share)
{
    look k;
    look_at(&k, s, t);
    return sfd_stance_world(&k.stance,
                            sfd_mix3(k.j.hand[SFD_RIGHT], k.j.hand[SFD_LEFT], left_share));
}

static void beat(listener *l, sfd_strike_kind kind, double phase, double left_share)
{
    const sfd_act *a = l->act;
    double t = sfd_act_gesture_time(a, phase, a->t0 + BLENDED_S);
    for (; t < a->t1 - BLENDED_S; t += 1 / a->gesture_hz)
        put(l, t, kind, 1, hand_at(l->script, t, left_share));
}

static void hear_gesture(listener *l)
{
    if (l->act->sound == SFD_CLAPPING)
        beat(l, SFD_STRIKE_CLAP, 0, 0.5);
    if (l->act->sound == SFD_DRUMMING) {
        beat(l, SFD_STRIKE_DRUM, 0, l->act->gesture_mirrored ? 0 : 1);
        beat(l, SFD_STRIKE_DRUM, 0.5, l->act->gesture_mirrored ? 1 : 0);
    }
}

static void hear_thing(listener *l, size_t act)
{
    const sfd_script *s = l->script;
    const sfd_thing *thing = &s->thing;
    const sfd_thing_times when = sfd_script_thing_times(s);
    const sfd_strike_kind kind = thing->kind == SFD_THING_BOX ? SFD_STRIKE_BOX : SFD_STRIKE_BALL;
    if (act == thing->take)
        put(l, when.taken, SFD_STRIKE_GRASP, 1, sfd_script_thing(s, when.taken));
    if (act != thing->leave)
        return;
    const sfd_vec3 at = sfd_script_thing(s, when.left);
    if (!thing->thrown) {
        put(l, when.left, kind, 0.7, at);
        return;
    }
    put(l, when.left - SFD_WHOOSH_RISE_S, SFD_STRIKE_WHOOSH, 1, at);
    put(l, when.landed, kind, 1, sfd_script_thing(s, when.landed));
}

sfd_status sfd_sound_events_of_act(sfd_sound_events *out, const sfd_script *s, size_t act,
                                   sfd_scene_kind scene, sfd_error *err)
{
    const bool soft = scene == SFD_SCENE_FIELD || scene == SFD_SCENE_BEACH;
    listener l = {out, s, &s->acts[act], soft, SFD_OK, err};
    watch(&l);
    hear_gesture(&l);
    hear_thing(&l, act);
    return l.st;
}
