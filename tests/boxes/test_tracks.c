/* SPDX-License-Identifier: Apache-2.0 */
/* Where followed persons are at any time; MOTChallenge's files. */
#include "base/file.h"
#include "boxes/proposals.h"

#include <sfdet/tracks.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

static char path[] = "/tmp/sfdet-tracks-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

/* Person 7 walks to the right and is hidden from 2 to 6 s, person 0 stands at 1 s, somebody is
 * seen at 3 s. */
static const sfd_track_box list[] = {
    {2, {0.25, 0, 0.5, 1}, 1, 7, true},    {0, {0, 0, 0.25, 1}, 0.5, 7, true},
    {3, {0.5, 0.5, 1, 1}, 0.75, 0, false}, {6, {0.75, 0, 1, 1}, 0.5, 7, true},
    {1, {0.5, 0.25, 0.75, 1}, 1, 0, true},
};

static sfd_tracks *make(void)
{
    sfd_error err;
    sfd_tracks *t;
    if (sfd_tracks_make(&t, list, 5, 2, &err) != SFD_OK)
        fail_msg("%s", err.message);
    return t;
}

static void test_order(void **state)
{
    (void)state;
    sfd_tracks *t = make();
    sfd_track_info info;
    assert_int_equal(sfd_tracks_count(t), 3);
    sfd_tracks_get(t, 0, &info);
    assert_true(info.has_person_id && info.person_id == 0 && info.n_boxes == 1);
    sfd_tracks_get(t, 1, &info);
    assert_true(info.has_person_id && info.person_id == 7 && info.n_boxes == 3);
    assert_true(info.boxes[1].timestamp_s == 2 && info.boxes[2].timestamp_s == 6);
    sfd_tracks_get(t, 2, &info);
    assert_false(info.has_person_id);
    sfd_tracks_free(t);
    sfd_tracks_free(NULL);
}

static void test_places(void **state)
{
    (void)state;
    sfd_tracks *t = make();
    sfd_track_box b;
    assert_true(sfd_tracks_place(t, 1, 0.5, &b));
    assert_true(b.box.x1 == 0.0625 && b.box.x2 == 0.3125 && b.box.y1 == 0 && b.box.y2 == 1);
    assert_true(b.score == 0.625 && b.person_id == 7 && b.timestamp_s == 0.5);
    assert_true(sfd_tracks_place(t, 1, 2, &b) && b.box.x1 == 0.25);
    assert_false(sfd_tracks_place(t, 1, 2.5, &b)); /* hidden for too long */
    assert_false(sfd_tracks_place(t, 1, 5.9, &b));
    assert_true(sfd_tracks_place(t, 1, 6, &b) && b.box.x1 == 0.75);
    assert_true(sfd_tracks_place(t, 1, 6.016, &b) && b.box.x1 == 0.75);
    assert_true(sfd_tracks_place(t, 1, -0.016, &b) && b.box.x1 == 0);
    assert_false(sfd_tracks_place(t, 1, 6.018, &b));
    assert_false(sfd_tracks_place(t, 1, -0.018, &b));
    sfd_tracks_free(t);
}

static void test_everybody(void **state)
{
    (void)state;
    sfd_tracks *t = make();
    sfd_track_box b[2];
    assert_int_equal(sfd_tracks_at(t, 1, b, 2), 2);
    assert_true(b[0].person_id == 0 && b[1].person_id == 7 && b[1].box.x1 == 0.125);
    b[0].person_id = 99;
    assert_int_equal(sfd_tracks_at(t, 1, b, 0), 2);
    assert_int_equal(b[0].person_id, 99);
    assert_int_equal(sfd_tracks_at(t, 3, b, 2), 1);
    assert_false(b[0].has_person_id);
    assert_int_equal(sfd_tracks_at(t, 100, b, 2), 0);
    sfd_tracks_free(t);
}

static void test_refused(void **state)
{
    (void)state;
    sfd_tracks *t;
    sfd_error err;
    const sfd_track_box twice[] = {{1, {0, 0, 1, 1}, 1, 4, true}, {1, {0, 0, 1, 1}, 1, 4, true}};
    assert_int_equal(sfd_tracks_make(&t, twice, 2, 2, &err), SFD_ERR_ARG);
    assert_string_equal(err.message, "person 4 has two boxes at 1 s");
    assert_null(t);
    const sfd_track_box nobody[] = {{1, {0, 0, 1, 1}, 1, 0, false}, {1, {0, 0, 1, 1}, 1, 0, false}};
    assert_int_equal(sfd_tracks_make(&t, nobody, 2, 2, &err), SFD_OK);
    assert_int_equal(sfd_tracks_count(t), 2);
    sfd_tracks_free(t);
    assert_int_equal(sfd_tracks_make(&t, NULL, 0, 2, &err), SFD_OK);
    assert_int_equal(sfd_tracks_at(t, 0, NULL, 0), 0);
    sfd_tracks_free(t);
}

/* ---- proposals */

static void test_at_keyframes(void **state)
{
    (void)state;
    sfd_tracks *t = make(), *again;
    sfd_proposals *p;
    sfd_proposed_video v;
    assert_int_equal(sfd_proposals_from_tracks(&p, t, "clip", 0.5, 0, NULL), SFD_OK);
    assert_int_equal(sfd_proposals_find(&v, p, "clip", NULL), SFD_OK);
    assert_int_equal(v.n_keyframes, 7); /* 0, 0.5, 1, 1.5, 2, 3, 6 */
    const sfd_proposed_keyframe *k = v.keyframes;
    assert_string_equal(k[1].boxes[0].timestamp_text, "0.5");
    assert_string_equal(k[1].boxes[0].box_text, "0.062500,0.000000,0.312500,1.000000");
    assert_int_equal(k[2].n_boxes, 2);
    assert_true(k[2].boxes[0].has_person_id && k[2].boxes[0].person_id == 0);
    assert_true(k[2].boxes[1].has_person_id && k[2].boxes[1].person_id == 7);
    assert_true(k[5].timestamp_s == 3 && !k[5].boxes[0].has_person_id);
    assert_true(k[6].timestamp_s == 6);
    assert_int_equal(sfd_tracks_from_proposals(&again, p, "clip", 2, NULL), SFD_OK);
    sfd_track_box b;
    assert_true(sfd_tracks_place(again, 1, 0.25, &b) && b.box.x1 == 0.03125);
    assert_int_equal(sfd_tracks_count(again), 3);
    sfd_tracks_free(again);
    sfd_proposals_free(p);

    assert_int_equal(sfd_proposals_from_tracks(&p, t, "clip", 0, 0, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_proposals_from_tracks(&p, t, "clip", 4, -1, NULL), SFD_OK);
    assert_int_equal(sfd_proposals_find(&v, p, "clip", NULL), SFD_OK);
    assert_int_equal(v.n_keyframes, 1); /* -1, 3, 7 */
    sfd_proposals_free(p);
    sfd_tracks_free(t);
}

/* ---- MOT files */

static sfd_mot_settings settings(void)
{
    sfd_mot_settings s;
    sfd_mot_settings_defaults(&s);
    s.width = 400;
    s.height = 200;
    s.fps = 2;
    return s;
}

static sfd_status read_text(sfd_tracks **t, const char *text, const sfd_mot_settings *s,
                            sfd_error *err)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    return sfd_tracks_read_mot(t, path, s, err);
}

static void test_write(void **state)
{
    (void)state;
    char *text = NULL;
    size_t n = 0;
    sfd_error err;
    sfd_tracks *t = make(), *again;
    const sfd_mot_settings s = settings();
    if (sfd_tracks_write_mot(t, path, &s, &err) != SFD_OK ||
        sfd_read_text(&text, &n, path, 10000, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_string_equal(text, "1,7,0,0,100,200,0.5,-1,-1,-1\n"
                              "2,7,25,0,100,200,0.625,-1,-1,-1\n"
                              "3,0,200,50,100,150,1,-1,-1,-1\n"
                              "3,7,50,0,100,200,0.75,-1,-1,-1\n"
                              "4,7,75,0,100,200,0.875,-1,-1,-1\n"
                              "5,7,100,0,100,200,1,-1,-1,-1\n"
                              "7,-1,200,100,200,100,0.75,-1,-1,-1\n"
                              "13,7,300,0,100,200,0.5,-1,-1,-1\n");
    free(text);
    assert_true(sfd_is_mot_file(path));
    assert_int_equal(sfd_tracks_read_mot(&again, path, &s, &err), SFD_OK);
    sfd_track_info info;
    assert_int_equal(sfd_tracks_count(again), 3);
    sfd_tracks_get(again, 1, &info);
    assert_int_equal(info.n_boxes, 6);
    assert_true(info.boxes[5].timestamp_s == 6 && info.boxes[5].box.x1 == 0.75);
    sfd_tracks_free(again);
    sfd_tracks_free(t);
}

static void test_read(void **state)
{
    (void)state;
    sfd_error err;
    sfd_tracks *t;
    sfd_track_info info;
    sfd_mot_settings s = settings();
    s.timestamp_offset_s = 900;
    /* ground truth: conf 0 and other classes do not count; boxes are cut off at the picture */
    assert_int_equal(read_text(&t,
                               "1,3,-40,20,80,100,1,1,0.5\n2,3,0,20,80,100,0,1,1\n"
                               "3,3,0,20,80,100,1,7,1\n4,4,500,0,80,100,1,1,1\n",
                               &s, &err),
                     SFD_OK);
    assert_int_equal(sfd_tracks_count(t), 1);
    sfd_tracks_get(t, 0, &info);
    assert_int_equal(info.n_boxes, 1);
    assert_true(info.boxes->timestamp_s == 900 && info.boxes->score == 1);
    assert_true(info.boxes->box.x1 == 0 && info.boxes->box.x2 == 0.1 && info.boxes->box.y1 == 0.1 &&
                info.boxes->box.y2 == 0.6);
    sfd_tracks_free(t);
    /* detections: no ids, scores of any kind */
    s.box_threshold = 0.5;
    assert_int_equal(read_text(&t,
                               "\xEF\xBB\xBF"
                               "1, -1, 0,0,80,100, 64.3, -1,-1,-1\r\n"
                               "1,-1,0,0,40,100,0.25,-1,-1,-1\n1,-1,0,0,40,50,0.75\n"
                               "3,-1,0,0,40,50\n",
                               &s, &err),
                     SFD_OK);
    assert_int_equal(sfd_tracks_count(t), 3);
    sfd_tracks_get(t, 0, &info);
    assert_true(!info.has_person_id && info.boxes->score == 1);
    sfd_tracks_free(t);
    assert_int_equal(read_text(&t, "", &s, &err), SFD_OK);
    assert_int_equal(sfd_tracks_count(t), 0);
    sfd_tracks_free(t);
}

static void refuses(const char *text, const char *message)
{
    sfd_error err;
    sfd_tracks *t;
    sfd_mot_settings s = settings();
    s.strict = true;
    assert_int_equal(read_text(&t, text, &s, &err), SFD_ERR_FORMAT);
    assert_null(t);
    if (!strstr(err.message, message))
        fail_msg("\"%s\" does not tell \"%s\"", err.message, message);
}

static void test_bad_rows(void **state)
{
    (void)state;
    refuses("0,1,0,0,40,50,1\n", "line 1, column 1 (frame): \"0\" is not a whole number from 1 on");
    refuses("1.5,1,0,0,40,50,1\n", "column 1 (frame)");
    refuses("1e300,1,0,0,40,50,1\n", "column 1 (frame)");
    refuses("1,who,0,0,40,50,1\n", "column 2 (id): \"who\" is not a whole number");
    refuses("1,1e30,0,0,40,50,1\n", "column 2 (id)");
    refuses("1,1,nan,0,40,50,1\n", "column 3 (x): \"nan\" is not a number");
    refuses("1,1,0,0,-40,50,1\n", "column 5 (width): \"-40\" is not 0 or more");
    refuses("1,1,0,0,40,50,x\n", "column 7 (conf)");
    refuses("1,1,0,0,40\n", "line 1: 5 columns, wanted frame,id,");
    refuses("1,1,0,0,40,50,1,1,1,1,1\n", "line 1: 11 columns");
    refuses("1,1,0,0,40,50\n2,1,0,0,40,50\n1,1,9,0,40,50\n",
            "line 3: person 1 has a box in frame 1 already, in line 1");
    sfd_error err;
    sfd_tracks *t;
    sfd_mot_settings s = settings();
    assert_int_equal(read_text(&t, "1,1,0,0,40,50\n2,1,0,0,40,x\n3,1,0,0,40,50\n", &s, &err),
                     SFD_OK);
    sfd_tracks_free(t);
    sfd_track_info info; /* a doubled row leaves the first one and all others */
    assert_int_equal(read_text(&t, "1,1,0,0,40,50\n2,1,0,0,40,50\n1,1,9,0,40,50\n", &s, &err),
                     SFD_OK);
    sfd_tracks_get(t, 0, &info);
    assert_true(info.n_boxes == 2 && info.boxes[0].box.x1 == 0);
    sfd_tracks_free(t);
    s.width = 0;
    assert_int_equal(read_text(&t, "1,1,0,0,40,50\n", &s, &err), SFD_ERR_ARG);
    assert_int_equal(sfd_tracks_read_mot(&t, "no/such.txt", NULL, &err), SFD_ERR_ARG);
    s = settings();
    assert_int_equal(sfd_tracks_read_mot(&t, "no/such.txt", &s, &err), SFD_ERR_IO);
    s.fps = 0;
    assert_int_equal(sfd_tracks_read_mot(&t, "no/such.txt", &s, &err), SFD_ERR_ARG);
}

static void test_told_by_content(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_mot;
    } files[] = {{"1,1,0,0,40,50,1\n", true},
                 {"1,-1,912,484,97,109,0.9,-1,-1,-1\n", true},
                 {"1,1,912,484,97,109,1,1,0.8\n", true},
                 {"1,1,0.1,0.2,0.3,0.4,,0.9\n", false},
                 {"1,1,0.1,0.2,0.3,0.4,12,0\n", false},
                 {"clip,1,10,20,30,40,12,0\n", false},
                 {"[]", false},
                 {"", false}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(files[i].text, f);
        fclose(f);
        assert_int_equal(sfd_is_mot_file(path), files[i].is_mot);
    }
    gzFile z = gzopen(path, "wb");
    assert_true(gzputs(z, "1,-1,912,484,97,109,0.9,-1,-1,-1\n") > 0);
    assert_int_equal(gzclose(z), Z_OK);
    assert_true(sfd_is_mot_file(path));
    assert_false(sfd_is_mot_file("-"));
    assert_false(sfd_is_mot_file("no/such.txt"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),          cmocka_unit_test(test_places),
        cmocka_unit_test(test_everybody),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_at_keyframes),   cmocka_unit_test(test_write),
        cmocka_unit_test(test_read),           cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_told_by_content)};
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
