/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs appear only when they are complete; inputs are bounded and named in errors. */
#include "base/file.h"
#include "base/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
    assert_int_equal(n_files(), 1);
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

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(lstat(path, &st), 0);
    return st.st_mode;
}

static void test_an_existing_file_keeps_its_mode(void **state)
{
    (void)state;
    static const mode_t modes[] = {0600, 0664, 0777, 02750};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_file("out", "old");
        assert_int_equal(chmod("out", modes[i]), 0);
        write_file("out", "new");
        expect_text("out", "new");
        assert_int_equal(mode_of("out") & 07777, modes[i]);
        unlink("out");
    }
}

static void test_a_link_stays(void **state)
{
    (void)state;
    assert_int_equal(mkdir("sub", 0777), 0);
    assert_int_equal(symlink("sub/two", "one"), 0);
    assert_int_equal(symlink("real.csv", "sub/two"), 0);
    write_file("one", "made through a link that led nowhere");
    expect_text("sub/real.csv", "made through a link that led nowhere");
    write_file("one", "again");
    expect_text("sub/real.csv", "again");
    assert_true(S_ISLNK(mode_of("one")) && S_ISLNK(mode_of("sub/two")));
    assert_int_equal(unlink("sub/real.csv") | unlink("sub/two") | rmdir("sub") | unlink("one"), 0);

    sfd_outfile *f;
    sfd_error err;
    assert_int_equal(symlink("loop", "loop"), 0);
    assert_int_equal(sfd_outfile_open(&f, "loop", &err), SFD_ERR_IO);
    unlink("loop");
}

static void test_a_hard_link_keeps_the_old(void **state)
{
    (void)state;
    write_file("out", "old");
    assert_int_equal(link("out", "other"), 0);
    write_file("out", "new");
    expect_text("other", "old");
    assert_int_equal(unlink("out") | unlink("other"), 0);
}

static void test_names_as_long_as_the_system_allows(void **state)
{
    (void)state;
    char name[256];
    memset(name, 'x', 255);
    memcpy(name + 251, ".csv", 5);
    write_file(name, "1");
    write_file(name, "2");
    expect_text(name, "2");
    unlink(name);
}

/* ---- file systems that know no files without a name */

static bool can_be_nameless = true;

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);

int __wrap_open(const char *path, int flags, mode_t mode)
{
    if ((flags & O_TMPFILE) == O_TMPFILE && !can_be_nameless) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return __real_open(path, flags, mode);
}

static void test_hidden_files(void **state)
{
    (void)state;
    sfd_outfile *a, *b;
    can_be_nameless = false;
    write_file("out.csv", "old");
    assert_int_equal(chmod("out.csv", 0600), 0);
    assert_int_equal(sfd_outfile_open(&a, "out.csv", NULL), SFD_OK);
    assert_int_equal(sfd_outfile_open(&b, "out.csv", NULL), SFD_OK); /* leaves a's alone */
    assert_int_equal(n_files(), 3);
    assert_int_equal(mode_of(sfd_outfile_path(a)) & 0077, 0);
    fputs("a", sfd_outfile_stream(a));
    fputs("b", sfd_outfile_stream(b));
    assert_int_equal(sfd_outfile_commit(a, NULL), SFD_OK);
    expect_text("out.csv", "a");
    assert_int_equal(sfd_outfile_commit(b, NULL), SFD_OK);
    expect_text("out.csv", "b");
    assert_int_equal(mode_of("out.csv") & 07777, 0600);
    assert_int_equal(n_files(), 1);
    assert_int_equal(sfd_outfile_open(&a, "out.csv", NULL), SFD_OK);
    sfd_outfile_discard(a);
    assert_int_equal(n_files(), 1);
    unlink("out.csv");
    can_be_nameless = true;
}

/* A process that is killed while it writes. */
static void leave_behind(void)
{
    pid_t child = fork();
    if (child == 0) {
        sfd_outfile *f;
        kill(sfd_outfile_open(&f, "out.csv", NULL) == SFD_OK ? getpid() : 0, SIGKILL);
        _exit(1);
    }
    assert_true(child > 0 && waitpid(child, NULL, 0) == child);
}

static void test_what_killed_runs_leave(void **state)
{
    (void)state;
    leave_behind();
    assert_int_equal(n_files(), 0);
    can_be_nameless = false;
    for (int next = 0; next < 2; next++) {
        leave_behind();
        assert_int_equal(n_files(), 1);
        can_be_nameless = next;
        write_file("out.csv", "done");
        assert_int_equal(n_files(), 1);
        expect_text("out.csv", "done");
        unlink("out.csv");
        can_be_nameless = false;
    }
    can_be_nameless = true;
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
        assert_int_equal(sfd_outfile_open(&f, "/dev/full", &err), SFD_OK);
        fwrite(text, 1, n, sfd_outfile_stream(f));
        assert_int_equal(sfd_outfile_flush(f, &err), SFD_ERR_IO);
        assert_non_null(strstr(err.message, "/dev/full: cannot write: No space left"));
        sfd_outfile_discard(f);
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
    sfd_status (*const ways[])(sfd_mapping *, const char *, sfd_error *) = {sfd_load_file,
                                                                            sfd_reserve_file};
    for (int i = 0; i < 2; i++) {
        write_file("in", "0123456789");
        assert_int_equal(ways[i](&m, "in", &err), SFD_OK);
        assert_int_equal(m.n_bytes, 10);
        assert_true(i < 1 || sfd_mapping_load(&m, 0, 10));
        assert_memory_equal(m.data, "0123456789", 10);
        sfd_unmap(&m);
        assert_int_equal(ways[i](&m, ".", &err), SFD_ERR_IO);
        assert_non_null(strstr(err.message, "directory"));
        assert_int_equal(ways[i](&m, "/dev/null", &err), SFD_ERR_IO);
        write_file("in", "");
        assert_int_equal(ways[i](&m, "in", &err), SFD_OK);
        assert_null(m.data);
        sfd_unmap(&m);
    }
    unlink("in");
}

/* Whoever makes a file shorter while it is read costs us the rest of it, not the process. */
static void test_reading_what_shrinks(void **state)
{
    (void)state;
    enum { N = 3 << 20, KEPT = 4096 };
    char *text = malloc(N + 1);
    sfd_mapping loaded, reserved;
    sfd_error err;
    assert_non_null(text);
    memset(text, 'a', N);
    text[N] = '\0';
    write_file("in", text);
    assert_int_equal(sfd_load_file(&loaded, "in", &err), SFD_OK);
    assert_int_equal(sfd_reserve_file(&reserved, "in", &err), SFD_OK);
    assert_int_equal(reserved.n_bytes, N);
    assert_true(sfd_mapping_load(&reserved, 1000, 100));
    assert_int_equal(truncate("in", KEPT), 0);
    assert_memory_equal(loaded.data, text, N);
    assert_memory_equal(reserved.data + 1000, text, 100);
    assert_true(sfd_mapping_load(&reserved, 0, KEPT));
    assert_false(sfd_mapping_load(&reserved, KEPT, 1));
    assert_false(sfd_mapping_load(&reserved, 0, N));
    assert_int_equal(reserved.data[N - 1], 0);
    sfd_unmap(&loaded);
    sfd_unmap(&reserved);
    free(text);
    unlink("in");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_replaces_when_complete),
                                       cmocka_unit_test(test_discard_leaves_nothing),
                                       cmocka_unit_test(test_permissions_follow_umask),
                                       cmocka_unit_test(test_an_existing_file_keeps_its_mode),
                                       cmocka_unit_test(test_a_link_stays),
                                       cmocka_unit_test(test_a_hard_link_keeps_the_old),
                                       cmocka_unit_test(test_names_as_long_as_the_system_allows),
                                       cmocka_unit_test(test_hidden_files),
                                       cmocka_unit_test(test_what_killed_runs_leave),
                                       cmocka_unit_test(test_full_disk),
                                       cmocka_unit_test(test_unwritable),
                                       cmocka_unit_test(test_reading),
                                       cmocka_unit_test(test_reading_what_shrinks)};
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
