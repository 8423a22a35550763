/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of our own: SLOWFAST.LATERAL and SLOWFAST.LATERAL_MERGE. */
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

static const char *section(char yaml[256], const char *slowfast)
{
    snprintf(yaml, 256, "SLOWFAST: {%s}\n", slowfast);
    return yaml;
}

static void expect(const char *slowfast, sfd_lateral lateral, sfd_merge merge)
{
    sfd_net_config c;
    char yaml[256];
    expect_ok(&c, section(yaml, slowfast));
    assert_int_equal(c.lateral, lateral);
    assert_int_equal(c.lateral_merge, merge);
    expect_recorded(&c);
}

static void names_are_read_and_recorded(void **state)
{
    (void)state;
    expect("ALPHA: 8", SFD_LATERAL_CONV, SFD_MERGE_CONCAT);
    expect("LATERAL: conv, LATERAL_MERGE: concat", SFD_LATERAL_CONV, SFD_MERGE_CONCAT);
    expect("LATERAL: sample", SFD_LATERAL_SAMPLE, SFD_MERGE_CONCAT);
    expect("LATERAL: to_channel", SFD_LATERAL_TO_CHANNEL, SFD_MERGE_CONCAT);
    expect("LATERAL: to_channel, LATERAL_MERGE: sum", SFD_LATERAL_TO_CHANNEL, SFD_MERGE_SUM);
    expect("LATERAL: none", SFD_LATERAL_NONE, SFD_MERGE_CONCAT);
    /* a convolution to as many channels as the slow pathway has */
    expect("FUSION_CONV_CHANNEL_RATIO: 8, LATERAL_MERGE: sum", SFD_LATERAL_CONV, SFD_MERGE_SUM);
}

static void expect_refused(const char *slowfast, sfd_status status, const char *part)
{
    char yaml[256];
    expect_failure(section(yaml, slowfast), status, part);
}

static void sums_want_equal_channels(void **state)
{
    (void)state;
    const char *wanted = "as many lateral channels as the slow pathway has, 64, not ";
    char part[96];
    snprintf(part, sizeof part, "%s16", wanted);
    expect_refused("LATERAL_MERGE: sum", SFD_ERR_FORMAT, part);
    snprintf(part, sizeof part, "%s8", wanted);
    expect_refused("LATERAL: sample, LATERAL_MERGE: sum", SFD_ERR_FORMAT, part);
    snprintf(part, sizeof part, "%s128", wanted);
    expect_refused("LATERAL: to_channel, LATERAL_MERGE: sum, BETA_INV: 4", SFD_ERR_FORMAT, part);
    expect_refused("LATERAL: convolution", SFD_ERR_UNSUPPORTED,
                   "is not supported; supported: conv, sample, to_channel");
    expect_refused("LATERAL_MERGE: mean", SFD_ERR_UNSUPPORTED,
                   "is not supported; supported: concat, sum");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_read_and_recorded),
                                       cmocka_unit_test(sums_want_equal_channels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
