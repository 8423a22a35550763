/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of our own: SLOWFAST.FAST_INPUT and SLOWFAST.FAST_SHRINK. */
#include "config/config.h"
#include "config/json.h"
#include "config/load.h"
#include "config/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/yaml_cases.h"

static void expect(const char *yaml, sfd_fast_input input, int shrink)
{
    sfd_net_config c;
    expect_ok(&c, yaml);
    assert_int_equal(c.fast_input, input);
    assert_int_equal(c.fast_shrink, shrink);
    expect_recorded(&c);
}

static void test_keys(void **state)
{
    (void)state;
    expect("SLOWFAST: {ALPHA: 8}\n", SFD_FAST_INPUT_RGB, 1);
    expect("SLOWFAST: {FAST_INPUT: gray}\n", SFD_FAST_INPUT_GRAY, 1);
    expect("SLOWFAST: {FAST_INPUT: time_difference}\n", SFD_FAST_INPUT_TIME_DIFFERENCE, 1);
    expect("SLOWFAST: {FAST_INPUT: rgb, FAST_SHRINK: 2}\n", SFD_FAST_INPUT_RGB, 2);
    expect("SLOWFAST: {FAST_INPUT: gray, FAST_SHRINK: 2}\n", SFD_FAST_INPUT_GRAY, 2);
    expect("MODEL: {ARCH: slow}\nSLOWFAST: {FAST_SHRINK: 1}\n", SFD_FAST_INPUT_RGB, 1);
    expect("MODEL: {ARCH: fast}\nSLOWFAST: {FAST_INPUT: gray}\n", SFD_FAST_INPUT_GRAY, 1);
}

static void test_bad_values(void **state)
{
    (void)state;
    expect_failure("SLOWFAST: {FAST_INPUT: grey}\n", SFD_ERR_UNSUPPORTED,
                   "net.yaml:1: SLOWFAST.FAST_INPUT: 'grey'");
    expect_failure("SLOWFAST: {FAST_SHRINK: 0}\n", SFD_ERR_FORMAT,
                   "SLOWFAST.FAST_SHRINK is 0, wanted 1 to 2");
    expect_failure("SLOWFAST: {FAST_SHRINK: 3}\n", SFD_ERR_FORMAT,
                   "SLOWFAST.FAST_SHRINK is 3, wanted 1 to 2");
    expect_failure("MODEL: {ARCH: slow}\nSLOWFAST: {FAST_SHRINK: 2}\n", SFD_ERR_FORMAT,
                   "has no fast pathway");
    expect_failure("MODEL: {ARCH: c2d}\nSLOWFAST: {FAST_INPUT: gray}\n", SFD_ERR_FORMAT,
                   "has no fast pathway");
    expect_failure("DATA: {NUM_FRAMES: 1}\nSLOWFAST: {ALPHA: 1, FAST_INPUT: time_difference}\n",
                   SFD_ERR_FORMAT, "differences in time want at least 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys),
                                       cmocka_unit_test(test_bad_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
