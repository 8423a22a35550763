/* SPDX-License-Identifier: Apache-2.0 */
/* How the pictures of a folder are numbered, and what is wrong with that. */
#include "base/numbering.h"
#include "base/video_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define MAX_NAMES 8

static char folder[64];

static void path_of(char out[160], const char *name)
{
    snprintf(out, 160, "%s/%s", folder, name);
}

static void make(const char *const *names)
{
    char path[160];
    for (size_t i = 0; names[i]; i++) {
        path_of(path, names[i]);
        assert_int_equal(fclose(fopen(path, "wb")), 0);
    }
}

static void remove_all(const char *const *names)
{
    char path[160];
    for (size_t i = 0; names[i]; i++) {
        path_of(path, names[i]);
        unlink(path);
    }
}

static void expect(const char *what, int64_t first, int64_t n, const char *first_name,
                   const char *last_name)
{
    sfd_numbering found;
    sfd_error err;
    char path[160];
    path_of(path, what);
    if (sfd_numbering_find(&found, path, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_int_equal(found.first, first);
    assert_int_equal(found.n, n);
    char *a = sfd_numbering_file(&found, 0), *b = sfd_numbering_file(&found, n - 1);
    assert_string_equal(strrchr(a, '/') + 1, first_name);
    assert_string_equal(strrchr(b, '/') + 1, last_name);
    assert_int_equal(access(a, F_OK) | access(b, F_OK), 0);
    free(a);
    free(b);
    sfd_numbering_free(&found);
}

static void test_numberings(void **state)
{
    (void)state;
    static const struct {
        const char *names[MAX_NAMES];
        const char *what;
        int64_t first, n;
        const char *first_name, *last_name;
    } cases[] = {
        {{"v_000001.jpg", "v_000002.jpg", "thumbs.db"}, "", 1, 2, "v_000001.jpg", "v_000002.jpg"},
        {{"9.png", "10.png", "8.png"}, "", 8, 3, "8.png", "10.png"},
        {{"i99.JPG", "i100.JPG", "i98.JPG"}, "", 98, 3, "i98.JPG", "i100.JPG"},
        {{"v2_7_0.bmp", "v2_7_1.bmp"}, "/", 0, 2, "v2_7_0.bmp", "v2_7_1.bmp"},
        {{"only.png", ".hidden.png"}, "", 0, 1, "only.png", "only.png"},
        {{"5.webp"}, "", 5, 1, "5.webp", "5.webp"},
        {{"a_01.jpg", "a_02.jpg", "b_01.jpg"}, "a_%02d.jpg", 1, 2, "a_01.jpg", "a_02.jpg"},
        {{"f1_v.jpg", "f2_v.jpg", "f01_v.jpg"}, "f%d_v.jpg", 1, 2, "f1_v.jpg", "f2_v.jpg"},
        {{"99.ppm", "100.ppm"}, "%02d.ppm", 99, 2, "99.ppm", "100.ppm"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(cases[i].names);
        expect(cases[i].what, cases[i].first, cases[i].n, cases[i].first_name, cases[i].last_name);
        remove_all(cases[i].names);
    }
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *names[MAX_NAMES];
        const char *what, *message;
    } cases[] = {
        {{"notes.txt"}, "", "a folder without pictures"},
        {{"1.png", "3.png"}, "", "1 picture is missing before 3.png: 2.png is not there"},
        {{"08.png", "09.png", "12.png"}, "", "2 pictures are missing before 12.png: 10.png is not"},
        {{"1.png", "02.png"}, "", "some numbers of its pictures have 1 digits, others"},
        {{"1.png", "1.jpg"}, "", "not numbered alike: \"%d."},
        {{"a.png", "b.png"}, "", "not numbered alike: \""},
        {{"1.png", "cover.png"}, "", "not numbered alike: \""},
        {{"1.jpg"}, "x%d.jpg", "x%d.jpg: no picture is called like this"},
        {{"12345678901234567890.jpg"}, "", "too large a number"},
    };
    char path[160];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sfd_numbering found;
        sfd_error err = {0};
        make(cases[i].names);
        path_of(path, cases[i].what);
        assert_int_equal(sfd_numbering_find(&found, path, &err), SFD_ERR_FORMAT);
        if (!strstr(err.message, cases[i].message))
            fail_msg("\"%s\" instead of \"%s\"", err.message, cases[i].message);
        sfd_numbering_free(&found);
        remove_all(cases[i].names);
    }
    sfd_numbering found;
    assert_int_equal(sfd_numbering_find(&found, "/nowhere/%d.jpg", NULL), SFD_ERR_IO);
    sfd_numbering_free(&found);
}

static void test_patterns(void **state)
{
    (void)state;
    static const char *const good[] = {"%d.jpg", "a/b_%05d.png", "x%018d"};
    static const char *const bad[] = {"a.jpg",     "%s.jpg",   "%5d.jpg",  "%d_%d.jpg", "%d%%.jpg",
                                      "%019d.jpg", "%00d.jpg", "%d/a.jpg", "100%",      "%-3d.jpg"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(sfd_is_numbering_pattern(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(sfd_is_numbering_pattern(bad[i]));
}

/* Another picture changes what is known of a video. */
static void test_stamps(void **state)
{
    (void)state;
    static const char *const names[] = {"1.png", "2.png", NULL};
    char path[160];
    int64_t bytes, more, time_s;
    make(names);
    assert_true(sfd_video_stamp(folder, &bytes, &time_s));
    path_of(path, "2.png");
    FILE *f = fopen(path, "ab");
    fputs("more", f);
    fclose(f);
    assert_true(sfd_video_stamp(folder, &more, &time_s));
    assert_int_equal(more, bytes + 4);
    path_of(path, "%d.png");
    assert_true(sfd_video_stamp(path, &bytes, &time_s));
    assert_int_equal(more, bytes);
    assert_false(sfd_video_stamp("/nowhere/a.mp4", &bytes, &time_s));
    remove_all(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numberings),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_stamps),
    };
    snprintf(folder, sizeof folder, "/tmp/test_numbering.%ld", (long)getpid());
    if (mkdir(folder, 0777) != 0)
        return 1;
    const int status = cmocka_run_group_tests(tests, NULL, NULL);
    return rmdir(folder) == 0 ? status : 1;
}
