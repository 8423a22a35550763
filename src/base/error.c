/* SPDX-License-Identifier: Apache-2.0 */
/* Status names, error messages, version. */
#include "base/error.h"

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

/* A message cut in the middle of a UTF-8 sequence would make a terminal or JSON reader stumble, and
 * one with control characters from a hostile file could drive the terminal. */
static void clean_message(char *message, size_t size)
{
    size_t n = strlen(message);
    if (n + 1 == size) {
        while (n > 0 && ((unsigned char)message[n - 1] & 0xC0) == 0x80)
            n--;
        if (n > 0 && (unsigned char)message[n - 1] >= 0xC0)
            n--;
        message[n] = '\0';
    }
    for (char *c = message; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = '?';
}

sfd_status sfd_fail(sfd_error *err, sfd_status status, const char *fmt, ...)
{
    if (!err)
        return status;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->message, sizeof err->message, fmt, args);
    va_end(args);
    clean_message(err->message, sizeof err->message);
    err->status = status;
    return status;
}

sfd_status sfd_fail_nomem(sfd_error *err, const char *what)
{
    return sfd_fail(err, SFD_ERR_NOMEM, "%s: out of memory", what);
}
