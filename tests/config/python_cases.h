/* SPDX-License-Identifier: Apache-2.0 */
/* MMAction2's Python configs written out in tests. To be included behind <cmocka.h>. */
#ifndef SFD_TESTS_CONFIG_PYTHON_CASES_H
#define SFD_TESTS_CONFIG_PYTHON_CASES_H

#include "config/load.h"
#include "config/mmaction2.h"

#include <string.h>

static inline sfd_status parse(sfd_net_config *c, const char *text, sfd_error *err)
{
    *err = (sfd_error){0};
    sfd_net_config_load(c, "mmaction2_slowonly_r50_4x16_ava", NULL, err);
    sfd_status status = sfd_mmaction2_config_parse_over(c, text, strlen(text), "net.py", NULL, err);
    return status == SFD_OK ? sfd_net_config_check(c, err) : status;
}

static inline void expect_ok(sfd_net_config *c, const char *text)
{
    sfd_error err;
    if (parse(c, text, &err) != SFD_OK)
        fail_msg("refused: %s\n%s", err.message, text);
}

static inline void expect_refused(const char *text, const char *part)
{
    sfd_net_config c;
    sfd_error err;
    sfd_status status = parse(&c, text, &err);
    if (status == SFD_OK || !strstr(err.message, part))
        fail_msg("status %d, '%s'; wanted '%s' for\n%s", status, err.message, part, text);
}

#endif
