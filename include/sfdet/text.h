/* SPDX-License-Identifier: Apache-2.0 */
/* Strict numbers and helpful guesses, as the programs use them on their command lines. */
#ifndef SFDET_TEXT_H
#define SFDET_TEXT_H

#include <sfdet/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Decimal numbers that fill the whole text: no blanks, no hexadecimal, no trailing characters. The
 * double may be inf or nan only when spelled so, and is the correctly rounded one in any locale. */
SFD_API bool sfd_parse_double(const char *text, size_t n, double *out);
SFD_API bool sfd_parse_long(const char *text, size_t n, long long *out);

/* The entry of `names` that is closest to `word` by edit distance, NULL when none is near. */
SFD_API const char *sfd_nearest(const char *word, const char *const *names, size_t n_names);

#ifdef __cplusplus
}
#endif
#endif
