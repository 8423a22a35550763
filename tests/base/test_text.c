/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers: strict ones, Python's, correctly rounded; nearest names. */
#include "base/text.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sfdet/common.h>

static void python_floats(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"0.5", 0.5},
        {" .5\t", 0.5},
        {"5.", 5},
        {"+1", 1},
        {"-0", -0.0},
        {"1_2", 12},
        {"1_0.2_5e1_0", 10.25e10},
        {"9.02e2", 902},
        {"INF", INFINITY},
        {"-infinity", -INFINITY},
        {"1e999", INFINITY},
        {"0.1000000000000000055511151231257827021181583404541015625", 0.1},
        {"123456789012345678", 123456789012345678.0},
    };
    static const char *const bad[] = {"",     " ",  "0x10", "1_",    "_1",  "1__2",
                                      "1._5", "1e", "1e_5", "abc",   "1 2", "--1",
                                      "infi", ".",  "1,5",  "nan(1)"};
    double v;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(sfd_parse_python_float(good[i].text, strlen(good[i].text), &v));
        assert_memory_equal(&v, &good[i].value, sizeof v);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (sfd_parse_python_float(bad[i], strlen(bad[i]), &v))
            fail_msg("\"%s\" was accepted", bad[i]);
    assert_true(sfd_parse_python_float("-NaN", 4, &v) && isnan(v));
}

static void python_ints(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long long value;
    } good[] = {{"12", 12},
                {"012", 12},
                {" +902 ", 902},
                {"-3", -3},
                {"1_000", 1000},
                {"999999999999999999999", LLONG_MAX},
                {"-999999999999999999999", LLONG_MIN}};
    static const char *const bad[] = {"", "12.0", "9e2", "0x1F", "1__0", "_1", "+", "1 2", "x"};
    long long v;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(sfd_parse_python_int(good[i].text, strlen(good[i].text), &v));
        assert_true(v == good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (sfd_parse_python_int(bad[i], strlen(bad[i]), &v))
            fail_msg("\"%s\" was accepted", bad[i]);
}

static void short_decimals_are_rounded_as_strtod_does(void **state)
{
    (void)state;
    srand(5);
    for (int i = 0; i < 200000; i++) {
        char text[40];
        int n = snprintf(text, sizeof text, "%s%d.%0*d", rand() % 2 ? "-" : "", rand() % 1000,
                         1 + rand() % 12, rand());
        double fast, exact = strtod(text, NULL);
        assert_true(sfd_parse_double(text, (size_t)n, &fast));
        assert_memory_equal(&fast, &exact, sizeof fast);
    }
}

static void nearest_names(void **state)
{
    (void)state;
    static const char *const names[] = {"--labels", "--dialect", "--iou", "--help"};
    assert_string_equal(sfd_nearest_name("--lables", names, 4), "--labels");
    assert_string_equal(sfd_nearest_name("--iuo", names, 4), "--iou");
    assert_null(sfd_nearest_name("--flip", names, 4));
    assert_null(sfd_nearest_name("zzzzzzzzzzz", names, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python_floats),
        cmocka_unit_test(python_ints),
        cmocka_unit_test(short_decimals_are_rounded_as_strtod_does),
        cmocka_unit_test(nearest_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
