/* SPDX-License-Identifier: Apache-2.0 */
/* Following persons: the filter, both associations, and whole scenes scored by ID measures. */
#include "base/random.h"
#include "persons/tracker.h"

#include <sfdet/eval_persons.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static sfd_tracker *new_tracker(void)
{
    sfd_tracker_settings s;
    sfd_tracker *t;
    sfd_tracker_settings_defaults(&s);
    assert_int_equal(sfd_tracker_create(&t, &s, NULL), SFD_OK);
    return t;
}

static sfd_tracked_box at(double x, double score)
{
    return (sfd_tracked_box){.box = {x, 0.3, x + 0.1, 0.7}, .score = score, .track = -1};
}

static int64_t follow(sfd_tracker *t, double time_s, double x, double score)
{
    sfd_tracked_box box = at(x, score);
    assert_int_equal(sfd_tracker_update(t, time_s, &box, 1, NULL), SFD_OK);
    return box.track;
}

static void one_person(void **state)
{
    (void)state;
    sfd_tracker *t = new_tracker();
    for (int i = 0; i < 20; i++)
        assert_int_equal(follow(t, 0.2 * i, 0.1 + 0.03 * i, 0.9), 1);
    sfd_tracker_destroy(t);
    sfd_tracker_destroy(NULL);
}

/* Half a width a step: without the velocity that the filter has learned nobody would be found after
 * a gap. */
static void a_gap_is_bridged_by_velocity(void **state)
{
    (void)state;
    sfd_tracker *t = new_tracker();
    for (int i = 0; i < 10; i++)
        assert_int_equal(follow(t, 0.2 * i, 0.03 * i, 0.9), 1);
    assert_int_equal(sfd_tracker_update(t, 2.0, NULL, 0, NULL), SFD_OK);
    for (int i = 15; i < 20; i++)
        assert_int_equal(follow(t, 0.2 * i, 0.03 * i, 0.9), 1);
    assert_int_equal(follow(t, 20, 0.57, 0.9), 2); /* too long a gap */
    sfd_tracker_destroy(t);
}

/* Whoever is new is waited for at the next two moments, at every rate. */
static void times_with_six_decimals_are_as_good(void **state)
{
    (void)state;
    const double rates[] = {3, 5, 6, 7, 11, 13, 29.97, 30};
    sfd_tracker_settings s;
    sfd_tracker_settings_defaults(&s);
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (int k = 0; k < 40; k++) {
            double time_s[4];
            sfd_tracker *t;
            for (int i = 0; i < 4; i++)
                time_s[i] = rint((k + i) / rates[r] * 1e6) / 1e6;
            s.step_s = 1 / rates[r];
            assert_int_equal(sfd_tracker_create(&t, &s, NULL), SFD_OK);
            assert_int_equal(follow(t, time_s[0], 0.1, 0.9), 1);
            assert_int_equal(sfd_tracker_update(t, time_s[1], NULL, 0, NULL), SFD_OK);
            assert_true(sfd_tracker_remembers(t, 1));
            assert_int_equal(sfd_tracker_update(t, time_s[2], NULL, 0, NULL), SFD_OK);
            assert_false(sfd_tracker_remembers(t, 1));
            assert_int_equal(follow(t, time_s[3], 0.1, 0.9), 2);
            sfd_tracker_destroy(t);
        }
}

static void a_doubtful_box_behind_a_hole_is_nobody(void **state)
{
    (void)state;
    sfd_tracker *t = new_tracker();
    assert_int_equal(follow(t, 0.0, 0.1, 0.9), 1);
    assert_int_equal(follow(t, 0.2, 0.1, 0.9), 1);
    assert_int_equal(follow(t, 0.4, 0.1, 0.3), 1);
    assert_int_equal(follow(t, 50, 0.1, 0.3), SFD_NO_TRACK);
    sfd_tracker_destroy(t);
}

static void low_scores_continue_but_never_start(void **state)
{
    (void)state;
    sfd_tracker *t = new_tracker();
    assert_int_equal(follow(t, 0.0, 0.1, 0.3), SFD_NO_TRACK);
    assert_int_equal(follow(t, 0.2, 0.1, 0.9), 1);
    assert_int_equal(follow(t, 0.4, 0.1, 0.3), 1);
    assert_int_equal(follow(t, 0.6, 0.1, 0.05), SFD_NO_TRACK);
    assert_int_equal(follow(t, 0.8, 0.1, 0.3), SFD_NO_TRACK); /* lost: a low score does not bring
                                                                 it back */
    assert_int_equal(follow(t, 1.0, 0.1, 0.9), 1);
    sfd_tracker_destroy(t);
}

static void boxes_far_apart_are_others(void **state)
{
    (void)state;
    sfd_tracker *t = new_tracker();
    for (int i = 0; i < 3; i++) {
        sfd_tracked_box boxes[2] = {at(i % 2 ? 0.6 : 0.1, 0.9), at(i % 2 ? 0.1 : 0.6, 0.8)};
        assert_int_equal(sfd_tracker_update(t, 0.2 * i, boxes, 2, NULL), SFD_OK);
        assert_int_equal(boxes[i % 2].track, 1);
        assert_int_equal(boxes[1 - i % 2].track, 2);
    }
    sfd_tracker_destroy(t);
}

static void bad_times_are_refused(void **state)
{
    (void)state;
    sfd_tracker *t = new_tracker();
    sfd_error err;
    assert_int_equal(follow(t, 1, 0.1, 0.9), 1);
    assert_int_equal(sfd_tracker_update(t, 1, NULL, 0, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_tracker_update(t, NAN, NULL, 0, &err), SFD_ERR_ARG);
    assert_int_equal(follow(t, 1.2, 0.1, 0.9), 1);
    sfd_tracker_destroy(t);
}

/* ------------------------------------------------------------------- looks */

static sfd_look wearing(int upper, int lower)
{
    sfd_look l = {.known = true};
    l.halves[0][upper] = l.halves[1][lower] = 1;
    return l;
}

/* They meet, hide each other for a second, and turn back: where they go says the opposite. */
static void looks_tell_who_turned_back(void **state)
{
    (void)state;
    const sfd_look looks[2] = {wearing(5, 6), wearing(50, 60)};
    for (int with_looks = 0; with_looks < 2; with_looks++) {
        sfd_tracker *t = new_tracker();
        for (int step = 0; step < 20; step++) {
            const double away = 0.03 * (step < 10 ? 10 - step : step - 9);
            sfd_tracked_box boxes[2] = {at(0.45 - away, 0.9), at(0.45 + away, 0.8)};
            for (int i = 0; i < 2 && with_looks; i++)
                boxes[i].look = &looks[i];
            const size_t n = step >= 8 && step < 13 ? 0 : 2;
            assert_int_equal(sfd_tracker_update(t, 0.2 * step, boxes, n, NULL), SFD_OK);
            if (n == 2 && (step < 8 || with_looks)) {
                assert_int_equal(boxes[0].track, 1);
                assert_int_equal(boxes[1].track, 2);
            }
        }
        sfd_tracker_destroy(t);
    }
}

/* Somebody comes back after 10 s; somebody of another look is somebody else; after a minute nobody
 * is remembered. */
static void looks_are_remembered(void **state)
{
    (void)state;
    const sfd_look looks[2] = {wearing(5, 6), wearing(5, 60)};
    sfd_tracker *t = new_tracker();
    const struct {
        double time_s, x;
        int look, track;
    } seen[] = {{0, 0.1, 0, 1},    {0.2, 0.1, 0, 1},  {10, 0.8, 0, 1},   {10.2, 0.8, 0, 1},
                {10.4, 0.1, 1, 2}, {10.6, 0.1, 1, 2}, {10.8, 0.8, 0, 1}, {70, 0.8, 0, 3}};
    for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
        sfd_tracked_box box = at(seen[i].x, 0.9);
        box.look = &looks[seen[i].look];
        assert_int_equal(sfd_tracker_update(t, seen[i].time_s, &box, 1, NULL), SFD_OK);
        assert_int_equal(box.track, seen[i].track);
    }
    sfd_tracker_destroy(t);
}

static void parts_of_persons_are_nobody(void **state)
{
    (void)state;
    sfd_tracker *t = new_tracker();
    assert_int_equal(follow(t, 0, 0.1, 0.9), 1);
    sfd_tracked_box boxes[4] = {at(0.1, 0.9), at(0.5, 0.9), at(0, 0), at(0, 0)};
    boxes[2] = (sfd_tracked_box){.box = {0.1, 0.3, 0.2, 0.5}, .score = 0.9};   /* upper half */
    boxes[3] = (sfd_tracked_box){.box = {0.05, 0.2, 0.25, 0.8}, .score = 0.9}; /* around */
    assert_int_equal(sfd_tracker_update(t, 0.2, boxes, 4, NULL), SFD_OK);
    assert_int_equal(boxes[0].track, 1);
    assert_int_equal(boxes[1].track, 2);
    assert_int_equal(boxes[2].track, SFD_NO_TRACK);
    assert_int_equal(boxes[3].track, SFD_NO_TRACK);
    sfd_tracker_destroy(t);
}

/* Persons of different numbers are this unlike. */
static sfd_look a_little_unlike(int person, float by)
{
    sfd_look l = {.known = true};
    for (int h = 0; h < 2; h++) {
        l.halves[h][0] = 1 - by;
        l.halves[h][1 + person] = by;
    }
    return l;
}

/* Of two who stand close together one is hidden, and somebody else comes from the other side: to
 * move each by one would give both boxes to somebody who is known. */
static void one_good_pair_is_better_than_two_bad_ones(void **state)
{
    (void)state;
    const sfd_look looks[3] = {a_little_unlike(0, 0.24f), a_little_unlike(1, 0.24f),
                               a_little_unlike(2, 0.24f)};
    const double x[3] = {0.1, 0.13, 0.19};
    sfd_tracker *t = new_tracker();
    for (int step = 0; step < 4; step++) {
        sfd_tracked_box boxes[2] = {at(x[step / 3], 0.9), at(x[step / 3 + 1], 0.9)};
        for (int i = 0; i < 2; i++)
            boxes[i].look = &looks[step / 3 + i];
        assert_int_equal(sfd_tracker_update(t, 0.2 * step, boxes, 2, NULL), SFD_OK);
        assert_int_equal(boxes[0].track, step / 3 + 1);
        assert_int_equal(boxes[1].track, step / 3 + 2);
    }
    sfd_tracker_destroy(t);
}

/* One walks in front of another, and is seen twice. */
static void a_second_box_is_not_left_for_others(void **state)
{
    (void)state;
    const sfd_look looks[2] = {a_little_unlike(0, 0.35f), a_little_unlike(1, 0.35f)};
    for (int as_well = 0; as_well < 2; as_well++) {
        sfd_tracker_settings s;
        sfd_tracker *t;
        sfd_tracker_settings_defaults(&s);
        if (as_well)
            s.double_weight = 0;
        assert_int_equal(sfd_tracker_create(&t, &s, NULL), SFD_OK);
        for (int step = 0; step < 4; step++) {
            sfd_tracked_box boxes[2] = {at(0.1, 0.9), at(0.25 - 0.05 * step, 0.95)};
            boxes[0].look = &looks[step / 3];
            boxes[1].look = &looks[1];
            boxes[1].box.y2 = 0.75;
            assert_int_equal(sfd_tracker_update(t, 0.2 * step, boxes, 2, NULL), SFD_OK);
            assert_int_equal(boxes[0].track, step < 3 || as_well ? 1 : SFD_NO_TRACK);
            assert_int_equal(boxes[1].track, 2);
        }
        sfd_tracker_destroy(t);
    }
}

/* The second is hidden elsewhere, and comes back in front of the first. */
static void who_comes_back_in_front_of_somebody_is_known(void **state)
{
    (void)state;
    const sfd_look looks[2] = {a_little_unlike(0, 0.45f), a_little_unlike(1, 0.45f)};
    for (int as_well = 0; as_well < 2; as_well++) {
        sfd_tracker_settings s;
        sfd_tracker *t;
        sfd_tracker_settings_defaults(&s);
        if (as_well)
            s.other_weight = 0;
        assert_int_equal(sfd_tracker_create(&t, &s, NULL), SFD_OK);
        for (int step = 0; step < 8; step++) {
            sfd_tracked_box boxes[2] = {at(0.1, 0.9), at(0.6, 0.9)};
            boxes[0].look = &looks[step < 7];
            boxes[1].look = &looks[0];
            assert_int_equal(sfd_tracker_update(t, 0.2 * step, boxes, step < 4 ? 2 : 1, NULL),
                             SFD_OK);
            assert_int_equal(boxes[0].track, step < 7 || as_well ? 1 : 2);
        }
        sfd_tracker_destroy(t);
    }
}

/* More people than are remembered pass by: numbers go on, nothing grows. */
static void crowds_are_forgotten(void **state)
{
    (void)state;
    sfd_tracker *t = new_tracker();
    int64_t last = 0;
    for (int step = 0; step < 60; step++) {
        sfd_tracked_box boxes[100];
        for (int i = 0; i < 100; i++) {
            const double x = i % 10 / 10.0 + step / 2 % 2 * 5, y = i / 10 / 10.0;
            boxes[i] = (sfd_tracked_box){
                .box = {x, y + step / 4 * 3, x + 0.05, y + 0.05 + step / 4 * 3}, .score = 0.9};
        }
        assert_int_equal(sfd_tracker_update(t, 0.2 * step, boxes, 100, NULL), SFD_OK);
        for (int i = 0; i < 100; i++)
            assert_true(boxes[i].track > 0);
        last = boxes[99].track;
    }
    assert_int_equal(last, 3000);
    sfd_tracker_destroy(t);
}

/* ------------------------------------------------------------------ scenes */

#define N_PEOPLE 6
#define N_STEPS  150
#define MOST     ((size_t)N_PEOPLE * N_STEPS * 2)

typedef struct scene {
    sfd_eval_track_box truth[MOST], tracks[MOST];
    size_t n_truth, n_tracks;
} scene;

static sfd_eval_track_box as_track_box(int64_t frame, int64_t id, const sfd_box_norm *b)
{
    return (sfd_eval_track_box){frame, id, b->x1, b->y1, b->x2 - b->x1, b->y2 - b->y1};
}

/* People walk to and fro past each other; a detector finds them with jitter, now and then not, and
 * sees some who are not there. */
static void play(scene *s, uint64_t seed)
{
    sfd_random r = sfd_random_init(seed, 0);
    sfd_tracker *t = new_tracker();
    double phase[N_PEOPLE], speed[N_PEOPLE], row[N_PEOPLE];
    memset(s, 0, sizeof *s);
    for (int p = 0; p < N_PEOPLE; p++) {
        phase[p] = sfd_random_between(&r, 0, 6);
        speed[p] = sfd_random_between(&r, 0.02, 0.1);
        row[p] = sfd_random_between(&r, 0.05, 0.35);
    }
    for (int step = 0; step < N_STEPS; step++) {
        sfd_tracked_box found[N_PEOPLE + 1];
        size_t n = 0;
        for (int p = 0; p < N_PEOPLE; p++) {
            const double x = 0.45 + 0.45 * sin(phase[p] + speed[p] * step);
            const sfd_box_norm b = {x, row[p], x + 0.12, row[p] + 0.5};
            s->truth[s->n_truth++] = as_track_box(step, p + 1, &b);
            if (sfd_random_chance(&r, 0.06))
                continue;
            const double dx = 0.006 * sfd_random_normal(&r), dy = 0.012 * sfd_random_normal(&r);
            const double score = sfd_random_between(&r, 0.2, 1);
            found[n++] = (sfd_tracked_box){.box = {b.x1 + dx, b.y1 + dy, b.x2 + dx, b.y2 - dy},
                                           .score = sqrt(score)};
        }
        if (sfd_random_chance(&r, 0.1))
            found[n++] = at(sfd_random_between(&r, 0, 0.9), 0.55);
        assert_int_equal(sfd_tracker_update(t, 0.2 * step, found, n, NULL), SFD_OK);
        for (size_t i = 0; i < n; i++)
            if (found[i].track != SFD_NO_TRACK)
                s->tracks[s->n_tracks++] = as_track_box(step, found[i].track, &found[i].box);
    }
    sfd_tracker_destroy(t);
}

static void crossing_people_keep_their_ids(void **state)
{
    (void)state;
    static scene s;
    double idf1 = 0;
    enum { N_SCENES = 10 };
    for (uint64_t seed = 0; seed < N_SCENES; seed++) {
        sfd_eval_track_result result;
        play(&s, seed);
        assert_int_equal(
            sfd_eval_score_tracks(&result, s.truth, s.n_truth, s.tracks, s.n_tracks, 0.5, NULL),
            SFD_OK);
        assert_true(result.mota > 0.85);
        idf1 += result.idf1 / N_SCENES;
    }
    print_message("IDF1 %.3f\n", idf1);
    assert_true(idf1 > 0.8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_person),
        cmocka_unit_test(a_gap_is_bridged_by_velocity),
        cmocka_unit_test(low_scores_continue_but_never_start),
        cmocka_unit_test(boxes_far_apart_are_others),
        cmocka_unit_test(bad_times_are_refused),
        cmocka_unit_test(looks_tell_who_turned_back),
        cmocka_unit_test(looks_are_remembered),
        cmocka_unit_test(times_with_six_decimals_are_as_good),
        cmocka_unit_test(a_doubtful_box_behind_a_hole_is_nobody),
        cmocka_unit_test(parts_of_persons_are_nobody),
        cmocka_unit_test(one_good_pair_is_better_than_two_bad_ones),
        cmocka_unit_test(a_second_box_is_not_left_for_others),
        cmocka_unit_test(who_comes_back_in_front_of_somebody_is_known),
        cmocka_unit_test(crowds_are_forgotten),
        cmocka_unit_test(crossing_people_keep_their_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
