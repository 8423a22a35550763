/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the command line. */
#ifndef SFD_TOOLS_TEXT_H
#define SFD_TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Decimal numbers that fill the whole text of n characters: no blanks, no hexadecimal, neither
 * infinity nor NaN. */
bool cli_parse_double(const char *text, size_t n, double *out);
bool cli_parse_long(const char *text, size_t n, long long *out);

#endif
