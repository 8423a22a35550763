/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals: what is read, kept, merged, and what is refused with which message. */
#include "boxes/proposals.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const clip = "clip";

static sfd_proposals *parse_ok(const char *text, double threshold)
{
    sfd_proposals *p;
    sfd_error err = {SFD_OK, ""};
    sfd_proposals_settings settings;
    sfd_proposals_settings_defaults(&settings);
    settings.box_threshold = threshold;
    if (sfd_proposals_parse(&p, "boxes.csv", text, strlen(text), &clip, 1, &settings, &err))
        fail_msg("%s", err.message);
    return p;
}

static sfd_proposed_video video_of(const sfd_proposals *p)
{
    sfd_proposed_video v;
    sfd_error err = {SFD_OK, ""};
    if (sfd_proposals_find(&v, p, clip, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return v;
}

static size_t count(const sfd_proposals *p, const char *video_id)
{
    size_t n;
    sfd_status status = sfd_proposals_count(p, video_id, &n, NULL);
    assert_int_equal(status, n > 0 ? SFD_OK : SFD_ERR_MISMATCH);
    return n;
}

static void expect_refused(const char *text, const char *message)
{
    sfd_proposals *p;
    sfd_error err = {SFD_OK, ""};
    sfd_proposals_settings settings;
    sfd_proposals_settings_defaults(&settings);
    settings.strict = true;
    assert_int_equal(
        sfd_proposals_parse(&p, "boxes.csv", text, strlen(text), &clip, 1, &settings, &err),
        SFD_ERR_FORMAT);
    assert_null(p);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" lacks \"%s\"", err.message, message);
}

static void expect_mismatch(const char *text, const char *message)
{
    sfd_proposals *p = parse_ok(text, 0.8);
    sfd_proposed_video v;
    sfd_error err = {SFD_OK, ""};
    assert_int_equal(sfd_proposals_find(&v, p, clip, &err), SFD_ERR_MISMATCH);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" lacks \"%s\"", err.message, message);
    assert_int_equal(count(p, clip), 0);
    sfd_proposals_free(p);
}

static void test_texts_are_kept(void **state)
{
    (void)state;
    sfd_proposals *p = parse_ok("clip,0902,0.100,.2,3e-1,1.000,,0.980000\n", 0.8);
    sfd_proposed_video v = video_of(p);
    assert_int_equal(v.n_keyframes, 1);
    const sfd_proposed_box *b = v.keyframes[0].boxes;
    assert_string_equal(b->timestamp_text, "0902");
    assert_string_equal(b->box_text, "0.100,.2,3e-1,1.000");
    assert_true(b->timestamp_s == 902 && b->score == 0.98);
    assert_true(b->box.x1 == 0.1 && b->box.y1 == 0.2 && b->box.x2 == 0.3 && b->box.y2 == 1);
    sfd_proposals_free(p);
}

static void test_order(void **state)
{
    (void)state;
    sfd_proposals *p = parse_ok("clip,10,0.5,0,1,1,,1\n"
                                "clip,9,0,0,1,1,,1\n"
                                "other,1,0,0,1,1,,1\n"
                                "clip,10,0.2,0,1,1,,1\n"
                                "clip,0009.0,0.3,0,1,1,,1\n"
                                "clip,9.5,0.3,0,1,1,,1\n",
                                0.8);
    sfd_proposed_video v = video_of(p);
    assert_int_equal(v.n_keyframes, 3);
    assert_true(v.keyframes[0].timestamp_s == 9 && v.keyframes[0].n_boxes == 2);
    assert_string_equal(v.keyframes[0].boxes[1].timestamp_text, "0009.0");
    assert_true(v.keyframes[1].timestamp_s == 9.5);
    assert_true(v.keyframes[2].timestamp_s == 10 && v.keyframes[2].n_boxes == 2);
    assert_string_equal(v.keyframes[2].boxes[0].box_text, "0.5,0,1,1");
    assert_string_equal(v.keyframes[2].boxes[1].box_text, "0.2,0,1,1");
    sfd_proposals_free(p);
}

/* PySlowFast: the threshold first, then one box per spelling of the corners; the first row stays.
 */
static void test_duplicates(void **state)
{
    (void)state;
    sfd_proposals *p = parse_ok("clip,1,0.1,0,1,1,,0.5\n"
                                "clip,1,0.2,0,1,1,80,0.9\n"
                                "clip,1,0.1,0,1,1,12,0.85\n"
                                "clip,1,0.1,0,1,1,14,0.99\n"
                                "clip,1,0.10,0,1,1,,0.9\n"
                                "clip,2,0.1,0,1,1,-1,0.9\n",
                                0.8);
    sfd_proposed_video v = video_of(p);
    assert_int_equal(v.n_keyframes, 2);
    assert_int_equal(v.keyframes[0].n_boxes, 3);
    assert_string_equal(v.keyframes[0].boxes[0].box_text, "0.2,0,1,1");
    assert_string_equal(v.keyframes[0].boxes[1].box_text, "0.1,0,1,1");
    assert_true(v.keyframes[0].boxes[1].score == 0.85);
    assert_string_equal(v.keyframes[0].boxes[2].box_text, "0.10,0,1,1");
    sfd_proposals_free(p);
}

static void test_threshold_is_kept(void **state)
{
    (void)state;
    sfd_proposals *p = parse_ok("clip,1,0,0,1,1,,0.8\nclip,2,0,0,1,1,,0.799999\n", 0.8);
    assert_int_equal(video_of(p).n_keyframes, 1);
    assert_int_equal(count(p, clip), 1);
    assert_int_equal(count(p, "cli"), 0);
    sfd_proposals_free(p);
}

/* MMAction2's rule: where no box of a timestamp passes, those of the best score do. */
static void test_best_is_kept(void **state)
{
    (void)state;
    static const char text[] = "clip,1,0,0,1,1,,0.5\nclip,2,0,0,1,1,,0.95\nclip,1,0,0,.5,1,,0.7\n"
                               "clip,2,0,0,.5,1,,0.6\nclip,1,0,0,.25,1,,0.7\n";
    sfd_proposals *p;
    sfd_error err = {SFD_OK, ""};
    sfd_proposals_counts counts;
    sfd_proposals_settings settings;
    sfd_proposals_settings_defaults(&settings);
    settings.box_threshold = 0.9;
    settings.keep_best = true;
    assert_int_equal(
        sfd_proposals_parse(&p, "boxes.csv", text, strlen(text), &clip, 1, &settings, &err),
        SFD_OK);
    const sfd_proposed_video v = video_of(p);
    assert_int_equal(v.n_keyframes, 2);
    assert_int_equal(v.keyframes[0].n_boxes, 2);
    assert_true(v.keyframes[0].boxes[0].score == 0.7 && v.keyframes[0].boxes[1].score == 0.7);
    assert_int_equal(v.keyframes[1].n_boxes, 1);
    assert_true(v.keyframes[1].boxes[0].score == 0.95);
    sfd_proposals_get_counts(p, &counts);
    assert_int_equal(counts.n_below, 2);
    assert_int_equal(counts.n_boxes, 3);
    sfd_proposals_free(p);
}

static void test_layouts(void **state)
{
    (void)state;
    sfd_proposals *p = parse_ok("\xEF\xBB\xBF"
                                "clip,1,0,0,1,1\r\n"
                                "\r\n"
                                "clip,2,0,0,1,1,80\r\n"
                                "\"clip\",3,0,0,1,1,,1.0\r\n"
                                "   \n"
                                "clip,5,0,0,1,1,,\n"
                                "clip,4,-0.0,-0.004,1.009,1,,1",
                                0.8);
    sfd_proposed_video v = video_of(p);
    assert_int_equal(v.n_keyframes, 5);
    assert_true(v.keyframes[4].boxes[0].score == 1);
    assert_true(v.keyframes[0].boxes[0].score == 1 && v.keyframes[1].boxes[0].score == 1);
    sfd_proposals_free(p);
}

static void test_refused(void **state)
{
    (void)state;
    expect_refused("clip,1,0,0,1\n", "boxes.csv: line 1: 5 columns, wanted video_id,timestamp");
    expect_refused("clip,1,0,0,1,1,,1,9,9\n", "boxes.csv: line 1: 10 columns");
    expect_refused("clip,1,0,0,1,1,,1,who\n", "column 9 (person id): \"who\" is not a whole");
    expect_refused("clip,1,0,0,1,1,,1,99999999999999999999\n", "column 9 (person id)");
    expect_refused("other\n", "boxes.csv: line 1: 1 column, wanted");
    expect_refused("clip;1;0;0;1;1\n", "semicolons separate none, commas and tabs do");
    expect_refused("1 1 10 10 50 100 1 -1 -1 -1\n", "blanks separate none");
    expect_refused("clip,1,0,0,1,1,,1\nclip,1,nan,0,1,1,,1\n",
                   "boxes.csv: line 2, column 3 (x1): \"nan\" is not a number");
    expect_refused("clip,1,0,0,inf,1,,1\n", "column 5 (x2): \"inf\" is not a number");
    expect_refused("clip,1,0,12,0.5,1,,1\n", "column 4 (y1): \"12\" is not a fraction");
    expect_refused("clip,1,10,20,110,220,,1\n", "is it in pixels?");
    expect_refused("clip,1,0,0,0.5,1.4,,1\n", "column 6 (y2): \"1.4\"");
    expect_refused("clip,1,0.5,0,0.4,1,,1\n", "column 5 (x2): \"0.4\" is not x1 or more");
    expect_refused("clip,1,0,0.5,1,0.4,,1\n", "column 6 (y2): \"0.4\" is not y1 or more");
    expect_refused("clip,one,0,0,1,1,,1\n", "column 2 (timestamp): \"one\" is not seconds");
    expect_refused("clip,nan,0,0,1,1,,1\n", "column 2 (timestamp)");
    expect_refused("clip,1e99,0,0,1,1,,1\n", "column 2 (timestamp)");
    expect_refused("clip,1,,0,1,1,,1\n", "column 3 (x1): \"\"");
    expect_refused("clip,1,0x1,0,1,1,,1\n", "column 3 (x1): \"0x1\"");
    expect_refused("clip,1,0 0,0,1,1,,1\n", "column 3 (x1): \"0 0\"");
    expect_refused("clip,1,0,0,1,1,,nan\n", "column 8 (score): \"nan\"");
    expect_refused("clip,1,0,0,1,1,,17\n", "column 8 (score): \"17\" is not within 0..1");
    expect_refused("clip,1,0,0,1,1,1,17\nclip,1,0,0,1,1,1,0.5\n",
                   "line 1, column 8 (score): \"17\" is not within 0..1");
    expect_refused("clip,1,0,0,1,1,0.98\n", "column 7 (label): \"0.98\"");
    expect_refused("clip,1,0,0,1,1,,1\nclip,1,0,0\n", "boxes.csv: line 2");
    expect_refused("clip,1,0;0;1;1\n", "columns");
}

/* ---- what is tolerated, guessed and told */

typedef struct warnings {
    size_t n;
    char text[8][512];
} warnings;

static void on_warning(void *user, const char *message)
{
    warnings *w = user;
    if (w->n < 8)
        snprintf(w->text[w->n], sizeof w->text[0], "%s", message);
    w->n++;
}

static sfd_status parse_telling(sfd_proposals **p, const char *text, bool strict, warnings *w,
                                sfd_error *err)
{
    sfd_proposals_settings settings;
    sfd_proposals_settings_defaults(&settings);
    settings.strict = strict;
    settings.user = w;
    settings.on_warning = on_warning;
    *w = (warnings){0};
    return sfd_proposals_parse(p, "boxes.csv", text, strlen(text), &clip, 1, &settings, err);
}

static sfd_proposals *parse_warned(const char *text, size_t n_warnings, const char *first)
{
    warnings w;
    sfd_proposals *p;
    sfd_error err;
    if (parse_telling(&p, text, false, &w, &err) != SFD_OK)
        fail_msg("%s", err.message);
    if (w.n != n_warnings || !strstr(w.text[0], first))
        fail_msg("%zu warnings, the first \"%s\"", w.n, w.text[0]);
    return p;
}

static void test_tolerated(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "video_id,timestamp,x1,y1,x2,y2,label,score\nclip,1,0.25,0,0.5,1,,0.9\n",
        "\xEF\xBB\xBFvideo,time,x1,y1,x2,y2,label,score\r\nclip,1,0.25,0,0.5,1,,0.9\r\n",
        "clip, 1, 0.25, 0, 0.5, 1, , 0.9\n",
        "clip\t1\t0.25\t0\t0.5\t1\t\t0.9\n",
        "\n \t\nclip,1,0.25,0,0.5,1,,0.9\n,,,\n",
        "clip,0\nclip,1,0.25,0,0.5,1,,0.9\nclip,2,,,,,,\n",
        "clip,1,0.25,0,0.5,1,,0.9,,\n",
        " clip ,1 ,0.25 ,0,0.5,1,,0.9 \r",
    };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        sfd_proposals *p = parse_warned(spellings[i], 0, "");
        const sfd_proposed_video v = video_of(p);
        if (v.n_keyframes != 1 || v.keyframes[0].n_boxes != 1 ||
            v.keyframes[0].boxes[0].score != 0.9 ||
            strcmp(v.keyframes[0].boxes[0].box_text, "0.25,0,0.5,1") != 0)
            fail_msg("%s", spellings[i]);
        sfd_proposals_free(p);
    }
}

/* A row that cannot be used does not take the others with it. */
static void test_bad_rows(void **state)
{
    (void)state;
    char text[8000] = "clip,1,0,0,1,1,,1\nclip,1,0,0\nclip,1,5,5,6,6,,1\nclip,1,0.5,0,0.1,1,,1\n"
                      "clip,1,0,0,0,x,,1\n";
    warnings w;
    sfd_error err;
    sfd_proposals *p;
    sfd_proposals_counts counts;
    assert_int_equal(parse_telling(&p, text, false, &w, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "boxes.csv: line 2: 4 columns"));
    assert_non_null(strstr(err.message, "4 of 5 rows cannot be used"));
    assert_int_equal(w.n, 0); /* one message in all */
    for (int i = 0; i < 100; i++)
        strcat(text, "clip,2,0,0,1,1,,1\n");
    p = parse_warned(text, 4, "boxes.csv: line 2: 4 columns");
    sfd_proposals_get_counts(p, &counts);
    assert_int_equal(counts.n_unusable, 4);
    assert_int_equal(counts.n_boxes, 2);
    sfd_proposals_free(p);
    assert_int_equal(parse_telling(&p, text, true, &w, &err), SFD_ERR_FORMAT);
    assert_null(p);
}

static void test_counts(void **state)
{
    (void)state;
    sfd_proposals_counts c;
    sfd_proposals *p =
        parse_warned("clip,1,0.1,0,1,1,,1\nclip,1,0.1,0,1,1,,1\nclip,1,0,0,1,1,,0.3\n"
                     "other,1,0,0,1,1,,1\nother,2\nclip,2,0.5,-0.2,0.75,0.8,,1\n",
                     0, "");
    sfd_proposals_get_counts(p, &c);
    assert_int_equal(c.n_boxes, 2);
    assert_int_equal(c.n_below, 1);
    assert_int_equal(c.n_other_videos, 1);
    assert_int_equal(c.n_cut, 1);
    assert_int_equal(c.n_unusable, 0);
    assert_string_equal(video_of(p).keyframes[1].boxes[0].box_text, "0.5,0,0.75,0.8");
    assert_true(video_of(p).keyframes[1].boxes[0].box.y1 == 0);
    sfd_proposals_free(p);
}

/* AVA's ground truth: person ids stand where a score would. */
static void test_person_ids(void **state)
{
    (void)state;
    static const char *const truths[] = {
        "clip,1,0.1,0,1,1,12,0\nclip,1,0.2,0,1,1,12,1\nclip,2,0.1,0,1,1,12,0\n",
        "clip,1,0.1,0,1,1,12,7\nclip,1,0.2,0,1,1,12,85\nclip,2,0.1,0,1,1,12,7\n"};
    warnings w;
    sfd_error err;
    sfd_proposals *p;
    for (int i = 0; i < 2; i++) {
        p = parse_warned(truths[i], 1, "taken as the person ids of ground truth");
        const sfd_proposed_video v = video_of(p);
        assert_int_equal(v.n_keyframes, 2);
        assert_int_equal(v.keyframes[0].n_boxes, 2);
        assert_true(v.keyframes[0].boxes[0].score == 1);
        for (int box = 0; box < 2; box++) {
            static const int64_t ids[][2] = {{0, 1}, {7, 85}};
            assert_true(v.keyframes[0].boxes[box].has_person_id);
            assert_int_equal(v.keyframes[0].boxes[box].person_id, ids[i][box]);
        }
        sfd_proposals_free(p);
        assert_int_equal(parse_telling(&p, truths[i], true, &w, &err), SFD_ERR_MISMATCH);
    }
    /* scores that happen to be whole */
    p = parse_warned("clip,1,0.1,0,1,1,,0\nclip,2,0.2,0,1,1,,1\n", 0, "");
    assert_int_equal(video_of(p).n_keyframes, 1);
    sfd_proposals_free(p);
    p = parse_warned("clip,1,0.1,0,1,1,1,0\nclip,2,0.2,0,1,1,1,1\nclip,3,0.2,0,1,1,1,0.95\n", 0,
                     "");
    assert_int_equal(video_of(p).n_keyframes, 2);
    assert_false(video_of(p).keyframes[0].boxes[0].has_person_id);
    assert_int_equal(video_of(p).keyframes[0].boxes[0].person_id, 0);
    sfd_proposals_free(p);
    p = parse_warned("clip,1,0.1,0,1,1,1,1\nclip,2,0.2,0,1,1,1,1\n", 0, "");
    assert_int_equal(video_of(p).n_keyframes, 2);
    sfd_proposals_free(p);
}

/* Followed persons have both: a score, and an id behind it. */
static void test_ids_behind_scores(void **state)
{
    (void)state;
    sfd_proposals *p = parse_warned("video_id,timestamp,x1,y1,x2,y2,label,score,person_id\n"
                                    "clip,1,0.1,0,1,1,,0.9,0\nclip,1,0.2,0,1,1,12,1,-3\n"
                                    "clip,1,0.3,0,1,1,12,1,\nclip,1,0.4,0,1,1,,0.1,5\n",
                                    0, "");
    const sfd_proposed_video v = video_of(p);
    assert_int_equal(v.keyframes[0].n_boxes, 3);
    const sfd_proposed_box *b = v.keyframes[0].boxes;
    assert_true(b[0].has_person_id && b[0].person_id == 0 && b[0].score == 0.9);
    assert_true(b[1].has_person_id && b[1].person_id == -3 && b[1].score == 1);
    assert_true(!b[2].has_person_id && b[2].score == 1);
    sfd_proposals_free(p);
}

/* Only rows of the wanted videos are looked at closely. */
static void test_other_videos(void **state)
{
    (void)state;
    sfd_proposals *p = parse_ok("other,1,100,200,300,nan,,1\nclip,1,0,0,1,1,,1\n", 0.8);
    assert_int_equal(video_of(p).n_keyframes, 1);
    sfd_proposals_free(p);
}

static void test_mismatch(void **state)
{
    (void)state;
    expect_mismatch("", "boxes.csv: no boxes in it, wanted some for video \"clip\"");
    expect_mismatch("a,1,0,0,1,1,,1\na,1,0,0,1,1,,1\nclip2,1,0,0,1,1,,1\ncli,1,0,0,1,1,,1\n",
                    "no box for video \"clip\"; it has boxes for \"a\", \"clip2\", \"cli\"");
    expect_mismatch("a,1,0,0,1,1\nb,1,0,0,1,1\nc,1,0,0,1,1\nd,1,0,0,1,1\ne,1,0,0,1,1\n"
                    "f,1,0,0,1,1\ng,1,0,0,1,1\n",
                    "\"a\", \"b\", \"c\", \"d\", \"e\" and others");
    expect_mismatch("clip,1,0,0,1,1,,0.31\nclip,1,0,0,1,1,,0.2\n",
                    "no box for video \"clip\" scores 0.8 or more; the best has 0.31");
}

static void test_several_videos(void **state)
{
    (void)state;
    static const char *const ids[] = {"b", "a", "b", "c"};
    static const char text[] = "a,1,0,0,1,1\nb,1,0,0,1,1\na,2,0,0,1,1\n";
    sfd_proposals *p;
    assert_int_equal(sfd_proposals_parse(&p, "boxes.csv", text, strlen(text), ids, 4, NULL, NULL),
                     SFD_OK);
    assert_int_equal(count(p, "a"), 2);
    assert_int_equal(count(p, "b"), 1);
    assert_int_equal(count(p, "c"), 0);
    sfd_proposals_free(p);
    assert_int_equal(sfd_proposals_parse(&p, "boxes.csv", text, strlen(text), ids, 0, NULL, NULL),
                     SFD_ERR_ARG);
}

/* Zero bytes must neither end an id early nor be read over. */
static void test_zero_bytes(void **state)
{
    (void)state;
    static const char text[] = "clip\0x,1,0,0,1,1\nclip,1,0,0,1,1\n";
    sfd_proposals *p;
    assert_int_equal(
        sfd_proposals_parse(&p, "boxes.csv", text, sizeof text - 1, &clip, 1, NULL, NULL), SFD_OK);
    assert_int_equal(video_of(p).keyframes[0].n_boxes, 1);
    sfd_proposals_free(p);
    static const char number[] = "clip,1,0,0.1\0009,1,1\n";
    sfd_error err;
    assert_int_equal(
        sfd_proposals_parse(&p, "boxes.csv", number, sizeof number - 1, &clip, 1, NULL, &err),
        SFD_ERR_FORMAT);
    assert_string_equal(err.message,
                        "boxes.csv: line 1, column 4 (y1): \"0.1\\0...\" is not a number");
}

static void test_from_memory(void **state)
{
    (void)state;
    const sfd_proposal list[] = {{2.5, {0.25, 0, 1, 1}, 0.1, 4, true},
                                 {1, {0, 0, 1, 1}, 1, 0, false}};
    sfd_proposals *p;
    assert_int_equal(sfd_proposals_make(&p, clip, list, 2, NULL), SFD_OK);
    sfd_proposed_video v = video_of(p);
    assert_int_equal(v.n_keyframes, 2);
    assert_string_equal(v.keyframes[0].boxes[0].timestamp_text, "1");
    assert_false(v.keyframes[0].boxes[0].has_person_id);
    assert_true(v.keyframes[1].boxes[0].has_person_id);
    assert_int_equal(v.keyframes[1].boxes[0].person_id, 4);
    assert_string_equal(v.keyframes[1].boxes[0].timestamp_text, "2.5");
    assert_string_equal(v.keyframes[1].boxes[0].box_text, "0.25,0,1,1");
    sfd_proposals_free(p);

    sfd_error err;
    const sfd_proposal inverted = {1, {1, 0, 0, 1}, 1, 0, false};
    assert_int_equal(sfd_proposals_make(&p, clip, &inverted, 1, &err), SFD_ERR_ARG);
    const sfd_proposal pixels = {1, {10, 20, 110, 220}, 1, 0, false};
    assert_int_equal(sfd_proposals_make(&p, clip, &pixels, 1, &err), SFD_ERR_ARG);
    const sfd_proposal nan = {1, {0, 0, NAN, 1}, 1, 0, false};
    assert_int_equal(sfd_proposals_make(&p, clip, &nan, 1, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "proposal 0: x2 nan is not a number"));
}

static void test_missing_file(void **state)
{
    (void)state;
    sfd_proposals *p;
    sfd_error err;
    assert_int_equal(sfd_proposals_read(&p, "no/such.csv", &clip, 1, NULL, &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "no/such.csv"));
    assert_null(p);
    assert_int_equal(sfd_proposals_read(&p, ".", &clip, 1, NULL, &err), SFD_ERR_IO);
}

static void test_video_id(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"clip.mp4", "clip"}, {"a/b.c/clip.mp4", "clip"}, {"a.b.mkv", "a.b"},
        {"noext", "noext"},   {"dir.x/noext", "noext"},   {"-5KQ66BBWC4.mkv", "-5KQ66BBWC4"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *id = sfd_video_id(cases[i][0]);
        assert_string_equal(id, cases[i][1]);
        free(id);
    }
}

/* Two ids in one place are two persons; rows of one id, and rows without, are labels of a box. */
static void test_persons_in_one_place(void **state)
{
    (void)state;
    sfd_proposals *p = parse_ok("clip,1,0.1,0.2,0.3,0.4,12,0.9,5\n"
                                "clip,1,0.1,0.2,0.3,0.4,12,0.9,4\n"
                                "clip,1,0.1,0.2,0.3,0.4,14,0.9,5\n"
                                "clip,2,0.1,0.2,0.3,0.4,12,0.9\n"
                                "clip,2,0.1,0.2,0.3,0.4,14,0.9\n",
                                0);
    const sfd_proposed_video v = video_of(p);
    assert_int_equal(v.n_keyframes, 2);
    assert_int_equal(v.keyframes[0].n_boxes, 2);
    assert_int_equal(v.keyframes[0].boxes[0].person_id, 5);
    assert_int_equal(v.keyframes[0].boxes[1].person_id, 4);
    assert_int_equal(v.keyframes[1].n_boxes, 1);
    sfd_proposals_free(p);
}

/* A row of two columns says that the video was looked at. */
static void test_nobody(void **state)
{
    (void)state;
    size_t n = 7;
    sfd_proposals *p = parse_ok("clip,1\nclip,2\nother,1,0.1,0.2,0.3,0.4,,0.9\n", 0.8);
    assert_int_equal(sfd_proposals_count(p, "clip", &n, NULL), SFD_OK);
    assert_int_equal(n, 0);
    sfd_proposals_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_are_kept),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_threshold_is_kept),
        cmocka_unit_test(test_best_is_kept),
        cmocka_unit_test(test_layouts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_other_videos),
        cmocka_unit_test(test_mismatch),
        cmocka_unit_test(test_several_videos),
        cmocka_unit_test(test_zero_bytes),
        cmocka_unit_test(test_from_memory),
        cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_video_id),
        cmocka_unit_test(test_tolerated),
        cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_person_ids),
        cmocka_unit_test(test_ids_behind_scores),
        cmocka_unit_test(test_persons_in_one_place),
        cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
