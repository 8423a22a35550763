/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of callers compiled against older, newer and no headers. */
#include "base/settings.h"

#include <sfdet/eval.h>
#include <sfdet/train.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct old_settings { /* before `added` */
    size_t struct_size;
    int given;
} old_settings;

typedef struct settings {
    size_t struct_size;
    int given;
    double added;
} settings;

static const settings defaults = {.given = 1, .added = 2.5};

static void test_fill(void **state)
{
    (void)state;
    settings s;
    struct {
        old_settings s;
        int guard;
    } old = {.guard = 77};
    sfd_settings_fill(&s, sizeof s, &defaults, sizeof defaults);
    assert_int_equal(s.struct_size, sizeof s);
    assert_int_equal(s.given, 1);
    assert_true(s.added == 2.5);
    sfd_settings_fill(&old.s, sizeof old.s, &defaults, sizeof defaults);
    assert_int_equal(old.s.struct_size, sizeof old.s);
    assert_int_equal(old.s.given, 1);
    assert_int_equal(old.guard, 77);
}

static void test_take(void **state)
{
    (void)state;
    settings own = defaults;
    own.struct_size = sizeof own;
    assert_int_equal(sfd_settings_take(&own, sizeof own, NULL, "settings", NULL), SFD_OK);
    assert_int_equal(own.given, 1);

    const settings now = {sizeof now, 5, 7};
    assert_int_equal(sfd_settings_take(&own, sizeof own, &now, "settings", NULL), SFD_OK);
    assert_int_equal(own.given, 5);
    assert_true(own.added == 7);

    const old_settings old = {sizeof old, 6};
    own = defaults;
    assert_int_equal(sfd_settings_take(&own, sizeof own, &old, "settings", NULL), SFD_OK);
    assert_int_equal(own.given, 6);
    assert_true(own.added == 2.5);
    assert_int_equal(own.struct_size, sizeof own);
}

/* What this library does not know is refused, unless it is at its default of zero. */
static void test_take_newer(void **state)
{
    (void)state;
    old_settings own = {sizeof own, 1};
    settings newer = {sizeof newer, 3, 0};
    sfd_error err;
    assert_int_equal(sfd_settings_take(&own, sizeof own, &newer, "settings", NULL), SFD_OK);
    assert_int_equal(own.given, 3);
    newer.added = 1;
    assert_int_equal(sfd_settings_take(&own, sizeof own, &newer, "settings", &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "settings: has settings that libsfdet "));
}

static void test_forgotten_defaults(void **state)
{
    (void)state;
    sfd_eval_settings s = {.dialect = SFD_EVAL_MMACTION2};
    sfd_train_settings train;
    sfd_eval *e;
    sfd_error err;
    assert_int_equal(sfd_eval_create(&e, &s, &err), SFD_ERR_ARG);
    assert_string_equal(err.message, "sfd_eval_settings: struct_size is 0; "
                                     "sfd_eval_settings_defaults() was not called");
    memset(&train, 0xA5, sizeof train);
    assert_int_equal(sfd_train_run(&train, &err), SFD_ERR_ARG);
    assert_non_null(strstr(err.message, "sfd_train_settings_defaults() was not called"));
    assert_int_equal(sfd_eval_create(&e, NULL, &err), SFD_OK);
    sfd_eval_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_take),
        cmocka_unit_test(test_take_newer),
        cmocka_unit_test(test_forgotten_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
