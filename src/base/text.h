/* SPDX-License-Identifier: Apache-2.0 */
/* Strict numbers and helpful guesses (<sfdet/text.h>), and numbers as Python spells them. */
#ifndef SFD_BASE_TEXT_H
#define SFD_BASE_TEXT_H

#include <sfdet/text.h>

/* Numbers by the grammar of Python's float() and int(), which the AVA evaluators read with: ASCII
 * white space around them and single underscores between digits are allowed, hexadecimal and
 * trailing text are not. Longer than 1023 characters is refused. An integer beyond 64 bits is
 * LLONG_MAX or LLONG_MIN. */
bool sfd_parse_python_float(const char *text, size_t n, double *out);
bool sfd_parse_python_int(const char *text, size_t n, long long *out);

#endif
