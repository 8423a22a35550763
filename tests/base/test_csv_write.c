/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is one csv field that reads back as it was. */
#include "base/ava_row.h"
#include "base/csv.h"
#include "base/csv_write.h"
#include "base/utf8.h"
#include "support/random.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char *field_of(const char *text)
{
    char *field;
    size_t n;
    FILE *out = open_memstream(&field, &n);
    assert_non_null(out);
    sfd_csv_write_text(out, text);
    fclose(out);
    return field;
}

static void quotes_only_where_needed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"clip", "clip"},
                                           {"a b'c;d", "a b'c;d"},
                                           {"a,b", "\"a,b\""},
                                           {"say \"x\"", "\"say \"\"x\"\"\""},
                                           {"a\nb\rc", "\"a\nb\rc\""},
                                           {" a", "\" a\""},
                                           {"a\t", "\"a\t\""},
                                           {"caf\xE9", "caf\\xE9"},
                                           {"", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *field = field_of(cases[i][0]);
        assert_string_equal(field, cases[i][1]);
        free(field);
    }
}

static sfd_status compare(void *user, const sfd_csv_row *row, sfd_error *err)
{
    (void)err;
    assert_int_equal(row->n_fields, 2);
    assert_string_equal(row->fields[1].text, (const char *)user);
    assert_string_equal(row->fields[0].text, "1");
    return SFD_OK;
}

/* Line ends of all kinds are read as LF, as in Python's text files. */
static void unify_line_ends(char *text)
{
    char *to = text;
    for (const char *c = text; *c; c++) {
        const bool cr = *c == '\r';
        c += cr && c[1] == '\n';
        *to++ = cr ? '\n' : *c;
    }
    *to = '\0';
}

static void random_texts_come_back(void **state)
{
    (void)state;
    static const char likely[] = ",\"\n\r \tax\xE9\xC3\xA9\xEF\xBB\xBF";
    test_random r = {1};
    for (int i = 0; i < 20000; i++) {
        char text[32], row[256];
        const int n = random_int(&r, 1, 20);
        for (int k = 0; k < n; k++)
            text[k] = random_u32(&r) & 1 ? likely[random_int(&r, 0, sizeof likely - 2)]
                                         : (char)random_int(&r, 1, 255);
        text[n] = '\0';
        char *field = field_of(text), *want = sfd_utf8_copy(text);
        const int length = snprintf(row, sizeof row, "1,%s\n", field);
        unify_line_ends(want);
        assert_int_equal(sfd_csv_parse("row", row, (size_t)length, compare, want, NULL), SFD_OK);
        free(field);
        free(want);
    }
}

/* ---- a video's name within AVA's rows */

static sfd_status keep_name(void *user, const sfd_csv_row *row, sfd_error *err)
{
    (void)err;
    assert_int_equal(row->n_fields, 6);
    strcpy(user, row->fields[0].text);
    return SFD_OK;
}

static void blanks_of_names_come_back(void **state)
{
    (void)state;
    static const char *const names[] = {"a", " a", "a ", "\ta ", " ", "a,b ", "  \"x\" "};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char row[100], found[100];
        char *field = field_of(names[i]);
        const int n = snprintf(row, sizeof row, "%s,1,0,0,\" 1\", 1\n", field);
        assert_int_equal(sfd_ava_parse("row", row, (size_t)n, keep_name, found, NULL, NULL),
                         SFD_OK);
        assert_string_equal(found, names[i]);
        free(field);
    }
    static const char bare[] = " a\t,1,0,0,1,1\n";
    char found[100];
    assert_int_equal(sfd_ava_parse("row", bare, strlen(bare), keep_name, found, NULL, NULL),
                     SFD_OK);
    assert_string_equal(found, "a");
}

static sfd_status count_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    (void)row;
    (void)err;
    (*(int *)user)++;
    return SFD_OK;
}

/* Files put one behind another; a row of words that is no header is a row. */
static void headers_are_no_content(void **state)
{
    (void)state;
    static const char rows[] = "video_id,timestamp,x1,y1,x2,y2\nv,1,0,0,1,1\n"
                               "Video_ID,timestamp,x1,y1,x2,y2\nv,2,0,0,1,1\nv,one,a,b,c,d\n";
    int n = 0;
    assert_int_equal(sfd_ava_parse("rows", rows, strlen(rows), count_row, &n, NULL, NULL), SFD_OK);
    assert_int_equal(n, 3);
}

/* ---- terminals */

static void terminals_get_printable_text(void **state)
{
    (void)state;
    char seen[100] = "";
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        skip();
    FILE *terminal = fopen(ptsname(master), "w");
    assert_non_null(terminal);
    sfd_csv_write_text(terminal, "a\033[2Jb\xC3\xA9\n");
    fflush(terminal);
    assert_true(read(master, seen, sizeof seen - 1) > 0);
    assert_string_equal(seen, "a?[2Jb\xC3\xA9?");
    fclose(terminal);
    close(master);
    char *field = field_of("a\033[2Jb");
    assert_string_equal(field, "a\033[2Jb");
    free(field);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_only_where_needed), cmocka_unit_test(random_texts_come_back),
        cmocka_unit_test(blanks_of_names_come_back), cmocka_unit_test(headers_are_no_content),
        cmocka_unit_test(terminals_get_printable_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
