/* SPDX-License-Identifier: Apache-2.0 */
/* Names and their numbers. */
#include "base/name_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N 20000

static void finds_what_was_added(void **state)
{
    (void)state;
    static char names[N][16];
    sfd_name_table t = {0};
    size_t number;
    assert_false(sfd_name_table_find(&t, "n0", &number));
    for (size_t i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "n%zu", i);
        assert_true(sfd_name_table_add(&t, names[i], i));
    }
    for (size_t i = 0; i < N; i++)
        assert_true(sfd_name_table_find(&t, names[i], &number) && number == i);
    assert_false(sfd_name_table_find(&t, "", &number));
    assert_false(sfd_name_table_find(&t, "n20000", &number));
    sfd_name_table_free(&t);
    assert_false(sfd_name_table_find(&t, "n1", &number));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_what_was_added)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
