/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal text against printf in the C locale. */
#include "base/decimal.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_scores_as_printf(void **state)
{
    (void)state;
    test_random random = {7};
    char text[SFD_DECIMAL_CHARS], expected[64];
    for (int i = 0; i < 200000; i++) {
        uint32_t bits = random_u32(&random) % 0x3f800001; /* every float of 0..1 */
        float score;
        memcpy(&score, &bits, sizeof score);
        snprintf(expected, sizeof expected, "%.6f", (double)score);
        assert_string_equal(sfd_format_fixed6(text, (double)score), expected);
    }
}

static void test_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},
                 {902, "902"},
                 {0.5, "0.5"},
                 {-0.25, "-0.25"},
                 {0.31, "0.31"},
                 {100, "100"},
                 {1e-7, "0"},
                 {-1e-7, "0"},
                 {1e9, "1000000000"},
                 {0.000001, "0.000001"},
                 {33.366667, "33.366667"}};
    char text[SFD_DECIMAL_CHARS];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(sfd_format_short(text, cases[i].value), cases[i].text);
}

/* 0.1 is no sum of powers of two: it takes all digits to tell it from its neighbour. */
static void test_exact(void **state)
{
    (void)state;
    char text[SFD_DECIMAL_CHARS];
    assert_string_equal(sfd_format_double(text, 0.25), "0.25");
    assert_string_equal(sfd_format_double(text, 0.1), "0.10000000000000001");
    assert_string_equal(sfd_format_double(text, 1.0 / 3), "0.33333333333333331");
    assert_string_equal(sfd_format_exact(text, 0.1), "0.1");
    assert_string_equal(sfd_format_exact(text, 1.0 / 3), "0.33333333333333331");
    assert_string_equal(sfd_format_float(text, 0.1F), "0.100000001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scores_as_printf),
                                       cmocka_unit_test(test_short), cmocka_unit_test(test_exact)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
