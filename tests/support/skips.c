/* SPDX-License-Identifier: Apache-2.0 */
/* Linked into every test program by sfd_test(), around cmocka's own functions (ld's --wrap), so
 * that no program can forget it: one that skipped a test exits with 77, which CTest shows as
 * skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { EXIT_SKIPPED = 77 };

static int n_skipped;

void __real__skip(const char *file, int line);
void __wrap__skip(const char *file, int line);
int __real__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t n,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t n,
                                   CMFixtureFunction setup, CMFixtureFunction teardown);

void __wrap__skip(const char *file, int line)
{
    n_skipped++;
    __real__skip(file, line);
}

/* cmocka returns the number of failures, of which a program's exit status keeps eight bits only. */
int __wrap__cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests, size_t n,
                                   CMFixtureFunction setup, CMFixtureFunction teardown)
{
    if (__real__cmocka_run_group_tests(name, tests, n, setup, teardown) != 0)
        return 1;
    return n_skipped > 0 ? EXIT_SKIPPED : 0;
}
