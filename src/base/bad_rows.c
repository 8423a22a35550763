/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of an input that cannot be used. */
#include "base/bad_rows.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

sfd_status sfd_bad_rows_count(sfd_bad_rows *b, sfd_status status, sfd_error *err)
{
    if (status == SFD_OK) {
        b->n_good++;
        return SFD_OK;
    }
    if (status != SFD_ERR_FORMAT || b->strict)
        return sfd_fail(err, status, "%s", b->row.message);
    if (b->n_bad < SFD_MAX_TOLD_ROWS)
        b->bad[b->n_bad] = b->row;
    b->n_bad++;
    return SFD_OK;
}

sfd_status sfd_bad_rows_end(sfd_bad_rows *b, const char *origin, sfd_error *err)
{
    if (b->n_bad > b->n_good && b->n_good > 0)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s; %zu of %zu rows cannot be used",
                        b->bad[0].message, b->n_bad, b->n_bad + b->n_good);
    if (b->n_bad > b->n_good)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s", b->bad[0].message);
    char what[sizeof b->row.message];
    snprintf(what, sizeof what, "%.400s: rows that cannot be used", origin);
    sfd_bad_rows_tell(b, what);
    return SFD_OK;
}

void sfd_bad_rows_tell(const sfd_bad_rows *b, const char *what)
{
    for (size_t i = 0; i < b->n_bad && i < SFD_MAX_TOLD_ROWS; i++)
        sfd_bad_rows_warn(b, NULL, "%s; left out", b->bad[i].message);
    if (b->n_bad > SFD_MAX_TOLD_ROWS)
        sfd_bad_rows_warn(b, NULL, "%s: %zu in all are left out", what, b->n_bad);
}

sfd_status sfd_bad_rows_warn(const sfd_bad_rows *b, sfd_error *err, const char *fmt, ...)
{
    char message[sizeof b->row.message];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    if (b->strict)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s", message);
    if (b->on_warning)
        b->on_warning(b->user, message);
    return SFD_OK;
}
