/* SPDX-License-Identifier: Apache-2.0 */
/* Detections as csv and JSON lines, byte for byte. */
#include "base/file.h"

#include <sfdet/output.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/one_file.h"

#define N_CLASSES 3

static const float scores[2][N_CLASSES] = {{0.5f, 1, 0.0000004f}, {0.25f, 0.123456f, 0.75f}};

static const sfd_person persons[2] = {
    {{0.1, 0.2, 0.3, 0.4}, 0.98, "0902", "0.100,.2,0.3,4e-1", scores[0], 0, false, NULL, {0}},
    {{0, 0, 1, 1}, 0.9, "0902.0", "0,0,1,1", scores[1], 0, false, NULL, {0}},
};

/* Output 0 is class `first`, or the background where that is -1, and so on. */
static sfd_keyframe keyframe(const char *video_id, int first)
{
    static int ids[N_CLASSES];
    for (int i = 0; i < N_CLASSES; i++)
        ids[i] = i == 0 && first == -1 ? -1 : i + (first == -1 ? 0 : first);
    return (sfd_keyframe){.video_id = video_id,
                          .timestamp_s = 902,
                          .frame = 60,
                          .n_classes = N_CLASSES,
                          .class_ids = ids,
                          .n_persons = 2,
                          .persons = persons};
}

static void expect_file(const char *expected)
{
    char *text;
    size_t n;
    assert_int_equal(sfd_read_text(&text, &n, path, 1 << 16, NULL), SFD_OK);
    assert_string_equal(text, expected);
    free(text);
}

static void test_csv(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_keyframe k = keyframe("clip", 1);
    assert_int_equal(sfd_writer_open_csv(&w, path, NULL), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_ERR_ARG);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file("clip,0902,0.100,.2,0.3,4e-1,1,0.500000\n"
                "clip,0902,0.100,.2,0.3,4e-1,2,1.000000\n"
                "clip,0902,0.100,.2,0.3,4e-1,3,0.000000\n"
                "clip,0902.0,0,0,1,1,1,0.250000\n"
                "clip,0902.0,0,0,1,1,2,0.123456\n"
                "clip,0902.0,0,0,1,1,3,0.750000\n");
}

static void test_csv_quotes_and_background(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_keyframe k = keyframe("a,\"b\"", -1);
    k.n_persons = 1;
    assert_int_equal(sfd_writer_open_csv(&w, path, NULL), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file("\"a,\"\"b\"\"\",0902,0.100,.2,0.3,4e-1,1,1.000000\n"
                "\"a,\"\"b\"\"\",0902,0.100,.2,0.3,4e-1,2,0.000000\n");
}

static void test_ids_of_any_bytes(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_keyframe k = keyframe("\xE9\x1B[31m\n", 1);
    k.n_persons = k.n_classes = 1;
    assert_int_equal(sfd_writer_open_csv(&w, path, NULL), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file("\"\\xE9\x1B[31m\n\",0902,0.100,.2,0.3,4e-1,1,0.500000\n");
    assert_int_equal(sfd_writer_open_json(&w, path, NULL, 2, NULL), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file("{\"video\":\"\\\\xE9\\u001b[31m\\n\",\"timestamp\":902,\"box\":[0.1,0.2,0.3,0.4],"
                "\"proposal_score\":0.98,\"labels\":[]}\n");
}

/* Also an id that a double does not hold, and 0. */
static void test_person_ids(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_keyframe k = keyframe("clip", 1);
    sfd_person known[2] = {persons[0], persons[1]};
    known[0].has_person_id = known[1].has_person_id = true;
    known[1].person_id = 9007199254740993;
    k.persons = known;
    assert_int_equal(sfd_writer_open_json(&w, path, NULL, 2, NULL), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file("{\"video\":\"clip\",\"timestamp\":902,\"person\":0,\"box\":[0.1,0.2,0.3,0.4],"
                "\"proposal_score\":0.98,\"labels\":[]}\n"
                "{\"video\":\"clip\",\"timestamp\":902,\"person\":9007199254740993,"
                "\"box\":[0,0,1,1],\"proposal_score\":0.9,\"labels\":[]}\n");
}

/* The names of pictures come from ids, but all are in the folder. */
static void test_ids_stay_in_the_folder(void **state)
{
    (void)state;
    static const char *const ids[][2] = {
        {"../../up", "..%2F..%2Fup"}, {"/tmp/x", "%2Ftmp%2Fx"}, {"..", ".."}};
    static uint8_t rgb[3 * 16 * 16];
    sfd_labels *labels;
    unlink(path);
    assert_int_equal(sfd_labels_open(&labels, NULL, NULL), SFD_OK);
    const sfd_image picture = {.width = 16, .height = 16, .stride_bytes = 48, .rgb = rgb};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        sfd_writer *w;
        char file[256];
        sfd_keyframe k = keyframe(ids[i][0], 1);
        k.picture = &picture;
        assert_int_equal(sfd_writer_open_pictures(&w, path, "png", labels, 0.5, NULL), SFD_OK);
        assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
        assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
        sfd_writer_free(w);
        snprintf(file, sizeof file, "%s/%s_0902.png", path, ids[i][1]);
        assert_int_equal(unlink(file), 0);
        assert_int_equal(rmdir(path), 0); /* nothing else is in it */
    }
    sfd_labels_free(labels);
}

/* Networks without a background: class 0 is one like the others. */
static void test_class_zero_is_written(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_keyframe k = keyframe("clip", 0);
    k.n_persons = 1;
    assert_int_equal(sfd_writer_open_csv(&w, path, NULL), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file("clip,0902,0.100,.2,0.3,4e-1,0,0.500000\n"
                "clip,0902,0.100,.2,0.3,4e-1,1,1.000000\n"
                "clip,0902,0.100,.2,0.3,4e-1,2,0.000000\n");
}

static void test_discard_leaves_the_old_file(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_keyframe k = keyframe("clip", 1);
    FILE *f = fopen(path, "w");
    fputs("old", f);
    fclose(f);
    assert_int_equal(sfd_writer_open_csv(&w, path, NULL), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file("old");
    sfd_writer_free(NULL);
}

static void test_json(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_labels *labels;
    sfd_keyframe k = keyframe("clip", 79); /* ids 79, 80 are on AVA's list, 81 is not */
    assert_int_equal(sfd_labels_open(&labels, NULL, NULL), SFD_OK);
    assert_int_equal(sfd_writer_open_json(&w, path, labels, 0.25, NULL), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file(
        "{\"video\":\"clip\",\"timestamp\":902,\"box\":[0.1,0.2,0.3,0.4],\"proposal_score\":0.98,"
        "\"labels\":[{\"id\":80,\"name\":\"watch (a person)\",\"score\":1},"
        "{\"id\":79,\"name\":\"talk to (e.g., self, a person, a group)\",\"score\":0.5}]}\n"
        "{\"video\":\"clip\",\"timestamp\":902,\"box\":[0,0,1,1],\"proposal_score\":0.9,"
        "\"labels\":[{\"id\":81,\"name\":null,\"score\":0.75},"
        "{\"id\":79,\"name\":\"talk to (e.g., self, a person, a group)\",\"score\":0.25}]}\n");
    sfd_labels_free(labels);
}

static void configure(sfd_writer *w, double min_score, int top)
{
    sfd_writer_settings s;
    sfd_writer_settings_defaults(&s);
    s.min_score = min_score;
    s.top = top;
    assert_int_equal(sfd_writer_configure(w, &s, NULL), SFD_OK);
}

/* Those that are left stand in the usual order. */
static void test_fewer_labels(void **state)
{
    (void)state;
    static const struct {
        double min_score;
        int top;
        const char *csv;
    } cases[] = {
        {0.25, 0,
         "clip,0902,0.100,.2,0.3,4e-1,1,0.500000\nclip,0902,0.100,.2,0.3,4e-1,2,1.000000\n"
         "clip,0902.0,0,0,1,1,1,0.250000\nclip,0902.0,0,0,1,1,3,0.750000\n"},
        {0, 1, "clip,0902,0.100,.2,0.3,4e-1,2,1.000000\nclip,0902.0,0,0,1,1,3,0.750000\n"},
        {0.3, 2,
         "clip,0902,0.100,.2,0.3,4e-1,1,0.500000\nclip,0902,0.100,.2,0.3,4e-1,2,1.000000\n"
         "clip,0902.0,0,0,1,1,3,0.750000\n"},
        {2, 0, ""},
    };
    sfd_writer *w;
    sfd_keyframe k = keyframe("clip", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(sfd_writer_open_csv(&w, path, NULL), SFD_OK);
        configure(w, cases[i].min_score, cases[i].top);
        assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
        assert_int_equal(sfd_writer_configure(w, NULL, NULL), SFD_ERR_ARG);
        assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
        sfd_writer_free(w);
        expect_file(cases[i].csv);
    }
    sfd_labels *labels;
    k.n_persons = 1;
    assert_int_equal(sfd_labels_open(&labels, NULL, NULL), SFD_OK);
    assert_int_equal(sfd_writer_open_json(&w, path, labels, 0.9, NULL), SFD_OK);
    configure(w, 0.25, 1);
    assert_int_equal(sfd_writer_add(w, &k, NULL), SFD_OK);
    assert_int_equal(sfd_writer_commit(w, NULL), SFD_OK);
    sfd_writer_free(w);
    expect_file(
        "{\"video\":\"clip\",\"timestamp\":902,\"box\":[0.1,0.2,0.3,0.4],"
        "\"proposal_score\":0.98,\"labels\":[{\"id\":2,\"name\":\"crawl\",\"score\":1}]}\n");
    sfd_labels_free(labels);
}

static void test_bad_settings(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_error err;
    sfd_writer_settings s;
    assert_int_equal(sfd_writer_open_csv(&w, path, NULL), SFD_OK);
    sfd_writer_settings_defaults(&s);
    s.scale = 5;
    assert_int_equal(sfd_writer_configure(w, &s, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "scale is 5, wanted 1 to 4"));
    sfd_writer_settings_defaults(&s);
    s.top = -1;
    assert_int_equal(sfd_writer_configure(w, &s, &err), SFD_ERR_ARG);
    sfd_writer_free(w);
}

static void test_unwritable(void **state)
{
    (void)state;
    sfd_writer *w;
    sfd_error err;
    sfd_keyframe k = keyframe("clip", 1);
    assert_int_equal(sfd_writer_open_csv(&w, "no/such/folder/out.csv", &err), SFD_ERR_IO);
    assert_null(w);
    assert_int_equal(sfd_writer_open_csv(&w, folder, &err), SFD_ERR_IO);
    if (access("/dev/full", W_OK) != 0)
        return;
    assert_int_equal(sfd_writer_open_csv(&w, "/dev/full", &err), SFD_OK);
    assert_int_equal(sfd_writer_add(w, &k, &err), SFD_ERR_IO);
    assert_string_equal(err.message, "/dev/full: cannot write: No space left on device");
    sfd_writer_free(w);
}

static void test_labels(void **state)
{
    (void)state;
    sfd_labels *l;
    assert_int_equal(sfd_labels_open(&l, NULL, NULL), SFD_OK);
    assert_string_equal(sfd_labels_name(l, 17), "carry/hold (an object)");
    assert_string_equal(sfd_labels_short_name(l, 17), "carry/hold");
    assert_string_equal(sfd_labels_short_name(l, 12), "stand");
    assert_string_equal(sfd_labels_short_name(l, 79), "talk to");
    assert_string_equal(sfd_labels_short_name(l, 65), "give/serve to");
    assert_string_equal(sfd_labels_short_name(l, 35), "kick (an object)");
    assert_string_equal(sfd_labels_short_name(l, 71), "kick (a person)");
    assert_null(sfd_labels_name(l, 0));
    assert_null(sfd_labels_short_name(l, 81));
    sfd_labels_free(l);
    sfd_labels_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_csv_quotes_and_background),
        cmocka_unit_test(test_person_ids),
        cmocka_unit_test(test_ids_of_any_bytes),
        cmocka_unit_test(test_ids_stay_in_the_folder),
        cmocka_unit_test(test_class_zero_is_written),
        cmocka_unit_test(test_discard_leaves_the_old_file),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_fewer_labels),
        cmocka_unit_test(test_bad_settings),
        cmocka_unit_test(test_unwritable),
        cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
