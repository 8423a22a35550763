/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the command line. */
#include "text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NUMBER = 127 };

/* A terminated copy of a number that has no other characters than `allowed`. */
static bool copy_number(char *copy, const char *text, size_t n, const char *allowed)
{
    if (n == 0 || n > MAX_NUMBER)
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return strspn(copy, allowed) == n;
}

bool cli_parse_double(const char *text, size_t n, double *out)
{
    char copy[MAX_NUMBER + 1], *end;
    if (!copy_number(copy, text, n, "0123456789+-.eE"))
        return false;
    *out = strtod(copy, &end); /* the programs keep the locale "C" */
    return *end == '\0' && isfinite(*out);
}

bool cli_parse_long(const char *text, size_t n, long long *out)
{
    char copy[MAX_NUMBER + 1], *end;
    if (!copy_number(copy, text, n, "0123456789+-"))
        return false;
    errno = 0;
    *out = strtoll(copy, &end, 10);
    return *end == '\0' && errno == 0;
}
