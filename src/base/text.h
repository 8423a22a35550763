/* SPDX-License-Identifier: Apache-2.0 */
/* Strict numbers and helpful guesses. */
#ifndef SFD_BASE_TEXT_H
#define SFD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Decimal numbers that fill the whole text: no blanks, no hexadecimal, no trailing characters. The
 * double may be inf or nan only when spelled so, and is the correctly rounded one in any locale. */
bool sfd_parse_double(const char *text, size_t n, double *out);
bool sfd_parse_long(const char *text, size_t n, long long *out);

/* The entry of `names` that is closest to `word` by edit distance, NULL when none is near. */
const char *sfd_nearest(const char *word, const char *const *names, size_t n_names);

#endif
