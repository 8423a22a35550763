/* SPDX-License-Identifier: Apache-2.0 */
/* Settings structs of the public interface, by the size that their callers know. */
#include "base/settings.h"

#include "base/error.h"

#include <string.h>

enum { MAX_SIZE = 4096 }; /* more is no size but what the memory held before */

void sfd_settings_fill(void *to, size_t size, const void *defaults, size_t own_size)
{
    memset(to, 0, size);
    memcpy(to, defaults, size < own_size ? size : own_size);
    memcpy(to, &size, sizeof size);
}

static bool all_zero(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i])
            return false;
    return true;
}

sfd_status sfd_settings_take(void *own, size_t own_size, const void *given, const char *type,
                             sfd_error *err)
{
    size_t size;
    if (!given)
        return SFD_OK;
    memcpy(&size, given, sizeof size);
    if (size < sizeof size || size > MAX_SIZE)
        return sfd_fail(err, SFD_ERR_ARG, "%s: struct_size is %zu; %s_defaults() was not called",
                        type, size, type);
    if (size > own_size && !all_zero((const unsigned char *)given + own_size, size - own_size))
        return sfd_fail(err, SFD_ERR_ARG, "%s: has settings that libsfdet %s does not know", type,
                        sfd_version());
    memcpy(own, given, size < own_size ? size : own_size);
    memcpy(own, &own_size, sizeof own_size);
    return SFD_OK;
}
