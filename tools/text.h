/* SPDX-License-Identifier: Apache-2.0 */
/* Words and numbers of the command line. */
#ifndef SFD_TOOLS_TEXT_H
#define SFD_TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Decimal numbers that fill the whole text of n characters: no blanks, no hexadecimal, neither
 * infinity nor NaN. */
bool cli_parse_double(const char *text, size_t n, double *out);
bool cli_parse_long(const char *text, size_t n, long long *out);

/* The entry of `names` that `word` is likely to be a misspelling of: at most a third of its letters
 * (one of two; leading dashes do not count) wrong, missing, added or, two neighbours, swapped. NULL
 * when there is none. */
const char *cli_nearest(const char *word, const char *const *names, size_t n_names);

#endif
