/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is one csv field that reads back as it was. */
#include "base/csv.h"
#include "base/csv_write.h"
#include "base/utf8.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(quotes_only_where_needed),
                                       cmocka_unit_test(random_texts_come_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
