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

static sfd_status parse(sfd_net_config *c, const char *slowfast, sfd_error *err)
{
    char yaml[256];
    *err = (sfd_error){0};
    snprintf(yaml, sizeof yaml, "SLOWFAST: {%s}\n", slowfast);
    return sfd_net_config_parse(c, yaml, strlen(yaml), "net.yaml", NULL, err);
}

static void expect(const char *slowfast, sfd_lateral lateral, sfd_merge merge)
{
    sfd_net_config c, again;
    sfd_error err;
    if (parse(&c, slowfast, &err) != SFD_OK)
        fail_msg("refused: %s", err.message);
    assert_int_equal(c.lateral, lateral);
    assert_int_equal(c.lateral_merge, merge);
    char *json = sfd_net_config_to_json(&c);
    assert_non_null(json);
    assert_int_equal(sfd_net_config_from_json(&again, json, "weights", &err), SFD_OK);
    assert_memory_equal(&again, &c, sizeof c);
    free(json);
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

static void expect_failure(const char *slowfast, const char *part)
{
    sfd_net_config c;
    sfd_error err;
    if (parse(&c, slowfast, &err) == SFD_OK || !strstr(err.message, part))
        fail_msg("'%s' gave '%s'; wanted '%s'", slowfast, err.message, part);
}

static void sums_want_equal_channels(void **state)
{
    (void)state;
    const char *wanted = "as many lateral channels as the slow pathway has, 64, not ";
    char part[96];
    snprintf(part, sizeof part, "%s16", wanted);
    expect_failure("LATERAL_MERGE: sum", part);
    snprintf(part, sizeof part, "%s8", wanted);
    expect_failure("LATERAL: sample, LATERAL_MERGE: sum", part);
    snprintf(part, sizeof part, "%s128", wanted);
    expect_failure("LATERAL: to_channel, LATERAL_MERGE: sum, BETA_INV: 4", part);
    expect_failure("LATERAL: convolution", "is not supported; supported: conv, sample, to_channel");
    expect_failure("LATERAL_MERGE: mean", "is not supported; supported: concat, sum");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names_are_read_and_recorded),
                                       cmocka_unit_test(sums_want_equal_channels)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
