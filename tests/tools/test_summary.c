/* SPDX-License-Identifier: Apache-2.0 */
/* Videos in words, word for word. cli_print and cli_note are fakes that keep what is said. */
#include "../../tools/cli.h"
#include "../../tools/sfdetect_summary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_CLASSES   4
#define MOST_PEOPLE 3

static char printed[8192], noted[8192];

static void append(char *to, const char *fmt, va_list args)
{
    const size_t n = strlen(to);
    vsnprintf(to + n, sizeof printed - n, fmt, args);
}

void cli_print(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    append(printed, fmt, args);
    va_end(args);
}

void cli_note(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    append(noted, fmt, args);
    va_end(args);
}

static sfd_labels *labels;

static int open_labels(void **state)
{
    (void)state;
    return sfd_labels_open(&labels, NULL, NULL) == SFD_OK ? 0 : 1;
}

static int close_labels(void **state)
{
    (void)state;
    sfd_labels_free(labels);
    return 0;
}

static summary *begin(int top, double min_score, bool each_keyframe, bool beside_results)
{
    summary *s;
    sfd_error err;
    summary_settings settings = {.labels = labels,
                                 .min_score = min_score,
                                 .top = top,
                                 .each_keyframe = each_keyframe,
                                 .beside_results = beside_results};
    sfd_segment_settings_defaults(&settings.segments);
    settings.segments.smooth_s = 0;
    assert_int_equal(summary_create(&s, &settings, &err), SFD_OK);
    *printed = *noted = '\0';
    return s;
}

/* "3:9021" is person 3 with tenths of the scores of sit, stand, carry/hold and an unknown action;
 * "?" is nobody known. */
static void add(summary *s, const char *video_id, double time_s, const char *people)
{
    static const int class_ids[N_CLASSES] = {11, 12, 17, 99};
    float scores[MOST_PEOPLE][N_CLASSES];
    sfd_person persons[MOST_PEOPLE];
    sfd_error err;
    sfd_keyframe k = {.video_id = video_id,
                      .timestamp_s = time_s,
                      .frame = (int64_t)(time_s * 30),
                      .n_classes = N_CLASSES,
                      .class_ids = class_ids,
                      .persons = persons};
    for (; *people; people += 2 + N_CLASSES, k.n_persons++) {
        for (int c = 0; c < N_CLASSES; c++)
            scores[k.n_persons][c] = (float)(people[2 + c] - '0') / 10;
        persons[k.n_persons] = (sfd_person){.timestamp_text = "0001",
                                            .box_text = "0,0,.5,1",
                                            .proposal_score = 0.9,
                                            .scores = scores[k.n_persons],
                                            .person_id = *people == '?' ? 0 : *people - '0',
                                            .has_person_id = *people != '?'};
    }
    assert_int_equal(summary_add(s, &k, &err), SFD_OK);
}

static void end(summary *s)
{
    sfd_error err;
    assert_int_equal(summary_end(s, &err), SFD_OK);
    assert_int_equal(summary_end(s, &err), SFD_OK); /* nothing is in hand any more */
    summary_free(s);
}

static void test_persons(void **state)
{
    (void)state;
    summary *s = begin(5, 0, true, false);
    add(s, "clip", 0, "1:90002:0300");
    add(s, "clip", 1, "1:90002:0300");
    add(s, "clip", 2, "1:90003:0970");
    add(s, "clip", 3, "1:09003:0970");
    add(s, "clip", 4, "1:09013:0900");
    add(s, "clip", 5, "1:09003:0908");
    add(s, "b", 2.25, "7:0900");
    end(s);
    assert_string_equal(
        printed, "clip: 3 persons\n"
                 "  person 1: sit 0 to 2.5 s; stand 2.5 to 5.5 s\n"
                 "  person 3: stand 1.5 to 5.5 s; carry/hold 1.5 to 3.5 s; action 99 4.5 to 5.5 s\n"
                 "  1 person of whom nothing is certain\n"
                 "  most of all: stand (7 s), sit (2.5 s), carry/hold (2 s), action 99 (1 s)\n"
                 "b: 1 person\n"
                 "  person 7: stand 1.8 to 2.8 s\n"
                 "  most of all: stand (1 s)\n");
    assert_string_equal(noted, "");
}

/* Many parts of one action are counted, of many actions the longest are told. */
static void test_long_stories(void **state)
{
    (void)state;
    summary *s = begin(2, 0, false, true);
    for (int t = 0; t < 30; t++)
        add(s, "clip", t,
            t % 5 == 0   ? "1:9009"
            : t == 1     ? "1:0900"
            : t % 5 == 1 ? "1:0090"
                         : "1:0009");
    end(s);
    assert_string_equal(printed, "");
    assert_string_equal(
        noted, "clip: 1 person\n"
               "  person 1: action 99 0 to 29.5 s; sit 4.5 to 5.5, 9.5 to 10.5, 14.5 to 15.5 s "
               "... (5 times, 5 s) ...\n"
               "  most of all: action 99 (29.5 s), sit (5 s)\n");
}

static void test_unknown_persons(void **state)
{
    (void)state;
    summary *s = begin(2, 0.2, true, false);
    add(s, "clip", 1, "?:1953?:0000");
    add(s, "clip", 2, "?:0910");
    end(s);
    assert_string_equal(printed, "clip 0001 (frame 30)\n"
                                 "  box 0,0,.5,1 (0.90): stand 0.90, carry/hold 0.50\n"
                                 "  box 0,0,.5,1 (0.90):\n"
                                 "clip 0001 (frame 60)\n"
                                 "  box 0,0,.5,1 (0.90): stand 0.90\n"
                                 "clip: 3 boxes without person id at 2 keyframes; most often best: "
                                 "stand (2)\n");
    s = begin(2, 0.2, false, false);
    add(s, "clip", 1, "?:1953");
    end(s);
    assert_string_equal(
        printed, "clip: 1 box without person id at 1 keyframe; most often best: stand (1)\n");
}

static void test_both_and_none(void **state)
{
    (void)state;
    summary *s = begin(2, 0, false, false);
    add(s, "both", 1, "?:09004:9000");
    add(s, "none", 1, "");
    end(s);
    assert_string_equal(printed,
                        "both: 1 box without person id at 1 keyframe; most often best: stand (1)\n"
                        "both: 1 person\n"
                        "  person 4: sit 0.5 to 1.5 s\n"
                        "  most of all: sit (1 s)\n"
                        "none: no persons\n");
    summary_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_persons),
        cmocka_unit_test(test_long_stories),
        cmocka_unit_test(test_unknown_persons),
        cmocka_unit_test(test_both_and_none),
    };
    return cmocka_run_group_tests(tests, open_labels, close_labels);
}
