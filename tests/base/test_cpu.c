/* SPDX-License-Identifier: Apache-2.0 */
/* The processor's features against Linux's own list, and the names that stand for sets of them. */
#include "base/cpu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__aarch64__)
#define LINE "Features"
#else
#define LINE "flags"
#endif

/* The first processor's line of /proc/cpuinfo, a blank after every name; false without. */
static bool read_flags(char *line, int size)
{
    bool found = false;
    FILE *f = fopen("/proc/cpuinfo", "r");
    while (f && !found && fgets(line, size, f))
        found = strncmp(line, LINE, strlen(LINE)) == 0;
    if (f)
        fclose(f);
    if (found)
        line[strcspn(line, "\n")] = ' ';
    return found;
}

static void test_flags(void **state)
{
    (void)state;
    char flags[8192], name[64];
    if (!read_flags(flags, sizeof flags)) {
        print_message("/proc/cpuinfo tells no " LINE " here\n");
        skip();
    }
    for (unsigned flag = 1; flag <= SFD_CPU_BF16; flag <<= 1) {
        snprintf(name, sizeof name, " %s ", sfd_cpu_flag_name((sfd_cpu_flag)flag));
        const bool listed = strstr(flags, name), found = sfd_cpu_detect() & flag;
        if (listed != found)
            fail_msg("%s: /proc/cpuinfo says %d, we %d", name, listed, found);
    }
}

static void expect_name(unsigned cpu, const char *want)
{
    assert_string_equal(sfd_cpu_name(cpu), want);
}

/* The best set that is there as a whole; half of one counts as the one below. */
static void test_names(void **state)
{
    (void)state;
    const unsigned x86 = SFD_CPU_ASIMD - 1;
    expect_name(SFD_CPU_SCALAR, "scalar");
    expect_name(SFD_CPU_AVX2, "scalar");
    expect_name(SFD_CPU_NEEDS_AVX2, "avx2");
    expect_name(SFD_CPU_NEEDS_AVX2 | SFD_CPU_AVX512F | SFD_CPU_AVX512_VNNI, "avx2");
    expect_name(SFD_CPU_NEEDS_AVX512, "avx512");
    expect_name(SFD_CPU_NEEDS_AVX512 & ~(unsigned)SFD_CPU_FMA, "scalar");
    expect_name(x86 & ~(unsigned)SFD_CPU_AVX512_BF16, "avx512");
    expect_name(x86, "avx512_bf16");
    expect_name(SFD_CPU_ASIMD, "neon");
    expect_name(SFD_CPU_ASIMD | SFD_CPU_BF16, "neon");
    expect_name(SFD_CPU_ASIMD | SFD_CPU_ASIMDDP, "neon_dot");
    expect_name(SFD_CPU_ASIMD | SFD_CPU_ASIMDDP | SFD_CPU_BF16, "neon_dot");
    expect_name(SFD_CPU_ASIMD | SFD_CPU_ASIMDDP | SFD_CPU_I8MM, "neon_i8mm");
    expect_name(SFD_CPU_NEEDS_NEON_BF16, "neon_bf16");
}

static void test_choice(void **state)
{
    (void)state;
    static const char *const names[] = {"scalar", "avx2",     "avx512",    "avx512_bf16",
                                        "neon",   "neon_dot", "neon_i8mm", "neon_bf16"};
    static const unsigned needs[] = {SFD_CPU_SCALAR,          SFD_CPU_NEEDS_AVX2,
                                     SFD_CPU_NEEDS_AVX512,    SFD_CPU_NEEDS_AVX512_BF16,
                                     SFD_CPU_NEEDS_NEON,      SFD_CPU_NEEDS_NEON_DOT,
                                     SFD_CPU_NEEDS_NEON_I8MM, SFD_CPU_NEEDS_NEON_BF16};
    const unsigned here = sfd_cpu_detect();
    unsigned cpu;
    sfd_error err;
    assert_int_equal(unsetenv("SFD_CPU"), 0);
    assert_int_equal(sfd_cpu_choose(&cpu, NULL, &err), SFD_OK);
    assert_int_equal(cpu, here);
    for (int i = 0; i < 8; i++) {
        const bool has = (needs[i] & ~here) == 0;
        assert_int_equal(sfd_cpu_choose(&cpu, names[i], &err), has ? SFD_OK : SFD_ERR_UNSUPPORTED);
        if (!has)
            assert_non_null(strstr(err.message, "this machine has no"));
        else
            expect_name(cpu, names[i]);
        assert_int_equal(setenv("SFD_CPU", names[i], 1), 0);
        unsigned by_environment;
        assert_int_equal(sfd_cpu_choose(&by_environment, NULL, &err),
                         has ? SFD_OK : SFD_ERR_UNSUPPORTED);
        assert_int_equal(by_environment, cpu);
        assert_int_equal(sfd_cpu_choose(&by_environment, "scalar", &err), SFD_OK);
        assert_int_equal(by_environment, SFD_CPU_SCALAR);
    }
    assert_int_equal(sfd_cpu_choose(&cpu, "sse9", &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message,
                           "\"sse9\" is not one of scalar, avx2, avx512, avx512_bf16, neon, "
                           "neon_dot, neon_i8mm, neon_bf16"));
    assert_int_equal(setenv("SFD_CPU", "", 1), 0);
    assert_int_equal(sfd_cpu_choose(&cpu, NULL, &err), SFD_OK);
    assert_int_equal(cpu, here);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flags), cmocka_unit_test(test_names),
                                       cmocka_unit_test(test_choice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
