/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs appear only when they are complete; inputs are bounded and named in errors. */
#include "base/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/sfdet-file-XXXXXX";

static int enter_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) && chdir(directory) == 0 ? 0 : 1;
}

static int leave_directory(void **state)
{
    (void)state;
    return chdir("/") == 0 && rmdir(directory) == 0 ? 0 : 1;
}

static size_t n_files(void)
{
    DIR *d = opendir(".");
    assert_non_null(d);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(d));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void expect_text(const char *path, const char *want)
{
    char *text;
    size_t n;
    assert_int_equal(sfd_read_text(&text, &n, path, 1000, NULL), SFD_OK);
    assert_int_equal(n, strlen(want));
    assert_string_equal(text, want);
    free(text);
}

static void write_file(const char *path, const char *text)
{
    sfd_outfile *f;
    assert_int_equal(sfd_outfile_open(&f, path, NULL), SFD_OK);
    fputs(text, sfd_outfile_stream(f));
    assert_int_equal(sfd_outfile_commit(f, NULL), SFD_OK);
}

static void test_replaces_when_complete(void **state)
{
    (void)state;
    write_file("out.csv", "old");
    sfd_outfile *f;
    assert_int_equal(sfd_outfile_open(&f, "out.csv", NULL), SFD_OK);
    fputs("new", sfd_outfile_stream(f));
    assert_string_not_equal(sfd_outfile_path(f), "out.csv");
    assert_string_equal(strrchr(sfd_outfile_path(f), '.'), ".csv");
    expect_text("out.csv", "old");
    assert_int_equal(sfd_outfile_commit(f, NULL), SFD_OK);
    expect_text("out.csv", "new");
    assert_int_equal(n_files(), 1);
    unlink("out.csv");
}

static void test_discard_leaves_nothing(void **state)
{
    (void)state;
    sfd_outfile *f;
    assert_int_equal(sfd_outfile_open(&f, "out", NULL), SFD_OK);
    fputs("half", sfd_outfile_stream(f));
    assert_int_equal(n_files(), 1);
    sfd_outfile_discard(f);
    sfd_outfile_discard(NULL);
    assert_int_equal(n_files(), 0);
}

static void test_permissions_follow_umask(void **state)
{
    (void)state;
    struct stat st;
    const mode_t old = umask(027);
    write_file("out", "x");
    umask(old);
    assert_int_equal(stat("out", &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    unlink("out");
}

static void test_full_disk(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    sfd_outfile *f;
    sfd_error err;
    static const char text[1 << 20];
    /* found out when the buffer is flushed, or long before */
    for (size_t n = 4; n <= sizeof text; n *= 1 << 18) {
        assert_int_equal(sfd_outfile_open(&f, "/dev/full", &err), SFD_OK);
        fwrite(text, 1, n, sfd_outfile_stream(f));
        assert_int_equal(sfd_outfile_commit(f, &err), SFD_ERR_IO);
        assert_non_null(strstr(err.message, "/dev/full"));
        assert_non_null(strstr(err.message, "No space left"));
    }
}

static void test_unwritable(void **state)
{
    (void)state;
    sfd_outfile *f;
    sfd_error err;
    assert_int_equal(sfd_outfile_open(&f, "missing/out.csv", &err), SFD_ERR_IO);
    assert_null(f);
    assert_non_null(strstr(err.message, "missing/out.csv"));
    assert_int_equal(sfd_outfile_open(&f, ".", &err), SFD_ERR_IO);
    assert_int_equal(sfd_outfile_open(&f, "", &err), SFD_ERR_ARG);
}

static void test_reading(void **state)
{
    (void)state;
    char *text;
    size_t n;
    sfd_mapping m;
    sfd_error err;
    write_file("in", "0123456789");
    assert_int_equal(sfd_read_text(&text, &n, "in", 10, &err), SFD_OK);
    free(text);
    assert_int_equal(sfd_read_text(&text, &n, "in", 9, &err), SFD_ERR_FORMAT);
    assert_null(text);
    assert_int_equal(sfd_read_text(&text, &n, "none", 9, &err), SFD_ERR_IO);
    assert_int_equal(sfd_read_text(&text, &n, ".", 9, &err), SFD_ERR_IO);
    assert_int_equal(sfd_map_file(&m, "in", &err), SFD_OK);
    assert_int_equal(m.n_bytes, 10);
    assert_memory_equal(m.data, "0123456789", 10);
    sfd_unmap(&m);
    assert_int_equal(sfd_map_file(&m, ".", &err), SFD_ERR_IO);
    assert_non_null(strstr(err.message, "directory"));
    assert_int_equal(sfd_map_file(&m, "/dev/null", &err), SFD_ERR_IO);
    write_file("in", "");
    assert_int_equal(sfd_map_file(&m, "in", &err), SFD_OK);
    assert_null(m.data);
    sfd_unmap(&m);
    unlink("in");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_replaces_when_complete),
                                       cmocka_unit_test(test_discard_leaves_nothing),
                                       cmocka_unit_test(test_permissions_follow_umask),
                                       cmocka_unit_test(test_full_disk),
                                       cmocka_unit_test(test_unwritable),
                                       cmocka_unit_test(test_reading)};
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
