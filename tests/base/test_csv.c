/* SPDX-License-Identifier: Apache-2.0 */
/* csv rows: Python's rules of splitting, line numbers, limits, gzip. */
#include "base/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

/* Rows written as "LINE:[field][field]" so that a whole file compares as one string. */
typedef struct dump {
    char text[4096];
    size_t n;
} dump;

static sfd_status dump_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    (void)err;
    dump *d = user;
    d->n += (size_t)snprintf(d->text + d->n, sizeof d->text - d->n,
                             "%llu:", (unsigned long long)row->line);
    for (size_t i = 0; i < row->n_fields; i++) {
        assert_int_equal(strlen(row->fields[i].text), row->fields[i].length);
        d->n +=
            (size_t)snprintf(d->text + d->n, sizeof d->text - d->n, "[%s]", row->fields[i].text);
    }
    return SFD_OK;
}

static void check(const char *text, const char *expected)
{
    dump d = {.n = 0};
    sfd_error err;
    assert_int_equal(sfd_csv_parse("t.csv", text, strlen(text), dump_row, &d, &err), SFD_OK);
    assert_string_equal(d.text, expected);
}

static void splits_as_python(void **state)
{
    (void)state;
    check("", "");
    check("a,b\nc\n", "1:[a][b]2:[c]");
    check("a,b", "1:[a][b]");
    check("a,\n", "1:[a][]");
    check(",\n,", "1:[][]2:[][]");
    check(" a , b\t\n", "1:[ a ][ b\t]");
    check("a\n\nb\n", "1:[a]2:3:[b]");
    check("\n", "1:");
    check(" \n", "1:[ ]");
    check("a\r\nb\rc\r\r\nd", "1:[a]2:[b]3:[c]4:5:[d]");
    check("\xEF\xBB\xBF"
          "a,b",
          "1:[\xEF\xBB\xBF"
          "a][b]");
}

static void quotes_as_python(void **state)
{
    (void)state;
    check("\"a,b\",c\n", "1:[a,b][c]");
    check("\"a\"\"b\",c\n", "1:[a\"b][c]");
    check("\"\"\n\"\",x\n", "1:[]2:[][x]");
    check("\"a\nb\",c\nd\n", "1:[a\nb][c]3:[d]");
    check("\"a\r\nb\rc\"\nd\n", "1:[a\nb\nc]4:[d]");
    check("\"a\"b,c\n", "1:[ab][c]");
    check("\"a\"b\"c\",d\n", "1:[ab\"c\"][d]");
    check("\"a\" ,b\n", "1:[a ][b]");
    check("\"a,\"b,c\nd\n", "1:[a,b][c]2:[d]");
    check("a\"b\"c,\"d\n", "1:[a\"b\"c][d\n]");
    check(" \"a,b\"\n", "1:[ \"a][b\"]");
    check("\"a\"\"", "1:[a\"]");
    check("\"a\"", "1:[a]");
    check("\"\"x\"\"\n", "1:[x\"\"]");
    check("\xEF\xBB\xBF\"a,\"\"b\",c\n\"d\"", "1:[\xEF\xBB\xBF"
                                              "a,\"b][c]2:[d]"); /* Python does not */
}

/* Rows that start with "p" are padding that moves the end of a 128 KiB chunk through the tail. */
static sfd_status dump_tail(void *user, const sfd_csv_row *row, sfd_error *err)
{
    return row->fields[0].text[0] == 'p' ? SFD_OK : dump_row(user, row, err);
}

static void chunk_boundaries_do_not_matter(void **state)
{
    (void)state;
    static const char tail[] = "\"a\"\"b\"c\"d\",\xC3\xA9\r\n\"x\r\ny\"\r\nz";
    enum { CHUNK = 128 * 1024, N_TAIL = sizeof tail - 1 };
    char *text = malloc(CHUNK + N_TAIL), expected[200];
    assert_non_null(text);
    for (size_t cut = 0; cut <= N_TAIL; cut++) {
        size_t n_pad = CHUNK - cut, n_lines = n_pad / 1000 + 1;
        memset(text, 'p', n_pad);
        for (size_t i = 999; i < n_pad - 1; i += 1000)
            text[i] = '\n';
        text[n_pad - 1] = '\n';
        memcpy(text + n_pad, tail, N_TAIL);
        dump d = {.n = 0};
        sfd_error err;
        assert_int_equal(sfd_csv_parse("t.csv", text, n_pad + N_TAIL, dump_tail, &d, &err), SFD_OK);
        snprintf(expected, sizeof expected, "%zu:[a\"bc\"d\"][\xC3\xA9]%zu:[x\ny]%zu:[z]",
                 n_lines + 1, n_lines + 2, n_lines + 4);
        assert_string_equal(d.text, expected);
    }
    free(text);
}

static void check_error(const char *text, size_t n, const char *message)
{
    dump d = {.n = 0};
    sfd_error err;
    assert_int_equal(sfd_csv_parse("t.csv", text, n, dump_row, &d, &err), SFD_ERR_FORMAT);
    assert_string_equal(err.message, message);
}

static void refuses_what_is_not_utf8(void **state)
{
    (void)state;
    check("\xF0\x9F\x98\x80,\xED\x9F\xBF\n", "1:[\xF0\x9F\x98\x80][\xED\x9F\xBF]");
    check_error("a\nb\xFF\n", 5, "t.csv: line 2: byte 0xFF is not valid UTF-8 text");
    check_error("\xC0\x80\n", 3, "t.csv: line 1: byte 0xC0 is not valid UTF-8 text");
    check_error("\xED\xA0\x80\n", 4, "t.csv: line 1: byte 0xA0 is not valid UTF-8 text");
    check_error("\xFF\xFE"
                "a\0\n\0",
                6, "t.csv: is UTF-16 text, wanted UTF-8");
    check_error("\0a\0,\0b\0\n", 8, "t.csv: is UTF-16 text, wanted UTF-8");
    check_error("a\0,\0b\0\n\0", 8, "t.csv: is UTF-16 text, wanted UTF-8");
    check_error("\xFF\xFE\0\0a\0\0\0", 8, "t.csv: is UTF-32 text, wanted UTF-8");
    check_error("a\ra\xC3", 4, "t.csv: line 2: ends inside a UTF-8 character");
}

static void bounds_rows(void **state)
{
    (void)state;
    size_t n = 3 * SFD_CSV_MAX_ROW_BYTES;
    char *text = malloc(n);
    assert_non_null(text);
    memset(text, ',', n);
    text[0] = '\n';
    check_error(text, SFD_CSV_MAX_FIELDS + 1, "t.csv: line 2: more than 1024 columns");
    memset(text, 'x', n);
    check_error(text, n, "t.csv: line 1: field of more than 1048576 bytes");
    text[0] = '"';
    check_error(text, n,
                "t.csv: line 1: field of more than 1048576 bytes, is a closing quote missing?");
    text[0] = 'x';
    text[n / 4] = text[n / 2] = ',';
    check_error(text, n / 2 + 1, "t.csv: line 1: row of more than 1048576 bytes");
    free(text);
}

static sfd_status stop_at_two(void *user, const sfd_csv_row *row, sfd_error *err)
{
    (*(int *)user)++;
    return row->line == 2 ? sfd_csv_fail(err, row, 1, "x1", "a number") : SFD_OK;
}

static void stops_where_the_callback_says(void **state)
{
    (void)state;
    int calls = 0;
    sfd_error err;
    assert_int_equal(sfd_csv_parse("t.csv", "a,1\nb,oh\nc,2\n", 13, stop_at_two, &calls, &err),
                     SFD_ERR_FORMAT);
    assert_int_equal(calls, 2);
    assert_string_equal(err.message, "t.csv: line 2, column 2 (x1): \"oh\" is not a number");
}

static void temporary_file(char path[32], const void *bytes, size_t n)
{
    strcpy(path, "/tmp/sfd_test_csv_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static void reads_gzip_by_content(void **state)
{
    (void)state;
    char path[32];
    temporary_file(path, "", 0);
    gzFile out = gzopen(path, "wb");
    assert_non_null(out);
    for (int i = 0; i < 50000; i++)
        gzputs(out, "p,1\n");
    gzputs(out, "a,b\n");
    gzclose(out);
    dump d = {.n = 0};
    sfd_error err;
    assert_int_equal(sfd_csv_read(path, dump_tail, &d, &err), SFD_OK);
    assert_string_equal(d.text, "50001:[a][b]");
    assert_int_equal(truncate(path, 100), 0);
    assert_int_equal(sfd_csv_read(path, dump_tail, &d, &err), SFD_ERR_FORMAT);
    assert_non_null(strstr(err.message, "the gzip data ends too early"));
    unlink(path);
}

static sfd_status count_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    (void)row;
    (void)err;
    ++*(size_t *)user;
    return SFD_OK;
}

static void refuses_what_unpacks_without_end(void **state)
{
    (void)state;
    char path[32];
    size_t n = 0;
    sfd_error err;
    temporary_file(path, "", 0);
    gzFile out = gzopen(path, "wb");
    assert_non_null(out);
    for (int i = 0; i < 4000000; i++)
        gzputs(out, "clip,1\n");
    gzclose(out);
    assert_int_equal(sfd_csv_read(path, count_row, &n, &err), SFD_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "more than 64 times their size"));
    assert_true(n < 3000000);
    unlink(path);
}

static void names_files_it_cannot_read(void **state)
{
    (void)state;
    dump d = {.n = 0};
    sfd_error err;
    assert_int_equal(sfd_csv_read("no/such.csv", dump_row, &d, &err), SFD_ERR_IO);
    assert_string_equal(err.message, "no/such.csv: cannot open: No such file or directory");
    assert_int_equal(sfd_csv_read(".", dump_row, &d, &err), SFD_ERR_IO);
    assert_string_equal(err.message, ".: is a directory, a csv file was wanted");
}

static void reads_plain_files(void **state)
{
    (void)state;
    char path[32];
    temporary_file(path, "a,b\nc", 5);
    dump d = {.n = 0};
    sfd_error err;
    assert_int_equal(sfd_csv_read(path, dump_row, &d, &err), SFD_OK);
    assert_string_equal(d.text, "1:[a][b]2:[c]");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_as_python),
        cmocka_unit_test(quotes_as_python),
        cmocka_unit_test(chunk_boundaries_do_not_matter),
        cmocka_unit_test(refuses_what_is_not_utf8),
        cmocka_unit_test(bounds_rows),
        cmocka_unit_test(stops_where_the_callback_says),
        cmocka_unit_test(reads_plain_files),
        cmocka_unit_test(reads_gzip_by_content),
        cmocka_unit_test(refuses_what_unpacks_without_end),
        cmocka_unit_test(names_files_it_cannot_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
