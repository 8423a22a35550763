/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of hand-made scores: thresholds, gaps, lengths, order; collecting them. */
#include "pipeline/segments.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MOST 32

/* Digits are tenths of a score at second 0, 1, ...; '-' is a second without a keyframe. */
static sfd_segments segments_of(const char *digits, const sfd_segment_settings *s)
{
    static const int class_id = 12;
    double times[MOST];
    float scores[MOST];
    const float *rows[MOST];
    size_t n = 0;
    sfd_segments list = {0};
    for (size_t i = 0; digits[i]; i++) {
        if (digits[i] == '-')
            continue;
        times[n] = (double)i;
        scores[n] = (float)(digits[i] - '0') / 10;
        rows[n] = &scores[n];
        n++;
    }
    const sfd_course course = {"clip", 3, n, times, rows, 1, &class_id};
    assert_int_equal(sfd_segments_add(&list, s, &course, NULL), SFD_OK);
    return list;
}

static void check(const char *digits, const sfd_segment_settings *s, const char *wanted)
{
    char found[256] = "";
    sfd_segments list = segments_of(digits, s);
    for (size_t i = 0; i < list.n; i++) {
        const sfd_segment *k = &list.items[i];
        assert_int_equal(k->person_id, 3);
        assert_int_equal(k->action_id, 12);
        assert_string_equal(k->video_id, "clip");
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%g..%g:%.2f", i ? " " : "",
                 k->start_s, k->end_s, k->score);
    }
    assert_string_equal(found, wanted);
    free(list.items);
}

static sfd_segment_settings plain(void)
{
    return (sfd_segment_settings){.step_s = 1, .on = 0.5, .off = 0.3};
}

static void thresholds(void **state)
{
    (void)state;
    sfd_segment_settings s = plain();
    check("", &s, "");
    check("111", &s, "");
    check("5", &s, "0..0.5:0.50");
    check("0600", &s, "0.5..1.5:0.60");
    check("4643", &s, "0.5..3.5:0.43"); /* 0.4 does not begin, but continues */
    check("9209", &s, "0..0.5:0.90 2.5..3.5:0.90");
    s.off = 0.5;
    check("4643", &s, "0.5..1.5:0.60");
}

static void missing_keyframes_end_a_segment(void **state)
{
    (void)state;
    sfd_segment_settings s = plain();
    check("99--99", &s, "0..1.5:0.90 3.5..5.5:0.90");
    s.max_gap_s = 2;
    check("99--99", &s, "0..5.5:0.90");
    check("99---99", &s, "0..1.5:0.90 4.5..6.5:0.90");
}

static void gaps_and_lengths(void **state)
{
    (void)state;
    sfd_segment_settings s = plain();
    s.max_gap_s = 1;
    check("90099", &s, "0..0.5:0.90 2.5..4.5:0.90");
    check("9099", &s, "0..3.5:0.90");
    s.max_gap_s = 0;
    s.min_length_s = 2;
    check("09009900999", &s, "3.5..5.5:0.90 7.5..10.5:0.90");
    s.max_gap_s = 1;
    check("09090", &s, "0.5..3.5:0.90"); /* filled first, measured then */
}

static void smoothing(void **state)
{
    (void)state;
    sfd_segment_settings s = plain();
    s.smooth_s = 1;
    check("0009000", &s, "");            /* one keyframe is not believed */
    check("9990999", &s, "0..6.5:0.77"); /* one doubt is not either */
    check("7", &s, "0..0.5:0.70");
}

static void classes_and_order(void **state)
{
    (void)state;
    static const int class_ids[3] = {-1, 7, 5};
    const double times[3] = {10, 11, 12};
    const float scores[3][3] = {{1, 0.1F, 0.9F}, {1, 0.9F, 0.9F}, {1, 0.9F, NAN}};
    const float *rows[3] = {scores[0], scores[1], scores[2]};
    sfd_segment_settings s = plain();
    sfd_segments list = {0};
    const sfd_course one = {"clip", 1, 3, times, rows, 3, class_ids};
    const sfd_course two = {"clip", 2, 2, times, rows, 3, class_ids};
    assert_int_equal(sfd_segments_add(&list, &s, &one, NULL), SFD_OK);
    assert_int_equal(sfd_segments_add(&list, &s, &two, NULL), SFD_OK);
    assert_int_equal(list.n, 4);
    sfd_segments_sort_by_time(list.items, list.n);
    static const struct {
        double start, end;
        int64_t person;
        int action;
    } wanted[] = {{9.5, 11.5, 1, 5}, {9.5, 11.5, 2, 5}, {10.5, 12.5, 1, 7}, {10.5, 11.5, 2, 7}};
    for (size_t i = 0; i < list.n; i++) {
        assert_true(list.items[i].start_s == wanted[i].start);
        assert_true(list.items[i].end_s == wanted[i].end);
        assert_int_equal(list.items[i].person_id, wanted[i].person);
        assert_int_equal(list.items[i].action_id, wanted[i].action);
    }
    free(list.items);
}

/* ---------------------------------------------------------------- segmenter */

static const int one_class = 12;

static void add_keyframe(sfd_segmenter *s, const char *video_id, double time_s, const char *persons)
{
    sfd_person list[MOST];
    float scores[MOST];
    sfd_keyframe k = {.video_id = video_id,
                      .timestamp_s = time_s,
                      .n_classes = 1,
                      .class_ids = &one_class,
                      .persons = list};
    for (; *persons; persons += 2) { /* "15": person 1 scores 0.5; "?5": nobody knows who */
        scores[k.n_persons] = (float)(persons[1] - '0') / 10;
        list[k.n_persons] = (sfd_person){.person_id = persons[0] == '?' ? 0 : persons[0] - '0',
                                         .has_person_id = persons[0] != '?',
                                         .scores = &scores[k.n_persons]};
        k.n_persons++;
    }
    assert_int_equal(sfd_segmenter_add(s, &k, NULL), SFD_OK);
}

static void expect_segments(sfd_segmenter *s, const char *wanted)
{
    const sfd_segment *list;
    size_t n;
    char found[512] = "";
    assert_int_equal(sfd_segmenter_finish(s, &list, &n, NULL), SFD_OK);
    for (size_t i = 0; i < n; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s %d: %g..%g",
                 i ? ", " : "", list[i].video_id, (int)list[i].person_id, list[i].start_s,
                 list[i].end_s);
    assert_string_equal(found, wanted);
}

static void videos_one_after_another(void **state)
{
    (void)state;
    sfd_segmenter *s;
    sfd_segment_counts counts;
    assert_int_equal(sfd_segmenter_create(&s, NULL, NULL), SFD_OK);
    add_keyframe(s, "a", 2, "09?8");
    add_keyframe(s, "a", 2.5, "2909");
    add_keyframe(s, "a", 3, "09");
    add_keyframe(s, "a", 3.5, "2905");
    add_keyframe(s, "b", 1, "1921" /* the second is too low */);
    add_keyframe(s, "c", 1, "");
    /* half a second is a's step, one second that of a lone keyframe */
    expect_segments(s, "a 0: 1.75..3.75, a 2: 2.25..3.75, b 1: 0.5..1.5");
    sfd_segmenter_get_counts(s, &counts);
    assert_int_equal(counts.n_keyframes, 6);
    assert_int_equal(counts.n_boxes, 9);
    assert_int_equal(counts.n_unknown, 1);
    assert_int_equal(counts.n_persons, 4);
    const sfd_keyframe late = {.video_id = "c", .timestamp_s = 2, .n_classes = 1};
    assert_int_equal(sfd_segmenter_add(s, &late, NULL), SFD_ERR_ARG);
    sfd_segmenter_free(s);
    sfd_segmenter_free(NULL);
}

static void a_person_twice_in_a_keyframe(void **state)
{
    (void)state;
    sfd_segmenter *s;
    assert_int_equal(sfd_segmenter_create(&s, NULL, NULL), SFD_OK);
    add_keyframe(s, "a", 1, "111911");
    add_keyframe(s, "a", 2, "19");
    expect_segments(s, "a 1: 0.5..2.5");
    sfd_segmenter_free(s);
}

static void refused(void **state)
{
    (void)state;
    sfd_segmenter *s;
    sfd_error err;
    sfd_segment_settings settings;
    sfd_segment_settings_defaults(&settings);
    settings.off = 0.6;
    assert_int_equal(sfd_segmenter_create(&s, &settings, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "off is 0.6"));
    sfd_segment_settings_defaults(&settings);
    settings.smooth_s = (double)NAN;
    assert_int_equal(sfd_segmenter_create(&s, &settings, NULL), SFD_ERR_ARG);
    assert_null(s);
    assert_int_equal(sfd_segmenter_create(&s, NULL, NULL), SFD_OK);
    add_keyframe(s, "a", 1, "19");
    sfd_keyframe k = {.video_id = "a", .timestamp_s = 1, .n_classes = 1, .class_ids = &one_class};
    assert_int_equal(sfd_segmenter_add(s, &k, NULL), SFD_ERR_ARG);
    k.timestamp_s = (double)NAN;
    assert_int_equal(sfd_segmenter_add(s, &k, NULL), SFD_ERR_ARG);
    k.timestamp_s = 2;
    k.n_classes = 2;
    assert_int_equal(sfd_segmenter_add(s, &k, NULL), SFD_ERR_ARG);
    sfd_segmenter_free(s);
}

/* A hundred thousand keyframes within a second: every score is looked at twice. */
static void many_keyframes_in_a_moment(void **state)
{
    (void)state;
    enum { n = 100000 };
    sfd_segmenter *s;
    const float score = 0.9F;
    sfd_person person = {.person_id = 1, .has_person_id = true, .scores = &score};
    sfd_keyframe k = {.video_id = "a",
                      .n_classes = 1,
                      .class_ids = &one_class,
                      .n_persons = 1,
                      .persons = &person};
    assert_int_equal(sfd_segmenter_create(&s, NULL, NULL), SFD_OK);
    for (int i = 0; i < n; i++) {
        k.timestamp_s = 1 + i * 1e-5;
        assert_int_equal(sfd_segmenter_add(s, &k, NULL), SFD_OK);
    }
    const sfd_segment *list;
    size_t n_found;
    const clock_t start = clock();
    assert_int_equal(sfd_segmenter_finish(s, &list, &n_found, NULL), SFD_OK);
    assert_int_equal(n_found, 1);
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5);
    sfd_segmenter_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds),
        cmocka_unit_test(missing_keyframes_end_a_segment),
        cmocka_unit_test(gaps_and_lengths),
        cmocka_unit_test(smoothing),
        cmocka_unit_test(classes_and_order),
        cmocka_unit_test(videos_one_after_another),
        cmocka_unit_test(a_person_twice_in_a_keyframe),
        cmocka_unit_test(refused),
        cmocka_unit_test(many_keyframes_in_a_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
