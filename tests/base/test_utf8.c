/* SPDX-License-Identifier: Apache-2.0 */
/* Text made printable, and made UTF-8, whatever it was. */
#include "base/error.h"
#include "base/notes.h"
#include "base/utf8.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void makes_text_printable(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"a\tb\x1b[0m\x7f", "a?b?[0m?"},
        {"\xC3\xA9\xC3", "\xC3\xA9?"},
        {"\xE2\x82x\xFF", "??x?"},
        {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
        {"\xC2\x9B"
         "31m\xC2\x80\xC2\x9F\xC2\xA0",
         "?31m??\xC2\xA0"}, /* C1 */
        {"\xE2\x80\xAE"
         "exe\xE2\x81\xA6\xD8\x9C\xE2\x80\x8F",
         "?exe???"},                                                          /* bidi */
        {"\xE2\x80\x8D\xE2\x80\xA8\xE2\x80\xA9", "\xE2\x80\x8D??"},           /* lines */
        {"a\xEF\xBB\xBF\xE2\x80\x8B\xE2\x81\xA0\xF3\xA0\x81\xA1z", "a????z"}, /* no room */
        {"\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD", "??\xEF\xBF\xBD"},           /* XML */
        {"\xED\xA0\x80\xC0\xAF\xF4\x90\x80\x80", "?????"
                                                 "????"}, /* no UTF-8 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        strcpy(text, cases[i][0]);
        sfd_make_printable(text);
        assert_string_equal(text, cases[i][1]);
    }
}

static void escapes_what_is_no_utf8(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"caf\xC3\xA9,\"\n\x1b", "caf\xC3\xA9,\"\n\x1b"},
        {"caf\xE9", "caf\\xE9"},
        {"\xE2\x82", "\\xE2\\x82"},
        {"\xF0\x9F\x98x", "\\xF0\\x9F\\x98x"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *copy = sfd_utf8_copy(cases[i][0]);
        assert_string_equal(copy, cases[i][1]);
        free(copy);
    }
}

static bool is_utf8(const char *text)
{
    sfd_utf8_state utf8 = {0};
    return sfd_utf8_prefix(&utf8, text, strlen(text)) == strlen(text) && utf8.pending == 0;
}

/* True when nothing is in it that a terminal could take for a command or a turn of direction. */
static bool is_harmless(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7F || (c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F) ||
            (c[0] == 0xE2 && c[1] == 0x80 && c[2] >= 0xAA && c[2] <= 0xAE) ||
            (c[0] == 0xE2 && c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9))
            return false;
    return true;
}

/* Bytes that meet in bad characters more often than chance. */
static void fill(char *text, size_t n, test_random *seed)
{
    static const unsigned char likely[] = {0xC2, 0x9B, 0x80, 0xE2, 0x81, 0xA6, 0xAE, 0x1B,
                                           0xF0, 0x9F, 0x98, 0xED, 0xA0, 0xC3, 0xA9, 'x'};
    for (size_t i = 0; i < n; i++) {
        const uint32_t r = random_u32(seed);
        text[i] = (char)(r & 0x10000 ? likely[r % sizeof likely] : 1 + r % 255);
    }
    text[n] = '\0';
}

static void random_bytes(void **state)
{
    (void)state;
    test_random seed = {1};
    for (int i = 0; i < 100000; i++) {
        char text[700], copy[700];
        sfd_error err;
        sfd_notes notes = {0};
        fill(text, random_u32(&seed) % (i % 100 ? 40 : 690), &seed);
        strcpy(copy, text);
        sfd_make_printable(copy);
        assert_true(is_utf8(copy) && is_harmless(copy) && strlen(copy) <= strlen(text));
        sfd_fail(&err, SFD_ERR_IO, "%s: %.20s", text, text);
        assert_true(is_utf8(err.message) && is_harmless(err.message));
        assert_int_equal(sfd_notes_add(&notes, NULL, "%s", text), SFD_OK);
        assert_true(is_utf8(notes.lines[0]) && is_harmless(notes.lines[0]));
        sfd_notes_free(&notes);
        char *escaped = sfd_utf8_copy(text);
        assert_true(is_utf8(escaped) && (is_utf8(text) == (strcmp(escaped, text) == 0)));
        free(escaped);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(makes_text_printable),
                                       cmocka_unit_test(escapes_what_is_no_utf8),
                                       cmocka_unit_test(random_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
