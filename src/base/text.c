/* SPDX-License-Identifier: Apache-2.0 */
/* Strict numbers. */
#include "base/text.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NUMBER 1024

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Integers up to 2^53 and powers of ten up to 10^22 are exact doubles, so one division rounds
 * correctly [Clinger, How to read floating point numbers accurately, 1990]. */
static bool parse_short_decimal(const char *text, size_t n, double *out)
{
    static const double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    size_t i = 0, digits = 0, decimals = 0;
    bool negative = n > 0 && text[0] == '-', point = false;
    unsigned long long value = 0;
    if (negative)
        i++;
    for (; i < n; i++) {
        if (is_digit(text[i])) {
            value = value * 10 + (unsigned)(text[i] - '0');
            digits++;
            decimals += point;
        } else if (text[i] == '.' && !point) {
            point = true;
        } else {
            return false;
        }
    }
    if (digits == 0 || digits > 15)
        return false;
    *out = (double)value / power[decimals];
    if (negative)
        *out = -*out;
    return true;
}

static bool spells_number(const char *s)
{
    if (*s == '+' || *s == '-')
        s++;
    if (strcasecmp(s, "inf") == 0 || strcasecmp(s, "infinity") == 0 || strcasecmp(s, "nan") == 0)
        return true;
    return (is_digit(*s) || *s == '.') && strpbrk(s, "xX") == NULL;
}

bool sfd_parse_double(const char *text, size_t n, double *out)
{
    if (parse_short_decimal(text, n, out))
        return true;
    char copy[MAX_NUMBER], *end;
    if (n == 0 || n >= sizeof copy || memchr(text, '\0', n))
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (!spells_number(copy))
        return false;
    locale_t c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!c_locale)
        return false;
    *out = strtod_l(copy, &end, c_locale);
    freelocale(c_locale);
    return *end == '\0';
}

/* As strtoll: saturated, errno = ERANGE, when the number does not fit. */
static bool parse_integer(const char *text, size_t n, long long *out)
{
    char copy[MAX_NUMBER], *end;
    if (n == 0 || n >= sizeof copy || memchr(text, '\0', n))
        return false;
    memcpy(copy, text, n);
    copy[n] = '\0';
    size_t sign = copy[0] == '+' || copy[0] == '-';
    if (!is_digit(copy[sign]))
        return false;
    errno = 0;
    *out = strtoll(copy, &end, 10);
    return *end == '\0';
}

bool sfd_parse_long(const char *text, size_t n, long long *out)
{
    return parse_integer(text, n, out) && errno == 0;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
}

static void strip(const char **text, size_t *n)
{
    while (*n > 0 && is_space((*text)[*n - 1]))
        (*n)--;
    while (*n > 0 && is_space(**text)) {
        (*text)++;
        (*n)--;
    }
}

/* Copies the text without its underscores; false where one is not between two digits. */
static bool drop_underscores(char copy[MAX_NUMBER], const char *text, size_t n, size_t *n_copy)
{
    size_t k = 0;
    if (n >= MAX_NUMBER)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] != '_')
            copy[k++] = text[i];
        else if (i == 0 || i + 1 == n || !is_digit(text[i - 1]) || !is_digit(text[i + 1]))
            return false;
    }
    *n_copy = k;
    return true;
}

bool sfd_parse_python_float(const char *text, size_t n, double *out)
{
    if (parse_short_decimal(text, n, out))
        return true;
    char copy[MAX_NUMBER];
    strip(&text, &n);
    return drop_underscores(copy, text, n, &n) && sfd_parse_double(copy, n, out);
}

bool sfd_parse_python_int(const char *text, size_t n, long long *out)
{
    if (n > 0 && n <= 18) {
        long long value = 0;
        size_t i = 0;
        while (i < n && is_digit(text[i]))
            value = value * 10 + (text[i++] - '0');
        *out = value;
        if (i == n)
            return true;
    }
    char copy[MAX_NUMBER];
    strip(&text, &n);
    return drop_underscores(copy, text, n, &n) && parse_integer(copy, n, out);
}
