/* SPDX-License-Identifier: Apache-2.0 */
/* Strict numbers, and numbers as Python spells them. */
#ifndef SFD_BASE_TEXT_H
#define SFD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Decimal numbers that fill the whole text: no blanks, no hexadecimal, no trailing characters. The
 * double may be inf or nan only when spelled so, and is the correctly rounded one in any locale. */
bool sfd_parse_double(const char *text, size_t n, double *out);
bool sfd_parse_long(const char *text, size_t n, long long *out);

/* Numbers by the grammar of Python's float() and int(), which the AVA evaluators read with: ASCII
 * white space around them and single underscores between digits are allowed, hexadecimal and
 * trailing text are not. Longer than 1023 characters is refused. An integer beyond 64 bits is
 * LLONG_MAX or LLONG_MIN. */
bool sfd_parse_python_float(const char *text, size_t n, double *out);
bool sfd_parse_python_int(const char *text, size_t n, long long *out);

#endif
