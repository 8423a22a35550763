/* SPDX-License-Identifier: Apache-2.0 */
/* Persons of pictures that become tracks; boxes of keyframes as files. */
#include "base/file.h"
#include "pipeline/follow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <cmocka.h>

#include "support/one_file.h"

#define WIDTH  200
#define HEIGHT 100

static sfd_found_person person(float x, float score)
{
    return (sfd_found_person){.box = {x, 10, x + 20, 90}, .score = score};
}

static const sfd_picture no_pixels = {.width = WIDTH, .height = HEIGHT};

static void add(sfd_follower *f, int moment, const sfd_found_person *persons, size_t n)
{
    assert_int_equal(sfd_follower_add(f, moment / 5.0, persons, n, &no_pixels, NULL), SFD_OK);
}

static sfd_tracks *end(sfd_follower *f, double until_s)
{
    sfd_tracks *t;
    assert_int_equal(sfd_follower_end(f, until_s, NULL), SFD_OK);
    assert_int_equal(sfd_follower_tracks(f, &t, NULL), SFD_OK);
    return t;
}

/* One walks, is doubtful once and hidden once; one is seen once; one comes late. */
static void test_tracks(void **state)
{
    (void)state;
    sfd_follower *f;
    sfd_tracks *t;
    sfd_track_info info;
    sfd_track_box b;
    assert_int_equal(sfd_follower_create(&f, 5, 0.8, true, NULL), SFD_OK);
    assert_true(sfd_follower_least_score(f) == 0.1);
    add(f, 0, (sfd_found_person[]){person(10, 0.92f)}, 1);
    add(f, 1, (sfd_found_person[]){person(12, 0.92f), person(150, 0.92f)}, 2);
    add(f, 2, (sfd_found_person[]){person(14, 0.3f), person(100, 0.7f)}, 2);
    add(f, 3, NULL, 0);
    add(f, 4, (sfd_found_person[]){person(18, 0.92f), person(60, 0.92f)}, 2);
    add(f, 5, (sfd_found_person[]){person(20, 0.92f), person(60, 0.95f)}, 2);
    t = end(f, 0);
    assert_int_equal(sfd_tracks_count(t), 2);
    sfd_tracks_get(t, 0, &info);
    assert_true(info.person_id == 1 && info.n_boxes == 5);
    sfd_tracks_get(t, 1, &info);
    assert_true(info.person_id == 2 && info.n_boxes == 2 && info.boxes[0].timestamp_s == 0.8);
    assert_true(sfd_tracks_place(t, 0, 0.6, &b));
    assert_true(b.box.x1 > 0.0799 && b.box.x1 < 0.0801); /* 16 of 200 pixels, unseen */
    sfd_tracks_free(t);
    sfd_follower_free(f);
}

/* A video of one picture has no second chance. */
static void test_first_moment(void **state)
{
    (void)state;
    sfd_follower *f;
    sfd_tracks *t;
    assert_int_equal(sfd_follower_create(&f, 5, 0.8, true, NULL), SFD_OK);
    add(f, 0, (sfd_found_person[]){person(10, 0.92f), person(100, 0.5f)}, 2);
    t = end(f, 0);
    assert_int_equal(sfd_tracks_count(t), 1);
    sfd_tracks_free(t);
    sfd_follower_free(f);
    assert_int_equal(sfd_follower_create(&f, 5, 0.8, true, NULL), SFD_OK);
    t = end(f, 0);
    assert_int_equal(sfd_tracks_count(t), 0);
    sfd_tracks_free(t);
    sfd_follower_free(f);
    sfd_follower_free(NULL);
}

/* Whoever was seen at the last moment, twice or at the only one, is there at the last frame. */
static void test_end(void **state)
{
    (void)state;
    sfd_follower *f;
    sfd_tracks *t;
    sfd_track_box b;
    assert_int_equal(sfd_follower_create(&f, 5, 0.8, true, NULL), SFD_OK);
    add(f, 0, (sfd_found_person[]){person(10, 0.92f), person(150, 0.92f)}, 2);
    add(f, 1, (sfd_found_person[]){person(12, 0.92f), person(60, 0.92f)}, 2);
    t = end(f, 0.3);
    assert_int_equal(sfd_tracks_count(t), 2); /* not who came last, seen once */
    assert_true(sfd_tracks_place(t, 0, 0.3, &b) && b.person_id == 1);
    assert_true(b.box.x1 > 0.0599 && b.box.x1 < 0.0601);
    assert_false(sfd_tracks_place(t, 1, 0.3, &b));
    sfd_tracks_free(t);
    sfd_follower_free(f);
    assert_int_equal(sfd_follower_create(&f, 5, 0.8, true, NULL), SFD_OK);
    add(f, 0, (sfd_found_person[]){person(10, 0.92f)}, 1);
    t = end(f, 0.1);
    assert_int_equal(sfd_tracks_count(t), 1);
    assert_true(sfd_tracks_place(t, 0, 0.1, &b));
    sfd_tracks_free(t);
    sfd_follower_free(f);
}

/* Those who come, go, hide, cross and are seen once, at moment m. */
static size_t crowd(sfd_found_person *p, int m)
{
    size_t n = 0;
    for (int i = 0; i < 8; i++) {
        const int begin = i * 11 % 40, length = 20 + i * 7;
        const bool hidden = (m + 3 * i) % 17 < i % 8;
        if (m >= begin && m < begin + length && !hidden)
            p[n++] = person((float)((i * 23 + m * (i % 3)) % 180), (m + i) % 5 ? 0.92f : 0.4f);
    }
    if (m % 6 == 0)
        p[n++] = person((float)(m * 37 % 180), 0.95f); /* nobody */
    return n;
}

/* What is told of a time, as late as the delay, is what all moments together say of it. */
static void check_that_later_changes_nothing(double every_s)
{
    enum { MOMENTS = 120, TIMES = 400 };
    sfd_follower *f;
    sfd_track_box expected[16], *said[TIMES] = {0};
    const sfd_track_box *places;
    size_t n_said[TIMES], n_times = 0, n_boxes = 0, n;
    assert_int_equal(sfd_follower_create(&f, 5, 0.8, true, NULL), SFD_OK);
    for (int m = 0; m < MOMENTS; m++) {
        sfd_found_person persons[16];
        add(f, m, persons, crowd(persons, m));
        while ((double)n_times * every_s + sfd_follower_delay_s(f) <= m / 5.0) {
            assert_int_equal(sfd_follower_at(f, (double)n_times * every_s, &places, &n, NULL),
                             SFD_OK);
            said[n_times] = malloc((n + 1) * sizeof *places);
            memcpy(said[n_times], places, n * sizeof *places);
            n_said[n_times++] = n;
            n_boxes += n;
        }
    }
    assert_true(n_boxes > n_times);
    sfd_tracks *t = end(f, 0);
    for (size_t i = 0; i < n_times; i++) {
        n = sfd_tracks_at(t, (double)i * every_s, expected, 16);
        assert_int_equal(n_said[i], n);
        for (size_t b = 0; b < n; b++) {
            assert_int_equal(said[i][b].person_id, expected[b].person_id);
            assert_true(said[i][b].score == expected[b].score);
            assert_memory_equal(&said[i][b].box, &expected[b].box, sizeof expected[b].box);
        }
        free(said[i]);
    }
    sfd_tracks_free(t);
    sfd_follower_free(f);
}

static void test_later_changes_nothing(void **state)
{
    (void)state;
    const double steps[] = {1, 0.5, 1 / 3.0, 0.1, 0.07};
    for (int i = 0; i < 5; i++)
        check_that_later_changes_nothing(steps[i]);
}

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
static size_t bytes_in_use(void)
{
    return mallinfo2().uordblks;
}

/* Ten hours take what a minute does. */
static void test_memory(void **state)
{
    (void)state;
    sfd_follower *f;
    const sfd_track_box *places;
    size_t n, after_a_minute = 0, most = 0;
    assert_int_equal(sfd_follower_create(&f, 5, 0.8, false, NULL), SFD_OK);
    for (int m = 0; m < 5 * 36000; m++) {
        sfd_found_person persons[16];
        add(f, m, persons, crowd(persons, m % 200));
        if (m % 5 == 0 && m >= 10)
            assert_int_equal(sfd_follower_at(f, m / 5.0 - 2, &places, &n, NULL), SFD_OK);
        const size_t now = bytes_in_use();
        if (m <= 300)
            after_a_minute = now > after_a_minute ? now : after_a_minute;
        most = now > most ? now : most;
    }
    assert_true(most < after_a_minute + 100000);
    sfd_follower_free(f);
}
#else
static void test_memory(void **state)
{
    (void)state;
    skip();
}
#endif

/* ---- files */

static void expect_file(sfd_box_format format, const char *expected)
{
    sfd_box_writer *w;
    char *text;
    size_t n;
    sfd_error err;
    const sfd_found_person persons[] = {
        {.box = {20, 10, 60, 90}, .score = 0.5f, .person_id = 3},
        {.box = {20, 10, 20, 90}, .score = 0.5f}, /* no area */
        {.box = {0, 0, 200, 100}, .score = 0.25f},
    };
    const sfd_found_keyframe k = {.video_id = "a\"b,c",
                                  .timestamp_s = 901.5,
                                  .frame = 45,
                                  .width = WIDTH,
                                  .height = HEIGHT,
                                  .n_persons = 3,
                                  .persons = persons};
    sfd_found_keyframe empty = k;
    empty.n_persons = 0;
    empty.frame = 75;
    empty.timestamp_s = 902.5;
    if (sfd_box_writer_open(&w, path, format, &err) != SFD_OK ||
        sfd_box_writer_add(w, &k, &err) != SFD_OK || sfd_box_writer_add(w, &empty, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(sfd_box_writer_commit(w, &err), SFD_OK);
    assert_int_equal(sfd_read_text(&text, &n, path, 10000, &err), SFD_OK);
    assert_string_equal(text, expected);
    free(text);
    unlink(path);
}

static void test_csv(void **state)
{
    (void)state;
    expect_file(SFD_BOXES_CSV,
                "\"a\"\"b,c\",901.5,0.100000,0.100000,0.300000,0.900000,,0.500000,3\n"
                "\"a\"\"b,c\",901.5,0.000000,0.000000,1.000000,1.000000,,0.250000\n"
                "\"a\"\"b,c\",902.5\n");
}

static void test_mot(void **state)
{
    (void)state;
    expect_file(SFD_BOXES_MOT, "46,3,20,10,40,80,0.5,-1,-1,-1\n"
                               "46,-1,0,0,200,100,0.25,-1,-1,-1\n");
}

/* Corners that six decimals cannot tell: x + width read again is the float that was written. */
static void test_mot_is_exact(void **state)
{
    (void)state;
    sfd_box_writer *w;
    FILE *f;
    double x, y, width, height;
    const sfd_found_person p = {.box = {1 / 3.0f, 0.1f, 100.7f, 71.3f}, .score = 0.5f};
    const sfd_found_keyframe k = {
        .video_id = "v", .width = WIDTH, .height = HEIGHT, .n_persons = 1, .persons = &p};
    assert_int_equal(sfd_box_writer_open(&w, path, SFD_BOXES_MOT, NULL), SFD_OK);
    assert_int_equal(sfd_box_writer_add(w, &k, NULL), SFD_OK);
    assert_int_equal(sfd_box_writer_commit(w, NULL), SFD_OK);
    assert_non_null(f = fopen(path, "r"));
    assert_int_equal(fscanf(f, "1,-1,%lf,%lf,%lf,%lf,0.5,-1,-1,-1", &x, &y, &width, &height), 4);
    fclose(f);
    assert_true(x == (double)p.box.x1 && y == (double)p.box.y1);
    assert_true(x + width == (double)p.box.x2 && y + height == (double)p.box.y2);
    unlink(path);
}

static void test_coco(void **state)
{
    (void)state;
    expect_file(SFD_BOXES_COCO,
                "{\"categories\":[{\"id\":1,\"name\":\"person\"}],\n"
                "\"annotations\":[\n"
                "{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[20,10,40,80],\"area\":3200,"
                "\"iscrowd\":0,\"score\":0.5,\"track_id\":3},\n"
                "{\"id\":2,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,200,100],\"area\":20000,"
                "\"iscrowd\":0,\"score\":0.25}\n"
                "],\n"
                "\"images\":[\n"
                "{\"id\":1,\"width\":200,\"height\":100,\"file_name\":"
                "\"a\\\"b,c/a\\\"b,c_000046.jpg\",\"video\":\"a\\\"b,c\",\"timestamp\":901.5},\n"
                "{\"id\":2,\"width\":200,\"height\":100,\"file_name\":"
                "\"a\\\"b,c/a\\\"b,c_000076.jpg\",\"video\":\"a\\\"b,c\",\"timestamp\":902.5}\n"
                "]}\n");
}

static void test_wrong(void **state)
{
    (void)state;
    sfd_box_writer *w;
    sfd_error err;
    assert_int_equal(sfd_box_writer_open(&w, path, (sfd_box_format)7, &err), SFD_ERR_ARG);
    assert_null(w);
    assert_int_equal(sfd_box_writer_open(&w, "no/such/file", SFD_BOXES_COCO, &err), SFD_ERR_IO);
    assert_int_equal(sfd_box_writer_open(&w, path, SFD_BOXES_COCO, &err), SFD_OK);
    sfd_box_writer_discard(w);
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tracks), cmocka_unit_test(test_first_moment),
        cmocka_unit_test(test_end),    cmocka_unit_test(test_later_changes_nothing),
        cmocka_unit_test(test_memory), cmocka_unit_test(test_csv),
        cmocka_unit_test(test_mot),    cmocka_unit_test(test_mot_is_exact),
        cmocka_unit_test(test_coco),   cmocka_unit_test(test_wrong)};
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
