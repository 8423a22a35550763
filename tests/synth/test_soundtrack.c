/* SPDX-License-Identifier: Apache-2.0 */
/* Sound of rendered worlds: the same everywhere, at the moments and on the sides that are seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "synth/sound_event.h"
#include "synth/sound_place.h"
#include "synth/sound_voice.h"
#include "synth/soundtrack.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { FPS = 30, SECONDS = 8, FRAMES = FPS * SECONDS, N = FRAMES * SFD_SOUND_BLOCK };

static float left[N], right[N];

static sfd_world *create(uint64_t index, int most_people)
{
    const sfd_world_settings s = {.seed = 42,
                                  .index = index,
                                  .seconds = SECONDS,
                                  .width = 64,
                                  .height = 64,
                                  .min_people = 1,
                                  .max_people = most_people,
                                  .scene = -1,
                                  .sound = true};
    sfd_world *w;
    assert_int_equal(sfd_world_create(&w, &s, NULL), SFD_OK);
    return w;
}

static void hear(const sfd_world *w)
{
    sfd_soundtrack *s;
    assert_int_equal(sfd_soundtrack_create(&s, w, NULL), SFD_OK);
    for (size_t i = 0; i < N; i += SFD_SOUND_BLOCK)
        assert_int_equal(sfd_soundtrack_next(s, left + i, right + i, SFD_SOUND_BLOCK, NULL),
                         SFD_OK);
    sfd_soundtrack_destroy(s);
}

static double energy(const float *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum / (double)n;
}

/* The figure stands for every compiler and machine; change it with the sounds. */
static void test_same_everywhere(void **state)
{
    (void)state;
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (uint64_t i = 0; i < 6; i++) {
        sfd_world *w = create(i, 4);
        hear(w);
        sfd_world_destroy(w);
        for (size_t k = 0; k < N; k++) {
            assert_true(fabsf(left[k]) < 1 && fabsf(right[k]) < 1);
            const float both[2] = {left[k], right[k]};
            uint32_t bits[2];
            memcpy(bits, both, sizeof bits);
            h = (h ^ bits[0]) * UINT64_C(0x100000001b3);
            h = (h ^ bits[1]) * UINT64_C(0x100000001b3);
        }
    }
    if (h != UINT64_C(0x59c8d3c7f2d54bdc))
        fail_msg("the sound hashes to 0x%llx", (unsigned long long)h);
}

/* ---- what is heard is what is seen */

static bool quiet_outside(const sfd_world *w, const sfd_act *a)
{
    const sfd_outside *o = sfd_world_outside(w);
    for (double t = a->t0 - 0.3; t < a->t1; t += 0.1)
        if (sfd_outside_act_at(o, t)->kind != SFD_OUTSIDE_QUIET)
            return false;
    return true;
}

/* Calls `check` for acts with such a gesture of somebody who is alone and stands or sits, while
 * nothing is heard from elsewhere. */
static void each_act(uint64_t n_worlds, sfd_gesture_id gesture,
                     void (*check)(const sfd_world *, const sfd_act *, void *), void *user)
{
    for (uint64_t i = 0; i < n_worlds; i++) {
        sfd_world *w = create(i, 1);
        const sfd_script *s = sfd_world_script(w, 0);
        bool heard = false;
        for (size_t k = 0; k < s->n_acts; k++) {
            const sfd_act *a = &s->acts[k];
            if (a->gesture != gesture || a->t1 > SECONDS || a->t0 < 0 || a->rate_hz > 0 ||
                !quiet_outside(w, a))
                continue;
            if (!heard)
                hear(w);
            heard = true;
            check(w, a, user);
        }
        sfd_world_destroy(w);
    }
}

/* Of both ears from t on, `seconds` long. */
static double heard_energy(double t, double seconds)
{
    const size_t at = (size_t)(t * SFD_SOUND_RATE), n = (size_t)(seconds * SFD_SOUND_RATE);
    return energy(left + at, n) + energy(right + at, n);
}

static double between_hands(const sfd_script *s, double t)
{
    sfd_joints j;
    sfd_stance stance;
    sfd_script_pose(s, t, &j, &stance);
    const sfd_vec3 d = sfd_sub(j.hand[0], j.hand[1]);
    return sqrt(sfd_dot(d, d));
}

typedef struct clap_counts {
    size_t n_claps, n_silent;
} clap_counts;

/* Where the hands come nearest, found by looking at them, a clap begins within a picture's time:
 * the loudest rise of 3 ms is there; and not where the same movement is silent. */
static void check_clap(const sfd_world *w, const sfd_act *a, void *user)
{
    clap_counts *counts = user;
    const sfd_script *s = sfd_world_script(w, 0);
    const double step = 0.003;
    for (double t = a->t0 + 0.25; t < a->t1 - 0.25; t += step) {
        const double now = between_hands(s, t);
        if (now > between_hands(s, t - step) || now >= between_hands(s, t + step) ||
            now > 0.6 * between_hands(s, t + 0.5 / a->gesture_hz))
            continue;
        double rise = 0, rise_t = 0;
        for (double u = t - 0.14; u < t + 0.14; u += step) {
            const double more = heard_energy(u, step) / (heard_energy(u - 0.01, 0.01) + 1e-9);
            rise_t = more > rise ? u : rise_t;
            rise = more > rise ? more : rise;
        }
        if (a->sound == SFD_CLAPPING) {
            if (!(fabs(rise_t - t) <= 1.0 / FPS && rise > 8))
                fail_msg("hands meet at %g s, sound rises %g times at %g s", t, rise, rise_t);
            counts->n_claps++;
        } else {
            if (rise > 8 && fabs(rise_t - t) < 1.0 / FPS)
                fail_msg("a silent clap at %g s: sound rises %g times", t, rise);
            counts->n_silent++;
        }
    }
}

static void test_claps_when_hands_meet(void **state)
{
    (void)state;
    clap_counts counts = {0, 0};
    each_act(300, SFD_CLAP, check_clap, &counts);
    if (counts.n_claps < 12 || counts.n_silent < 12)
        fail_msg("%zu claps, %zu silent", counts.n_claps, counts.n_silent);
}

typedef struct voice_counts {
    size_t n_sided, n_loud, n_silent;
    double loud, silent;
} voice_counts;

/* Voices come from the side where their heads are; those who only move their arms are silent. */
static void check_voice(const sfd_world *w, const sfd_act *a, void *user)
{
    voice_counts *counts = user;
    const double t = a->t0 + 0.3, seconds = a->t1 - a->t0 - 0.6;
    const size_t at = (size_t)(t * SFD_SOUND_RATE), n = (size_t)(seconds * SFD_SOUND_RATE);
    if (a->sound == SFD_SILENT) {
        counts->silent += heard_energy(t, seconds);
        counts->n_silent++;
        return;
    }
    counts->loud += heard_energy(t, seconds);
    counts->n_loud++;
    sfd_joints j;
    sfd_stance stance;
    sfd_script_pose(sfd_world_script(w, 0), t + 0.5 * seconds, &j, &stance);
    const sfd_vec3 head = sfd_stance_world(&stance, j.head);
    const double side = head.x / head.z / sfd_world_half_width(w);
    const double l = energy(left + at, n), r = energy(right + at, n);
    if (fabs(side) < 0.15)
        return;
    if ((side > 0) != (r > l))
        fail_msg("somebody at %g is heard with %g and %g", side, l, r);
    counts->n_sided++;
}

static void test_voices(void **state)
{
    (void)state;
    voice_counts c = {0, 0, 0, 0, 0};
    each_act(120, SFD_GESTICULATE, check_voice, &c);
    if (c.n_sided < 4 || c.n_loud < 6 || c.n_silent < 2 ||
        c.loud / (double)c.n_loud < 4 * c.silent / (double)c.n_silent)
        fail_msg("%zu on a side, %zu loud (%g), %zu silent (%g)", c.n_sided, c.n_loud, c.loud,
                 c.n_silent, c.silent);
}

/* As many steps as half cycles of the gait, each with a foot that has just come down. */
static void test_steps_with_feet(void **state)
{
    (void)state;
    size_t n_acts = 0;
    for (uint64_t i = 0; i < 30; i++) {
        sfd_world *w = create(i, 4);
        for (size_t p = 0; p < sfd_world_n_people(w); p++) {
            const sfd_script *s = sfd_world_script(w, p);
            for (size_t k = 0; k < s->n_acts; k++) {
                const sfd_act *a = &s->acts[k];
                sfd_sound_events e = {NULL, 0, 0};
                double n = 0, last = -9;
                if (a->motion != SFD_WALK)
                    continue;
                assert_int_equal(sfd_sound_events_of_act(&e, s, k, SFD_SCENE_ROOM, NULL), SFD_OK);
                for (size_t m = 0; m < e.n; m++) {
                    sfd_joints j;
                    sfd_stance stance;
                    if (e.events[m].kind != SFD_STRIKE_STEP_HARD)
                        continue;
                    sfd_script_pose(s, e.events[m].t, &j, &stance);
                    const double sole =
                        fmin(fmin(j.heel[0].z, j.toe[0].z), fmin(j.heel[1].z, j.toe[1].z));
                    assert_true(sole < 0.05 && e.events[m].t - last > 0.1);
                    last = e.events[m].t;
                    n++;
                }
                if (!(fabs(n - 2 * a->rate_hz * (a->t1 - a->t0)) <= 1.5))
                    fail_msg("%g steps at %g Hz in %g s", n, a->rate_hz, a->t1 - a->t0);
                sfd_sound_events_free(&e);
                n_acts++;
            }
        }
        sfd_world_destroy(w);
    }
    assert_true(n_acts > 30);
}

/* Half a second of a tone, heard from somewhere. */
static void hear_tone(double hz, sfd_vec3 at, double *l, double *r)
{
    enum { M = SFD_SOUND_RATE / 2 };
    static float mono[M], ears[3][M];
    sfd_sound_place place = {.placed = false};
    memset(ears, 0, sizeof ears);
    for (int i = 0; i < M; i++)
        mono[i] = (float)(0.5 * sfd_sin_deg(360 * hz * i / SFD_SOUND_RATE));
    sfd_sound_place_add(&place, at, 0.5, mono, &(sfd_mixture){ears[0], ears[1], ears[2], M});
    *l = energy(ears[0], M);
    *r = energy(ears[1], M);
}

/* Twice as far: 6 dB less, of high tones more; to the side: there more. */
static void test_distance_and_direction(void **state)
{
    (void)state;
    double low[3], high[3], l, r;
    for (int i = 0; i < 3; i++) {
        const sfd_vec3 at = {0, 1.2, 2 << i};
        hear_tone(200, at, &low[i], &r);
        hear_tone(6000, at, &high[i], &r);
    }
    for (int i = 0; i < 2; i++) {
        assert_true(fabs(low[i] / low[i + 1] - 4) < 0.2);
        assert_true(high[i] / high[i + 1] > 4.4);
    }
    hear_tone(200, (sfd_vec3){-1, 1.2, 3}, &l, &r);
    assert_true(l > 2 * r);
    hear_tone(200, (sfd_vec3){9, 1.2, 1}, &l, &r);
    assert_true(r > 10 * l && l > 0);
}

/* ---- labels */

/* Every class occurs; those that only ears tell apart move like silent ones. */
static void test_classes(void **state)
{
    (void)state;
    size_t count[81] = {0}, total = 0, sounding[SFD_N_GESTURES] = {0}, silent[SFD_N_GESTURES] = {0};
    size_t n_ears = 0;
    for (uint64_t i = 0; i < 150; i++) {
        sfd_world *w = create(i, 4);
        for (size_t p = 0; p < sfd_world_n_people(w); p++)
            for (double t = 1; t < SECONDS; t++) {
                const sfd_act *a = sfd_script_act(sfd_world_script(w, p), t);
                int labels[SFD_MAX_ACT_LABELS];
                sfd_world_labels(w, p, t, labels);
                for (size_t k = 0; k < SFD_MAX_ACT_LABELS && labels[k]; k++, total++)
                    count[labels[k]]++;
                if (a->gesture_hz > 0.5 || a->gesture == SFD_HAND_TO_EAR)
                    (a->sound == SFD_SILENT ? silent : sounding)[a->gesture]++;
                n_ears += a->gesture == SFD_HAND_TO_EAR;
            }
        sfd_world_destroy(w);
    }
    for (const int *id = sfd_synth_sound_labels; *id; id++) {
        if (count[*id] < total / 250 || count[*id] > total / 3)
            fail_msg("class %d has %zu of %zu labels", *id, count[*id], total);
        if (id[1])
            assert_true(id[0] < id[1]);
    }
    static const sfd_gesture_id twins[] = {SFD_CLAP, SFD_CLAP_HIGH, SFD_GESTICULATE, SFD_DRUM};
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (silent[twins[i]] * 3 < sounding[twins[i]] || sounding[twins[i]] * 3 < silent[twins[i]])
            fail_msg("gesture %d is heard %zu times and silent %zu times", (int)twins[i],
                     sounding[twins[i]], silent[twins[i]]);
    assert_true(count[SFD_LABEL_LISTEN] * 4 > n_ears && count[SFD_LABEL_LISTEN] * 4 < 3 * n_ears);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_everywhere),
        cmocka_unit_test(test_claps_when_hands_meet),
        cmocka_unit_test(test_voices),
        cmocka_unit_test(test_steps_with_feet),
        cmocka_unit_test(test_distance_and_direction),
        cmocka_unit_test(test_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
