/* SPDX-License-Identifier: Apache-2.0 */
/* Filling sfd_error. */
#ifndef SFD_BASE_ERROR_H
#define SFD_BASE_ERROR_H

#include <sfdet/common.h>

/* Writes the message (cut to fit, made printable) and returns `status`, so that a failing
 * function ends in `return sfd_fail(err, ...)`. `err` may be NULL. */
sfd_status sfd_fail(sfd_error *err, sfd_status status, const char *fmt, ...) SFD_PRINTF(3, 4);

/* "s" where it is not one: "%zu box%s" has "es" of its own. */
static inline const char *sfd_plural(size_t n)
{
    return n == 1 ? "" : "s";
}

/* Out of memory while doing `what` ("reading boxes.csv"). */
sfd_status sfd_fail_nomem(sfd_error *err, const char *what);

/* errno: "PATH: cannot ACTION: No such file or directory". SFD_ERR_IO, or SFD_ERR_NOMEM. */
sfd_status sfd_fail_errno(sfd_error *err, const char *path, const char *action);

/* Does nothing: a place to stop at in the debugger (`break sfd_error_hook`), reached where an error
 * is made and not where it is handed on. */
void sfd_error_hook(sfd_status status);

#endif
