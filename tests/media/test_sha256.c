/* SPDX-License-Identifier: Apache-2.0 */
/* Against the examples of FIPS 180-2. */
#include "media/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void check_text(const char *text, size_t n_times, const char *want)
{
    char path[] = "/tmp/sfdet-test-XXXXXX", got[SFD_SHA256_TEXT];
    sfd_error err;
    FILE *f = fdopen(mkstemp(path), "wb");
    assert_non_null(f);
    for (size_t i = 0; i < n_times; i++)
        fputs(text, f);
    fclose(f);
    assert_int_equal(sfd_sha256_file(got, path, &err), SFD_OK);
    assert_string_equal(got, want);
    unlink(path);
}

static void test_examples(void **state)
{
    (void)state;
    check_text("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_text("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_text("a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_no_file(void **state)
{
    (void)state;
    char text[SFD_SHA256_TEXT];
    sfd_error err;
    assert_int_equal(sfd_sha256_file(text, "/nowhere/at/all", &err), SFD_ERR_IO);
    assert_int_equal(sfd_sha256_file(text, "/tmp", &err), SFD_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples),
                                       cmocka_unit_test(test_no_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
