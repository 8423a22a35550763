/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded figures. Include after cmocka.h. */
#ifndef SFD_TESTS_JSON_SUPPORT_H
#define SFD_TESTS_JSON_SUPPORT_H

#include "base/file.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static inline cJSON *read_json(const char *path)
{
    char *text;
    size_t n;
    sfd_error err;
    if (sfd_read_text(&text, &n, path, 1 << 20, &err) != SFD_OK)
        fail_msg("%s", err.message);
    cJSON *json = cJSON_Parse(text);
    free(text);
    assert_non_null(json);
    return json;
}

static inline int number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    assert_non_null(item);
    return item->valueint;
}

#endif
