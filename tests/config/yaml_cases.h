/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations written out in tests. To be included behind <cmocka.h>. */
#ifndef SFD_TESTS_CONFIG_YAML_CASES_H
#define SFD_TESTS_CONFIG_YAML_CASES_H

#include "config/json.h"
#include "config/yaml.h"

#include <stdlib.h>
#include <string.h>

static inline sfd_status parse_yaml(sfd_net_config *c, const char *yaml, sfd_error *err)
{
    *err = (sfd_error){0};
    return sfd_net_config_parse(c, yaml, strlen(yaml), "net.yaml", NULL, err);
}

static inline void expect_ok(sfd_net_config *c, const char *yaml)
{
    sfd_error err;
    if (parse_yaml(c, yaml, &err) != SFD_OK)
        fail_msg("%s: refused: %s", yaml, err.message);
}

/* A message with `part` in it. */
static inline void expect_failure(const char *yaml, sfd_status status, const char *part)
{
    sfd_net_config c;
    sfd_error err;
    const sfd_status got = parse_yaml(&c, yaml, &err);
    if (got != status || !strstr(err.message, part))
        fail_msg("'%.60s' gave status %d, '%s'; wanted %d with '%s'", yaml, got, err.message,
                 status, part);
}

/* What the weights' metadata record is the same configuration again. */
static inline void expect_recorded(const sfd_net_config *c)
{
    sfd_net_config again;
    sfd_error err;
    char *json = sfd_net_config_to_json(c);
    assert_non_null(json);
    assert_int_equal(sfd_net_config_from_json(&again, json, "weights", &err), SFD_OK);
    assert_memory_equal(&again, c, sizeof again);
    free(json);
}

#endif
