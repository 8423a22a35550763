/* SPDX-License-Identifier: Apache-2.0 */
/* The timeline against a frame-by-frame model of FFmpeg's fps filter and ffmpeg's cfr output. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/timeline.h"
#include "support/random.h"

#define MAX_PICTURES 4096
#define MAX_FRAMES   64

typedef struct sequence {
    int shown[MAX_PICTURES]; /* number of the decoded frame that each picture shows */
    int n;
} sequence;

/* ffmpeg's rules for one frame out of the fps filter, as it states them. */
static void model_output(sequence *s, int64_t tick, int frame, int64_t *clock, int *last, bool keep)
{
    double eps = 1.0 / (1 << 17);
    double delta0 = (double)tick + (tick > 0 ? eps : tick < 0 ? -eps : 0) - (double)*clock;
    double delta = delta0 + 1;
    int n = 1, n_last = 0;
    if (delta0 < 0 && delta > 0)
        delta0 = 0;
    if (keep && s->n == 0 && delta0 >= 0.5) {
        *clock = tick;
        delta = 1;
        delta0 = 0;
    }
    if (delta < -1.1)
        n = 0;
    else if (delta > 1.1) {
        n = (int)(delta + 0.5);
        if (delta0 > 1.1)
            n_last = (int)(delta0 - 0.6 + 0.5);
    }
    for (int i = 0; i < n && s->n < MAX_PICTURES; i++)
        s->shown[s->n++] = i < n_last && *last >= 0 ? *last : frame;
    *clock += n;
    *last = frame;
}

/* ticks[i] of frame i; before[i]: the filter is started anew before frame i. */
static void model(sequence *s, const int64_t *ticks, const bool *before, int n, int64_t end,
                  bool keep)
{
    int64_t next = INT64_MIN, clock = 0;
    int first = 0, last = -1;
    s->n = 0;
    for (int i = 1; i <= n; i++) {
        bool restart = i < n && before[i];
        if (next == INT64_MIN && !(restart && first == i - 1))
            next = ticks[first];
        int64_t until = i == n ? end : ticks[i];
        if (restart) {
            first = i;
            next = INT64_MIN;
            continue;
        }
        for (; next < until; next++)
            model_output(s, next, first, &clock, &last, keep);
        first = i;
    }
}

static AVFrame *numbered(int i)
{
    AVFrame *f = av_frame_alloc();
    assert_non_null(f);
    f->width = i;
    return f;
}

static void run(sequence *s, const int64_t *ticks, const bool *before, int n, int64_t end,
                bool keep)
{
    sfd_timeline t;
    int fed = 0;
    s->n = 0;
    sfd_timeline_init(&t, keep);
    for (;;) {
        sfd_timeline_state state = sfd_timeline_next_run(&t);
        if (state == SFD_TIMELINE_DONE)
            break;
        if (state == SFD_TIMELINE_RUN) {
            assert_int_equal(t.run.first, s->n);
            while (s->n < t.run.end && s->n < MAX_PICTURES)
                s->shown[s->n++] = t.run.frame->width;
        } else if (fed == n) {
            sfd_timeline_end(&t, end);
        } else {
            if (before[fed])
                sfd_timeline_restart_filter(&t);
            sfd_timeline_push(&t, numbered(fed), ticks[fed]);
            fed++;
        }
    }
    sfd_timeline_clear(&t);
}

static void test_against_model(void **state)
{
    (void)state;
    test_random r = {4};
    static sequence expected, got;
    for (int round = 0; round < 3000; round++) {
        int64_t ticks[MAX_FRAMES], tick = random_int(&r, -6, 6);
        bool before[MAX_FRAMES] = {false}, keep = random_int(&r, 0, 1);
        int n = random_int(&r, 1, MAX_FRAMES), step = random_int(&r, 1, 5);
        for (int i = 0; i < n; i++) {
            ticks[i] = tick;
            tick += random_int(&r, round % 3 ? 0 : -2, step);
            before[i] = i > 0 && random_int(&r, 0, 15) == 0 && round % 2;
        }
        model(&expected, ticks, before, n, tick, keep);
        run(&got, ticks, before, n, tick, keep);
        assert_int_equal(got.n, expected.n);
        assert_memory_equal(got.shown, expected.shown, (size_t)got.n * sizeof *got.shown);
    }
}

static void test_jump(void **state)
{
    (void)state;
    sfd_timeline t;
    sfd_timeline_init(&t, false);
    for (int i = 0; i < 2; i++)
        sfd_timeline_push(&t, numbered(i), -1 + i);
    assert_int_equal(sfd_timeline_next_run(&t), SFD_TIMELINE_RUN);
    int64_t tick = sfd_timeline_tick_of(&t, 40);
    assert_int_equal(tick, 39); /* picture 0 had tick -1 */
    sfd_timeline_jump(&t, 40);
    sfd_timeline_push(&t, numbered(7), 30);
    sfd_timeline_push(&t, numbered(8), 41);
    assert_int_equal(sfd_timeline_next_run(&t), SFD_TIMELINE_RUN);
    assert_int_equal(t.run.first, 40);
    assert_int_equal(t.run.end, 42);
    assert_int_equal(t.run.frame->width, 7);
    sfd_timeline_clear(&t);
}

static void test_hostile_ticks(void **state)
{
    (void)state;
    const int64_t ticks[] = {INT64_MIN, INT64_MAX, INT64_MIN + 1, 5, INT64_MAX, INT64_MIN};
    sfd_timeline t;
    size_t fed = 0;
    sfd_timeline_init(&t, false);
    for (sfd_timeline_state s; (s = sfd_timeline_next_run(&t)) != SFD_TIMELINE_DONE;) {
        if (s == SFD_TIMELINE_RUN)
            assert_true(t.run.end > t.run.first);
        else if (fed == sizeof ticks / sizeof *ticks)
            sfd_timeline_end(&t, INT64_MAX);
        else
            sfd_timeline_push(&t, numbered((int)fed), ticks[fed]), fed++;
    }
    sfd_timeline_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_model),
        cmocka_unit_test(test_jump),
        cmocka_unit_test(test_hostile_ticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
