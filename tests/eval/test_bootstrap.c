/* SPDX-License-Identifier: Apache-2.0 */
/* Differences on drawn videos against the same videos written out and scored. */
#include "base/random.h"

#include <sfdet/eval.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_VIDEOS 6
#define N_FRAMES 4
#define N_BOXES  5 /* of a frame */
#define N        (N_VIDEOS * N_FRAMES * N_BOXES)

static char names[N_VIDEOS * N_VIDEOS][16];

/* A box beside or on the i-th of a frame, with a score that no other has. */
static void make_rows(sfd_eval_row *rows, sfd_random *r, double spread)
{
    for (size_t i = 0; i < N; i++) {
        const double x = 0.15 * (double)(i % N_BOXES), dx = sfd_random_between(r, 0, spread);
        rows[i] = (sfd_eval_row){.timestamp_s = (double)(900 + i / N_BOXES % N_FRAMES),
                                 .box = {x + dx, 0.1, x + dx + 0.1, 0.5},
                                 .label = 12};
        if (sfd_random_chance(r, 0.4))
            rows[i].label = 11;
        rows[i].score = sfd_random_unit(r);
    }
}

/* Video v of rows under the name of place `at`. */
static void add_video(sfd_eval_row *out, size_t *n, const sfd_eval_row *rows, size_t v, size_t at)
{
    snprintf(names[at], sizeof names[at], "v%zu", at);
    for (size_t i = v * N_FRAMES * N_BOXES; i < (v + 1) * N_FRAMES * N_BOXES; i++) {
        out[*n] = rows[i];
        out[(*n)++].video_id = names[at];
    }
}

typedef struct set {
    sfd_eval *e;
    sfd_eval_detections *d[2];
} set;

/* The videos of `order` as a truth and two files. */
static set make_set(const sfd_eval_row rows[3][N], const size_t order[N_VIDEOS])
{
    static sfd_eval_row out[N];
    set s = {0};
    sfd_eval_settings settings;
    sfd_eval_settings_defaults(&settings);
    assert_int_equal(sfd_eval_create(&s.e, &settings, NULL), SFD_OK);
    for (int k = 0; k < 3; k++) {
        size_t n = 0;
        for (size_t v = 0; v < N_VIDEOS; v++)
            add_video(out, &n, rows[k], order[v], v);
        if (k == 0)
            assert_int_equal(sfd_eval_add_truth(s.e, out, n, NULL), SFD_OK);
        else
            assert_int_equal(sfd_eval_add_detections(&s.d[k - 1], s.e, out, n, NULL), SFD_OK);
    }
    return s;
}

static void free_set(set *s)
{
    sfd_eval_detections_free(s->d[0]);
    sfd_eval_detections_free(s->d[1]);
    sfd_eval_free(s->e);
}

static double difference(const set *s)
{
    const double iou = 0.5;
    sfd_eval_result r[2];
    for (int k = 0; k < 2; k++)
        assert_int_equal(sfd_eval_score(&r[k], s->e, s->d[k], &iou, 1, NULL), SFD_OK);
    const double d = r[1].map - r[0].map;
    sfd_eval_result_free(&r[0]);
    sfd_eval_result_free(&r[1]);
    return d;
}

static void as_written_out(void **state)
{
    (void)state;
    static sfd_eval_row rows[3][N];
    const size_t all[N_VIDEOS] = {0, 1, 2, 3, 4, 5};
    sfd_random r = sfd_random_init(7, 0);
    for (int k = 0; k < 3; k++)
        make_rows(rows[k], &r, k == 0 ? 0 : k == 1 ? 0.06 : 0.04);
    set whole = make_set(rows, all);
    for (uint64_t seed = 1; seed <= 30; seed++) {
        sfd_eval_bootstrap_settings s;
        sfd_eval_bootstrap_result found;
        size_t drawn[N_VIDEOS];
        sfd_random draws = sfd_random_init(seed, 0);
        for (size_t i = 0; i < N_VIDEOS; i++)
            drawn[i] = sfd_random_below(&draws, N_VIDEOS);
        sfd_eval_bootstrap_settings_defaults(&s);
        s.n_samples = 1;
        s.seed = seed;
        assert_int_equal(sfd_eval_bootstrap(&found, whole.e, whole.d[0], whole.d[1], &s, NULL),
                         SFD_OK);
        set sample = make_set(rows, drawn);
        assert_true(fabs(found.map.low - difference(&sample)) <= 1e-12);
        assert_true(found.map.low == found.map.high && found.n_videos == N_VIDEOS);
        assert_true(fabs(found.map.difference - difference(&whole)) <= 1e-12);
        free_set(&sample);
        sfd_eval_bootstrap_result_free(&found);
    }
    free_set(&whole);
}

static void intervals(void **state)
{
    (void)state;
    static sfd_eval_row rows[3][N];
    const size_t all[N_VIDEOS] = {0, 1, 2, 3, 4, 5};
    sfd_eval_bootstrap_settings s;
    sfd_eval_bootstrap_result r, again;
    sfd_random random = sfd_random_init(8, 0);
    for (int k = 0; k < 3; k++)
        make_rows(rows[k], &random, 0);
    for (size_t i = 0; i < N; i++)
        rows[2][i].label = rows[0][i].label; /* the second file is right throughout */
    set x = make_set(rows, all);
    sfd_eval_bootstrap_settings_defaults(&s);
    assert_int_equal(sfd_eval_bootstrap(&r, x.e, x.d[0], x.d[1], NULL, NULL), SFD_OK);
    assert_true(r.map.low > 0 && r.map.low < r.map.difference && r.map.difference < r.map.high);
    assert_true(r.map.p == 0 && r.n_samples == 1000);
    assert_int_equal(sfd_eval_bootstrap(&again, x.e, x.d[0], x.d[1], &s, NULL), SFD_OK);
    assert_memory_equal(&r.map, &again.map, sizeof r.map);
    sfd_eval_bootstrap_result_free(&again);
    assert_int_equal(sfd_eval_bootstrap(&again, x.e, x.d[1], x.d[1], &s, NULL), SFD_OK);
    assert_true(again.map.low == 0 && again.map.high == 0 && again.map.p == 1);
    sfd_eval_bootstrap_result_free(&again);
    sfd_eval_bootstrap_result_free(&r);
    s.n_samples = 0;
    assert_int_equal(sfd_eval_bootstrap(&r, x.e, x.d[0], x.d[1], &s, NULL), SFD_ERR_ARG);
    free_set(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_written_out),
                                       cmocka_unit_test(intervals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
