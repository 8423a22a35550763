/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers as text with a point in every locale, unlike printf. */
#include "base/decimal.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *sfd_format_fixed6(char text[SFD_DECIMAL_CHARS], double v)
{
    /* exact for float32 scores: 24 bits times the 14 odd bits of a million */
    long long millionths = llrint(fabs(v) * 1e6);
    snprintf(text, SFD_DECIMAL_CHARS, "%s%lld.%06lld", v < 0 && millionths ? "-" : "",
             millionths / 1000000, millionths % 1000000);
    return text;
}

const char *sfd_format_short(char text[SFD_DECIMAL_CHARS], double v)
{
    sfd_format_fixed6(text, v);
    size_t n = strlen(text);
    while (text[n - 1] == '0')
        n--;
    if (text[n - 1] == '.')
        n--;
    text[n] = '\0';
    return text;
}

static const char *format(char text[SFD_DECIMAL_CHARS], int n_digits, double v)
{
    snprintf(text, SFD_DECIMAL_CHARS, "%.*g", n_digits, v);
    for (char *c = text; *c; c++)
        if (!strchr("0123456789+-einfa", *c))
            *c = '.'; /* the locale's */
    return text;
}

const char *sfd_format_float(char text[SFD_DECIMAL_CHARS], float v)
{
    return format(text, 9, (double)v);
}

const char *sfd_format_double(char text[SFD_DECIMAL_CHARS], double v)
{
    return format(text, 17, v);
}

const char *sfd_format_decimal(char text[SFD_DECIMAL_CHARS], double v)
{
    return format(text, 15, v == 0 ? 0 : v); /* no -0 */
}

const char *sfd_format_exact(char text[SFD_DECIMAL_CHARS], double v)
{
    double back;
    sfd_format_short(text, v);
    if (sfd_parse_double(text, strlen(text), &back) && back == v)
        return text;
    return sfd_format_double(text, v);
}
