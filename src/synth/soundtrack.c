/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that sounds at once. */
#include "synth/soundtrack.h"

#include "base/alloc.h"
#include "base/error.h"
#include "synth/sound_air.h"
#include "synth/sound_echo.h"
#include "synth/sound_event.h"
#include "synth/sound_music.h"
#include "synth/sound_place.h"
#include "synth/sound_voice.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SOUND_STREAM UINT64_C(0x736f756e64) /* apart from the worlds' sequences */
#define AHEAD_S      0.3                    /* acts are listened to so long before they begin */
#define FADE_S       0.06                   /* of voices and music at the ends of acts */
#define GAIN         1.5                    /* of the microphone, on average */

enum { MAX_STRIKES = 48 };

typedef struct struck {
    sfd_strike strike;
    sfd_sound_place place;
    sfd_vec3 at;
} struck;

/* A voice or music that goes on while an act does. */
typedef struct lasting {
    const void *act; /* NULL: nothing */
    bool music;
    sfd_voice voice;
    sfd_music band;
    double level;
    sfd_sound_place place;
} lasting;

typedef struct person {
    size_t next_act; /* the first that has not been listened to */
    double pitch_hz, tract;
    lasting lasting;
} person;

struct sfd_soundtrack {
    const sfd_world *world;
    sfd_scene_kind scene;
    double half_width, gain;
    int64_t n_done; /* samples */
    sfd_random r;
    person people[SFD_MAX_PEOPLE];
    size_t next_outside;
    lasting outside;
    sfd_sound_events waiting;
    struck strikes[MAX_STRIKES];
    sfd_air air;
    sfd_echo echo;
    float mono[SFD_SOUND_BLOCK], sent[SFD_SOUND_BLOCK];
};

static sfd_random branch(sfd_soundtrack *s)
{
    return (sfd_random){.state = sfd_random_bits(&s->r)};
}

/* Small people have short tracts and high voices. */
static void choose_voice(person *p, sfd_random *r, const sfd_script *script)
{
    const double small = sfd_clamp((1.9 - script->body.size.height) / 0.4, 0, 1);
    const bool high = sfd_random_unit(r) < 0.2 + 0.6 * small;
    p->pitch_hz = high ? sfd_random_between(r, 165, 235) : sfd_random_between(r, 90, 140);
    p->tract = high ? sfd_random_between(r, 1.1, 1.22) : sfd_random_between(r, 0.95, 1.06);
}

sfd_status sfd_soundtrack_create(sfd_soundtrack **out, const sfd_world *w, sfd_error *err)
{
    *out = NULL;
    sfd_soundtrack *s = sfd_calloc(1, sizeof *s);
    if (!s)
        return sfd_fail_nomem(err, "making a soundtrack");
    const sfd_world_settings *made = sfd_world_made_with(w);
    s->world = w;
    s->scene = (sfd_scene_kind)made->scene;
    s->half_width = sfd_world_half_width(w);
    s->r = sfd_random_init(made->seed ^ SOUND_STREAM, 2 * made->index + made->validation);
    s->gain = GAIN * sfd_random_between(&s->r, 0.7, 1.4);
    for (size_t i = 0; i < sfd_world_n_people(w); i++)
        choose_voice(&s->people[i], &s->r, sfd_world_script(w, i));
    sfd_air_start(&s->air, s->scene, branch(s));
    sfd_status st = sfd_echo_create(&s->echo, s->scene, err);
    if (st != SFD_OK) {
        sfd_soundtrack_destroy(s);
        return st;
    }
    *out = s;
    return SFD_OK;
}

void sfd_soundtrack_destroy(sfd_soundtrack *s)
{
    if (!s)
        return;
    sfd_sound_events_free(&s->waiting);
    sfd_echo_free(&s->echo);
    free(s);
}

/* ---- short sounds */

static sfd_status hear_outside(sfd_soundtrack *s, const sfd_outside_act *a, sfd_error *err)
{
    static const sfd_strike_kind kinds[] = {
        [SFD_OUTSIDE_CLAPS] = SFD_STRIKE_CLAP,
        [SFD_OUTSIDE_STEPS] = SFD_STRIKE_STEP_HARD,
        [SFD_OUTSIDE_DRUM] = SFD_STRIKE_DRUM,
        [SFD_OUTSIDE_KNOCKS] = SFD_STRIKE_KNOCK,
    };
    sfd_status st = SFD_OK;
    if (a->kind < SFD_OUTSIDE_CLAPS)
        return SFD_OK;
    for (double t = a->t0; t < a->t1 && st == SFD_OK; t += 1 / a->rate_hz)
        st = sfd_sound_events_put(&s->waiting, &(sfd_sound_event){t, kinds[a->kind], 1, 1, a->at},
                                  err);
    return st;
}

/* All acts that begin before `t` are turned into events. */
static sfd_status listen(sfd_soundtrack *s, double t, sfd_error *err)
{
    const sfd_outside *outside = sfd_world_outside(s->world);
    sfd_status st = SFD_OK;
    for (size_t i = 0; i < sfd_world_n_people(s->world); i++) {
        const sfd_script *script = sfd_world_script(s->world, i);
        person *p = &s->people[i];
        while (st == SFD_OK && p->next_act < script->n_acts && script->acts[p->next_act].t0 < t)
            st = sfd_sound_events_of_act(&s->waiting, script, p->next_act++, s->scene, err);
    }
    while (st == SFD_OK && s->next_outside < outside->n && outside->acts[s->next_outside].t0 < t)
        st = hear_outside(s, &outside->acts[s->next_outside++], err);
    return st;
}

/* A free place, or that of the sound that has least left to be heard. */
static struck *free_strike(sfd_soundtrack *s)
{
    struck *least = &s->strikes[0];
    for (size_t i = 1; i < MAX_STRIKES; i++)
        if (s->strikes[i].strike.left < least->strike.left)
            least = &s->strikes[i];
    return least;
}

/* Starts sample `delay` of the block: what is before it is silent. */
static void add_struck(sfd_soundtrack *s, struck *k, size_t delay, const sfd_mixture *m)
{
    memset(s->mono, 0, m->n * sizeof *s->mono);
    sfd_strike_add(&k->strike, s->mono + delay, m->n - delay);
    sfd_sound_place_add(&k->place, k->at, s->half_width, s->mono, m);
}

static void start_strike(sfd_soundtrack *s, const sfd_sound_event *e, size_t delay,
                         const sfd_mixture *m)
{
    struck *k = free_strike(s);
    const double strength = e->strength * sfd_random_between(&s->r, 0.75, 1.1);
    const double pitch = e->pitch * sfd_random_between(&s->r, 0.93, 1.07);
    sfd_strike_start(&k->strike, e->kind, strength, pitch, branch(s));
    k->place = (sfd_sound_place){.placed = false};
    k->at = e->at;
    add_struck(s, k, delay, m);
}

static void add_strikes(sfd_soundtrack *s, const sfd_mixture *m)
{
    sfd_sound_events *w = &s->waiting;
    size_t n_kept = 0;
    for (size_t i = 0; i < MAX_STRIKES; i++)
        if (s->strikes[i].strike.left > 0)
            add_struck(s, &s->strikes[i], 0, m);
    for (size_t i = 0; i < w->n; i++) {
        const int64_t at = (int64_t)floor(w->events[i].t * SFD_SOUND_RATE + 0.5) - s->n_done;
        if (at >= (int64_t)m->n)
            w->events[n_kept++] = w->events[i];
        else if (at >= 0)
            start_strike(s, &w->events[i], (size_t)at, m);
    }
    w->n = n_kept;
}

/* ---- voices and music */

static void start_voice(sfd_soundtrack *s, lasting *l, const void *act, const person *p, bool sings)
{
    *l = (lasting){.act = act};
    sfd_voice_start(&l->voice, p->pitch_hz, p->tract, sings, branch(s));
}

static void start_music(sfd_soundtrack *s, lasting *l, const void *act, double beat_hz,
                        double wait_s)
{
    *l = (lasting){.act = act, .music = true};
    sfd_music_start(&l->band, beat_hz, wait_s, branch(s));
}

/* Within the act's time 1, at its ends less. */
static double fading(double t, double t0, double t1)
{
    return sfd_clamp(fmin(t - t0, t1 - t) / FADE_S, 0, 1);
}

static void add_lasting(sfd_soundtrack *s, lasting *l, double level, sfd_vec3 at,
                        const sfd_mixture *m)
{
    memset(s->mono, 0, m->n * sizeof *s->mono);
    if (l->music)
        sfd_music_add(&l->band, s->mono, m->n);
    else
        sfd_voice_add(&l->voice, s->mono, m->n);
    const double step = (level - l->level) / (double)m->n;
    for (size_t i = 0; i < m->n; i++)
        s->mono[i] *= (float)(l->level += step);
    sfd_sound_place_add(&l->place, at, s->half_width, s->mono, m);
}

static bool dances(const sfd_act *a)
{
    return a->rate_hz > 0 && (a->motion == SFD_DANCE_SWAY || a->motion == SFD_DANCE_STEP ||
                              a->motion == SFD_DANCE_DISCO || a->motion == SFD_DANCE_KICK);
}

/* Who dances near somebody who dances already has the same music. */
static bool music_plays(const sfd_soundtrack *s, const person *but)
{
    for (size_t i = 0; i < sfd_world_n_people(s->world); i++) {
        const lasting *l = &s->people[i].lasting;
        if (&s->people[i] != but && l->act && l->music)
            return true;
    }
    return false;
}

/* Beats fall where dancers put their feet down, twice in each cycle: how long until the next. */
static double wait_for_beat(const sfd_act *a, double t)
{
    const double halves = 2 * sfd_act_phase(a, t) - 0.5;
    return (ceil(halves) - halves) / (2 * a->rate_hz);
}

static void add_person(sfd_soundtrack *s, size_t index, double t, const sfd_mixture *m)
{
    person *p = &s->people[index];
    const sfd_script *script = sfd_world_script(s->world, index);
    const sfd_act *a = sfd_script_act(script, t);
    if (p->lasting.act != a) {
        p->lasting.act = NULL;
        if (a->sound == SFD_TALKING || a->sound == SFD_SINGING)
            start_voice(s, &p->lasting, a, p, a->sound == SFD_SINGING);
        else if (dances(a) && !music_plays(s, p))
            start_music(s, &p->lasting, a, 2 * a->rate_hz, wait_for_beat(a, t));
    }
    if (!p->lasting.act)
        return;
    sfd_joints j;
    sfd_stance stance;
    sfd_script_pose(script, t, &j, &stance);
    add_lasting(s, &p->lasting, fading(t, a->t0, a->t1), sfd_stance_world(&stance, j.head), m);
}

static void add_outside(sfd_soundtrack *s, double t, const sfd_mixture *m)
{
    const sfd_outside_act *a = sfd_outside_act_at(sfd_world_outside(s->world), t);
    lasting *l = &s->outside;
    if (l->act != a) {
        l->act = NULL;
        if (a->kind == SFD_OUTSIDE_TALK || a->kind == SFD_OUTSIDE_SONG) {
            const bool high = sfd_random_chance(&s->r, 0.5);
            const person p = {.pitch_hz = high ? 200 : 115, .tract = high ? 1.16 : 1};
            start_voice(s, l, a, &p, a->kind == SFD_OUTSIDE_SONG);
        } else if (a->kind == SFD_OUTSIDE_MUSIC) {
            start_music(s, l, a, a->rate_hz, 0.1);
        }
    }
    if (l->act)
        add_lasting(s, l, fading(t, a->t0, a->t1), a->at, m);
}

/* ---- all of it */

/* Loud moments are bent, not cut. */
static float limit(double x)
{
    const double knee = 0.7, over = fabs(x) - knee;
    if (over <= 0)
        return (float)x;
    const double bent = knee + over / (1 + over / (1 - knee));
    return (float)(x < 0 ? -bent : bent);
}

sfd_status sfd_soundtrack_next(sfd_soundtrack *s, float *left, float *right, size_t n,
                               sfd_error *err)
{
    const double t = (double)s->n_done / SFD_SOUND_RATE;
    const sfd_mixture m = {left, right, s->sent, n};
    sfd_status st = listen(s, t + AHEAD_S, err);
    if (st != SFD_OK)
        return st;
    memset(left, 0, n * sizeof *left);
    memset(right, 0, n * sizeof *right);
    memset(s->sent, 0, n * sizeof *s->sent);
    add_strikes(s, &m);
    for (size_t i = 0; i < sfd_world_n_people(s->world); i++)
        add_person(s, i, t, &m);
    add_outside(s, t, &m);
    sfd_echo_add(&s->echo, s->sent, left, right, n);
    sfd_air_add(&s->air, left, right, n);
    for (size_t i = 0; i < n; i++) {
        left[i] = limit(s->gain * left[i]);
        right[i] = limit(s->gain * right[i]);
    }
    s->n_done += (int64_t)n;
    return SFD_OK;
}
