/* SPDX-License-Identifier: Apache-2.0 */
/* A script at one moment: the pose, blended between acts, and the thing in the hands. */
#include "synth/script.h"

#include <math.h>

#define BLEND_S      0.18 /* either side of the change */
#define STEER_S      0.16
#define GRAVITY      9.81
#define THROW_M_S    4.2
#define THROW_UP_M_S 1.6
#define RELEASE      0.64 /* phase of a throw */
#define GRIP_CHANGE  0.2

/* The first act that ends after t, or the last. */
static size_t act_index(const sfd_script *s, double t)
{
    size_t lo = 0, hi = s->n_acts - 1;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (t >= s->acts[mid].t1)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const sfd_act *sfd_script_act(const sfd_script *s, double t)
{
    return &s->acts[act_index(s, t)];
}

double sfd_act_phase(const sfd_act *a, double t)
{
    double phase = a->phase + (t - a->phase_t) * a->rate_hz;
    return a->reversed ? 1 - phase : phase;
}

static void add_offset(sfd_pose *p, const sfd_pose *offset)
{
    float *z = (float *)p;
    const float *d = (const float *)offset;
    for (size_t i = 0; i < SFD_POSE_FLOATS; i++)
        z[i] += d[i];
}

static void apply_gesture(sfd_pose *p, const sfd_act *a, double t)
{
    const sfd_gesture *g = &sfd_gestures[a->gesture];
    sfd_pose arms;
    sfd_motion_pose(&arms, &g->motion, a->gesture_phase + (t - a->t0) * a->gesture_hz);
    if (a->gesture_mirrored)
        sfd_pose_mirror(&arms);
    for (int side = 0; side < 2; side++)
        if (g->both_arms || side == (a->gesture_mirrored ? SFD_RIGHT : SFD_LEFT))
            p->arm[side] = arms.arm[side];
}

static void act_pose(sfd_pose *out, const sfd_act *a, double t)
{
    double phase = sfd_act_phase(a, t);
    sfd_motion_pose(out, &sfd_motions[a->motion], phase);
    if (a->other_share > 0) {
        sfd_pose other, first = *out;
        sfd_motion_pose(&other, &sfd_motions[a->other], phase);
        sfd_pose_mix(out, &first, &other, a->other_share);
    }
    if (a->grounded)
        out->air = 0;
    if (a->mirrored)
        sfd_pose_mirror(out);
    if (a->gesture != SFD_NO_GESTURE)
        apply_gesture(out, a, t);
    add_offset(out, &a->offset);
}

/* Breathing and balance: nobody stands like a statue. */
static void sway(sfd_pose *p, double t, double phase)
{
    p->bow += (float)(0.9 * sfd_sin_deg(360 * (0.27 * t + phase)));
    p->side += (float)(1.1 * sfd_sin_deg(360 * (0.19 * t + 2.3 * phase)));
    p->look += (float)(5.0 * sfd_sin_deg(360 * (0.13 * t + 3.1 * phase)));
    for (int side = 0; side < 2; side++) {
        p->arm[side].raise += (float)(1.6 * sfd_sin_deg(360 * (0.31 * t + phase + 0.4 * side)));
        p->arm[side].bend +=
            (float)(1.8 * sfd_sin_deg(360 * (0.23 * t + 1.7 * phase + 0.3 * side)));
    }
}

/* Near a change the act on its other side takes part; NULL where none does. */
static const sfd_act *neighbour(const sfd_script *s, double t, double *share)
{
    size_t i = act_index(s, t);
    const sfd_act *a = &s->acts[i];
    if (i > 0 && t < a->t0 + BLEND_S) {
        *share = 1 - sfd_smooth((t - a->t0) / (2 * BLEND_S) + 0.5);
        return a - 1;
    }
    *share = sfd_smooth((t - a->t1) / (2 * BLEND_S) + 0.5);
    return i + 1 < s->n_acts && t > a->t1 - BLEND_S ? a + 1 : NULL;
}

static void pose_at(sfd_pose *out, const sfd_script *s, double t)
{
    double share;
    const sfd_act *other = neighbour(s, t, &share);
    act_pose(out, sfd_script_act(s, t), t);
    if (other) {
        sfd_pose own = *out, others;
        act_pose(&others, other, t);
        sfd_pose_mix(out, &own, &others, share);
    }
    sway(out, t, s->sway_phase);
}

static sfd_stance stance_at(const sfd_script *s, double t)
{
    const sfd_act *a = sfd_script_act(s, t);
    double k = sfd_clamp((t - a->t0) / (a->t1 - a->t0), 0, 1);
    return (sfd_stance){sfd_mix(a->from.x, a->to.x, k), sfd_mix(a->from.z, a->to.z, k),
                        sfd_mix(a->from.yaw_deg, a->to.yaw_deg, k)};
}

/* The mean over a short time makes turns and starts gradual. */
static sfd_stance steered(const sfd_script *s, double t)
{
    enum { N = 7 };
    sfd_stance sum = {0, 0, 0};
    for (int i = 0; i < N; i++) {
        sfd_stance one = stance_at(s, t + STEER_S * (2.0 * i / (N - 1) - 1));
        sum.x += one.x / N;
        sum.z += one.z / N;
        sum.yaw_deg += one.yaw_deg / N;
    }
    return sum;
}

void sfd_script_pose(const sfd_script *s, double t, sfd_joints *joints, sfd_stance *stance)
{
    sfd_pose pose;
    pose_at(&pose, s, t);
    sfd_pose_joints(joints, &pose, &s->body.size);
    *stance = steered(s, t);
}

double sfd_act_gesture_time(const sfd_act *a, double phase, double t)
{
    double turns = a->gesture_phase + (t - a->t0) * a->gesture_hz - phase;
    return a->t0 + (ceil(turns) + phase - a->gesture_phase) / a->gesture_hz;
}

/* Time at which an act of the SFD_MOTION_ONCE kind is at a phase. */
static double time_of_phase(const sfd_act *a, double phase)
{
    return a->phase_t + ((a->reversed ? 1 - phase : phase) - a->phase) / a->rate_hz;
}

/* Where an act holds the thing: between the palms, in one hand, in the throwing hand. */
static sfd_vec3 grip(const sfd_act *a, const sfd_joints *j, double t)
{
    sfd_vec3 both = sfd_mix3(j->hand[0], j->hand[1], 0.5);
    int hand = a->mirrored ? SFD_LEFT : SFD_RIGHT;
    if (a->motion == SFD_THROW)
        return sfd_mix3(both, j->hand[hand], sfd_smooth(sfd_act_phase(a, t) / GRIP_CHANGE));
    if (a->gesture == SFD_CARRY_ONE)
        return j->hand[a->gesture_mirrored ? SFD_RIGHT : SFD_LEFT];
    return both;
}

static sfd_vec3 in_hands(const sfd_script *s, double t)
{
    sfd_joints j;
    sfd_stance stance;
    double share;
    sfd_script_pose(s, t, &j, &stance);
    const sfd_act *other = neighbour(s, t, &share);
    sfd_vec3 at = grip(sfd_script_act(s, t), &j, t);
    if (other)
        at = sfd_mix3(at, grip(other, &j, t), share);
    sfd_vec3 w = sfd_stance_world(&stance, at);
    w.y = fmax(w.y, s->thing.radius_m);
    return w;
}

/* How long a throw flies that is let go at height `drop` above where it comes to lie. */
static double flight_s(double drop)
{
    return (THROW_UP_M_S + sqrt(THROW_UP_M_S * THROW_UP_M_S + 2 * GRAVITY * fmax(drop, 0))) /
           GRAVITY;
}

/* A parabola, then a short roll. */
static sfd_vec3 thrown(const sfd_script *s, const sfd_act *a, double t)
{
    double t_release = time_of_phase(a, RELEASE), dt = t - t_release;
    sfd_vec3 at = in_hands(s, t_release);
    sfd_vec3 way = sfd_stance_direction(&a->to, (sfd_vec3){1, 0, 0});
    double t_land = flight_s(at.y - s->thing.radius_m);
    double flying = fmin(dt, t_land), rolling = sfd_clamp(dt - t_land, 0, 1);
    double ahead = THROW_M_S * (flying + rolling * (1 - 0.5 * rolling) * 0.6);
    at.x += way.x * ahead;
    at.z += way.z * ahead;
    at.y += THROW_UP_M_S * flying - 0.5 * GRAVITY * flying * flying;
    at.y = fmax(at.y, s->thing.radius_m);
    return at;
}

sfd_thing_times sfd_script_thing_times(const sfd_script *s)
{
    sfd_thing_times times = {INFINITY, INFINITY, INFINITY};
    const sfd_thing *thing = &s->thing;
    if (thing->take < s->n_acts)
        times.taken = time_of_phase(&s->acts[thing->take], 0.5);
    if (thing->leave < s->n_acts)
        times.left = time_of_phase(&s->acts[thing->leave], thing->thrown ? RELEASE : 0.5);
    if (thing->leave < s->n_acts && thing->thrown)
        times.landed = times.left + flight_s(in_hands(s, times.left).y - thing->radius_m);
    return times;
}

/* Before the belly, upright with the trunk. */
static sfd_vec3 hanging_drum(const sfd_script *s, double t)
{
    sfd_joints j;
    sfd_stance stance;
    sfd_script_pose(s, t, &j, &stance);
    sfd_vec3 at = sfd_add(sfd_mix3(j.pelvis, j.waist, 0.8), sfd_scale(j.chest_out, 0.26));
    sfd_vec3 w = sfd_stance_world(&stance, at);
    w.y = fmax(w.y, s->thing.radius_m);
    return w;
}

sfd_vec3 sfd_script_thing(const sfd_script *s, double t)
{
    const sfd_thing *thing = &s->thing;
    if (thing->kind == SFD_THING_DRUM)
        return hanging_drum(s, t);
    if (thing->take < s->n_acts) {
        double t_take = time_of_phase(&s->acts[thing->take], 0.5);
        if (t < t_take)
            return in_hands(s, t_take);
    }
    if (thing->leave < s->n_acts) {
        const sfd_act *a = &s->acts[thing->leave];
        if (thing->thrown && t > time_of_phase(a, RELEASE))
            return thrown(s, a, t);
        double t_leave = time_of_phase(a, 0.5);
        if (!thing->thrown && t > t_leave)
            return in_hands(s, t_leave);
    }
    return in_hands(s, t);
}
