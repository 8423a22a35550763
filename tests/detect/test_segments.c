/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of hand-made scores: thresholds, gaps, lengths, order. */
#include "detect/segments.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 32

/* Digits are tenths of a score at second 0, 1, ...; '-' is a second without a keyframe. */
static sfd_segments segments_of(const char *digits, const sfd_segment_settings *s)
{
    double times[MOST];
    float scores[MOST];
    size_t n = 0;
    sfd_segments list = {0};
    for (size_t i = 0; digits[i]; i++) {
        if (digits[i] == '-')
            continue;
        times[n] = (double)i;
        scores[n++] = (float)(digits[i] - '0') / 10;
    }
    assert_int_equal(sfd_segments_add_track(&list, s, 3, times, scores, n, 1, NULL), SFD_OK);
    return list;
}

static void check(const char *digits, const sfd_segment_settings *s, const char *wanted)
{
    char found[256] = "";
    sfd_segments list = segments_of(digits, s);
    for (size_t i = 0; i < list.n; i++) {
        const sfd_segment *k = &list.items[i];
        assert_int_equal(k->track, 3);
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%g..%g:%.2f", i ? " " : "",
                 k->start_s, k->end_s, k->score);
    }
    assert_string_equal(found, wanted);
    sfd_segments_free(&list);
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

static void outputs_and_order(void **state)
{
    (void)state;
    const double times[3] = {10, 11, 12};
    const float scores[3][2] = {{0.1F, 0.9F}, {0.9F, 0.9F}, {0.9F, NAN}};
    sfd_segment_settings s = plain();
    sfd_segments list = {0};
    assert_int_equal(sfd_segments_add_track(&list, &s, 1, times, scores[0], 3, 2, NULL), SFD_OK);
    assert_int_equal(sfd_segments_add_track(&list, &s, 2, times, scores[0], 2, 2, NULL), SFD_OK);
    assert_int_equal(list.n, 4);
    sfd_segments_sort_by_time(&list);
    static const struct {
        double start, end;
        int64_t track;
        int output;
    } wanted[] = {{9.5, 11.5, 1, 1}, {9.5, 11.5, 2, 1}, {10.5, 12.5, 1, 0}, {10.5, 11.5, 2, 0}};
    for (size_t i = 0; i < list.n; i++) {
        assert_true(list.items[i].start_s == wanted[i].start);
        assert_true(list.items[i].end_s == wanted[i].end);
        assert_int_equal(list.items[i].track, wanted[i].track);
        assert_int_equal(list.items[i].output, wanted[i].output);
    }
    sfd_segments_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds),        cmocka_unit_test(missing_keyframes_end_a_segment),
        cmocka_unit_test(gaps_and_lengths),  cmocka_unit_test(smoothing),
        cmocka_unit_test(outputs_and_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
