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

/* Where a UTF-8 check stands between two pieces of a text; starts zeroed. */
typedef struct sfd_utf8_state {
    size_t pending;  /* continuation bytes that must follow */
    unsigned lo, hi; /* range of the next one */
} sfd_utf8_state;

/* Length of the longest prefix that does not contradict UTF-8 (RFC 3629); the text is complete when
 * nothing is pending after its last piece. */
size_t sfd_utf8_prefix(sfd_utf8_state *state, const char *text, size_t n);

/* Makes any text printable UTF-8 of the same length: other bytes and control characters become '?'.
 */
void sfd_make_printable(char *text);

#endif
