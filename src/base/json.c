/* SPDX-License-Identifier: Apache-2.0 */
/* JSON documents of bounded size. */
#include "base/json.h"

#include "base/encoding.h"
#include "base/error.h"
#include "base/utf8.h"

#include <string.h>

#define MAX_VALUES (1 << 24) /* cJSON takes about 70 bytes for each */

/* More than there are values: each but the root follows one of these. */
static size_t count_values(const char *text, size_t n)
{
    size_t count = 1;
    for (size_t i = 0; i < n; i++)
        count += text[i] == ',' || text[i] == '[' || text[i] == '{';
    return count;
}

static bool is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr(" \t\r\n", text[i]) || !text[i])
            return false;
    return true;
}

sfd_status sfd_json_parse(cJSON **out, const char *path, const char *text, size_t n, sfd_error *err)
{
    sfd_utf8_state utf8 = {0};
    const char *end = NULL;
    *out = NULL;
    if (sfd_refuse_utf16(text, n, path, err) != SFD_OK)
        return SFD_ERR_FORMAT;
    const size_t n_valid = sfd_utf8_prefix(&utf8, text, n);
    if (n_valid < n || utf8.pending > 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: not valid JSON: byte %zu is not UTF-8 text", path,
                        n_valid);
    if (count_values(text, n) > MAX_VALUES)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED, "%s: JSON of more than %d values", path,
                        MAX_VALUES);
    *out = cJSON_ParseWithLengthOpts(text, n, &end, false);
    const size_t at = end ? (size_t)(end - text) : 0;
    if (*out && is_blank(text + at, n - at))
        return SFD_OK;
    cJSON_Delete(*out);
    *out = NULL;
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: not valid JSON near byte %zu", path, at);
}
