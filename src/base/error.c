/* SPDX-License-Identifier: Apache-2.0 */
/* Status names, error messages, version. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define STRINGIFY_(x) #x
#define STRINGIFY(x)  STRINGIFY_(x)

const char *sfd_version(void)
{
    return STRINGIFY(SFD_VERSION_MAJOR) "." STRINGIFY(SFD_VERSION_MINOR) "." STRINGIFY(
        SFD_VERSION_PATCH);
}

const char *sfd_status_name(sfd_status status)
{
    switch (status) {
    case SFD_OK:
        return "ok";
    case SFD_ERR_ARG:
        return "invalid argument";
    case SFD_ERR_NOMEM:
        return "out of memory";
    case SFD_ERR_IO:
        return "input/output error";
    case SFD_ERR_FORMAT:
        return "malformed input";
    case SFD_ERR_UNSUPPORTED:
        return "unsupported";
    case SFD_ERR_MISMATCH:
        return "mismatch";
    case SFD_ERR_END:
        return "end of stream";
    case SFD_ERR_CANCELLED:
        return "cancelled";
    }
    return "unknown status";
}

/* A message that was cut to fit ends at a whole UTF-8 character. */
static void drop_partial_character(char *message, size_t n)
{
    while (n > 0 && ((unsigned char)message[n - 1] & 0xC0) == 0x80)
        n--;
    if (n > 0 && (unsigned char)message[n - 1] >= 0xC0)
        n--;
    message[n] = '\0';
}

__attribute__((noinline)) void sfd_error_hook(sfd_status status)
{
    __asm__ volatile("" : : "r"(status));
}

sfd_status sfd_fail(sfd_error *err, sfd_status status, const char *fmt, ...)
{
    sfd_error_hook(status);
    if (!err)
        return status;
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    if (n >= (int)sizeof err->message)
        drop_partial_character(err->message, sizeof err->message - 1);
    sfd_make_printable(err->message); /* paths, ids and names come from outside */
    err->status = status;
    return status;
}

sfd_status sfd_fail_nomem(sfd_error *err, const char *what)
{
    return sfd_fail(err, SFD_ERR_NOMEM, "%s: out of memory", what);
}

sfd_status sfd_fail_errno(sfd_error *err, const char *path, const char *action)
{
    return sfd_fail(err, errno == ENOMEM ? SFD_ERR_NOMEM : SFD_ERR_IO, "%s: cannot %s: %s", path,
                    action, strerror(errno));
}
