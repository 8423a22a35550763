/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-16 and UTF-32 told by their first bytes. */
#include "base/encoding.h"

#include "base/error.h"

#include <string.h>

static bool is_utf32(const char *text, size_t n)
{
    return n >= 4 && (memcmp(text, "\xFF\xFE\0\0", 4) == 0 || memcmp(text, "\0\0\xFE\xFF", 4) == 0);
}

static bool is_utf16(const char *text, size_t n)
{
    size_t zeros[2] = {0};
    if (n >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return true;
    const size_t n_pairs = n < 32 ? n / 2 : 16;
    for (size_t i = 0; i < 2 * n_pairs; i++)
        zeros[i % 2] += text[i] == '\0';
    return n_pairs >= 2 &&
           ((zeros[0] == n_pairs && zeros[1] == 0) || (zeros[1] == n_pairs && zeros[0] == 0));
}

sfd_status sfd_refuse_utf16(const char *text, size_t n, const char *name, sfd_error *err)
{
    const bool four = is_utf32(text, n);
    return four || is_utf16(text, n)
               ? sfd_fail(err, SFD_ERR_FORMAT, "%s: is UTF-%d text, wanted UTF-8", name,
                          four ? 32 : 16)
               : SFD_OK;
}
