/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of videos as people write them. */
#include <sfdet/dataset.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64], list[80];

static sfd_status read_list(sfd_sources **s, const char *text, sfd_error *err)
{
    FILE *f = fopen(list, "wb");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(sfd_sources_create(s, 5, NULL), SFD_OK);
    return sfd_sources_read(*s, list, err);
}

static void expect(const sfd_sources *s, size_t i, const char *path, const char *id, double offset)
{
    sfd_source_video v;
    sfd_sources_get(s, i, &v);
    assert_string_equal(v.path, path);
    assert_string_equal(v.id, id);
    assert_true(v.timestamp_offset_s == offset);
}

static void test_rows(void **state)
{
    (void)state;
    sfd_sources *s;
    assert_int_equal(read_list(&s,
                               "\xEF\xBB\xBF"
                               "path,id,offset\r\n"
                               "a/x.mp4\r\n"
                               "\r\n"
                               "b b/y.mp4 , second , 900 \r\n"
                               "\"with, comma.mp4\"\r\n"
                               "t.mp4\ttabs\t-1.5\r\n"
                               "\"t,2.mp4\"\t\t7\r\n"
                               "e.mp4,,\r\n"
                               "last.mp4,,9",
                               NULL),
                     SFD_OK);
    assert_int_equal(sfd_sources_count(s), 7);
    expect(s, 0, "a/x.mp4", "x", 5);
    expect(s, 1, "b b/y.mp4", "second", 900);
    expect(s, 2, "with, comma.mp4", "with, comma", 5);
    expect(s, 3, "t.mp4", "tabs", -1.5);
    expect(s, 4, "t,2.mp4", "t,2", 7);
    expect(s, 5, "e.mp4", "e", 5);
    expect(s, 6, "last.mp4", "last", 9);
    sfd_sources_free(s);
}

static void test_bad_rows(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        sfd_status status;
        const char *message;
    } cases[] = {
        {"", SFD_ERR_FORMAT, "no videos in this list"},
        {"path,id\n\n", SFD_ERR_FORMAT, "no videos in this list"},
        {"a.mp4\nx/a.mkv\n", SFD_ERR_ARG, "line 2: a.mp4 and x/a.mkv have the same video id \"a\""},
        {"a.mp4,z\nb.mp4,z\n", SFD_ERR_ARG, "line 2: a.mp4 and b.mp4 have the same video id"},
        {"a.mp4,z,1e999\n", SFD_ERR_FORMAT, "line 1, column 3 (offset)"},
        {"a.mp4,z,1e10\n", SFD_ERR_FORMAT, "column 3 (offset): \"1e10\" is not a time"},
        {"a.mp4,z,nan\n", SFD_ERR_FORMAT, "column 3 (offset)"},
        {"a.mp4,b,1,2\n", SFD_ERR_FORMAT, "line 1: more than the 3 columns"},
        {"a.mp4\tb\t1\t\n", SFD_ERR_FORMAT, "line 1: more than the 3 columns"},
        {"a.mp4\n,b\n", SFD_ERR_FORMAT, "line 2, column 1 (path)"},
        {"a\xFF.mp4\n", SFD_ERR_FORMAT, "line 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sfd_sources *s;
        sfd_error err = {0};
        assert_int_equal(read_list(&s, cases[i].text, &err), cases[i].status);
        assert_non_null(strstr(err.message, cases[i].message));
        sfd_sources_free(s);
    }
}

static void make(const char *name, bool is_folder)
{
    char path[160];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (is_folder)
        assert_int_equal(mkdir(path, 0777), 0);
    else
        assert_int_equal(fclose(fopen(path, "wb")), 0);
}

static void test_folder(void **state)
{
    (void)state;
    static const char *const wanted[] = {"a.MKV", "sub/deep/y.webm", "sub/x.mp4", "z.avi"};
    char path[160];
    sfd_sources *s;
    make("z.avi", false);
    make("a.MKV", false);
    make("notes.txt", false);
    make(".hidden.mp4", false);
    make("sub", true);
    make("sub/x.mp4", false);
    make("sub/deep", true);
    make("sub/deep/y.webm", false);
    make("none", true);
    snprintf(path, sizeof path, "%s/loop.mp4", folder);
    assert_int_equal(symlink(folder, path), 0);
    assert_int_equal(sfd_sources_create(&s, 0, NULL), SFD_OK);
    assert_int_equal(sfd_sources_add(s, folder, NULL), SFD_OK);
    assert_int_equal(sfd_sources_count(s), 4);
    for (size_t i = 0; i < 4; i++) {
        sfd_source_video v;
        sfd_sources_get(s, i, &v);
        assert_string_equal(v.path + strlen(folder) + 1, wanted[i]);
    }
    assert_int_equal(sfd_sources_add(s, "missing/a.mp4", NULL), SFD_ERR_ARG); /* its id is there */
    assert_int_equal(sfd_sources_add(s, "missing/b.mp4", NULL), SFD_OK);
    snprintf(path, sizeof path, "%s/none", folder);
    assert_int_equal(sfd_sources_add(s, path, NULL), SFD_ERR_MISMATCH);
    sfd_sources_free(s);
}

/* AVA's layout of frames: each folder is a video, but only where there are no video files. */
static void test_pictures(void **state)
{
    (void)state;
    char path[160];
    sfd_sources *s;
    make("frames", true);
    make("frames/v1.2", true);
    make("frames/v1.2/v1.2_000001.jpg", false);
    make("frames/v0", true);
    make("frames/v0/v0_000001.jpg", false);
    make("frames/v0/thumbs.db", false);
    make("frames/empty", true);
    assert_int_equal(sfd_sources_create(&s, 900, NULL), SFD_OK);
    snprintf(path, sizeof path, "%s/frames", folder);
    assert_int_equal(sfd_sources_add(s, path, NULL), SFD_OK);
    assert_int_equal(sfd_sources_count(s), 2);
    snprintf(path, sizeof path, "%s/frames/v0", folder);
    expect(s, 0, path, "v0", 900);
    assert_int_equal(sfd_sources_add(s, path, NULL), SFD_ERR_ARG); /* its id is there */
    snprintf(path, sizeof path, "%s/frames/v1.2", folder);
    expect(s, 1, path, "v1.2", 900);
    sfd_sources_free(s);
    assert_int_equal(sfd_sources_create(&s, 0, NULL), SFD_OK);
    snprintf(path, sizeof path, "%s/frames/v1.2/", folder);
    assert_int_equal(sfd_sources_add(s, path, NULL), SFD_OK);
    expect(s, 0, path, "v1.2", 0);
    snprintf(path, sizeof path, "%s/frames/v0/v0_%%06d.jpg", folder);
    assert_int_equal(sfd_sources_add(s, path, NULL), SFD_OK);
    expect(s, 1, path, "v0", 0);
    sfd_sources_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_pictures),
    };
    char command[100];
    snprintf(folder, sizeof folder, "/tmp/test_sources.%ld", (long)getpid());
    snprintf(list, sizeof list, "%s/list", folder);
    if (mkdir(folder, 0777) != 0)
        return 1;
    const int status = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) == 0 ? status : 1;
}
