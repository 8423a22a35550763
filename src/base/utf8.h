/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: checking it, and making it of what is not. Text made safe to print is sfd_make_printable
 * of <sfdet/common.h>. */
#ifndef SFD_BASE_UTF8_H
#define SFD_BASE_UTF8_H

#include <sfdet/common.h>

/* Where a UTF-8 check stands between two pieces of a text; starts zeroed. */
typedef struct sfd_utf8_state {
    size_t pending;  /* continuation bytes that must follow */
    unsigned lo, hi; /* range of the next one */
} sfd_utf8_state;

/* Length of the longest prefix that does not contradict UTF-8 (RFC 3629); the text is complete when
 * nothing is pending after its last piece. */
size_t sfd_utf8_prefix(sfd_utf8_state *state, const char *text, size_t n);

/* Bytes of the UTF-8 character at `text`, 0 when there is none. */
size_t sfd_utf8_length(const char *text);

/* A copy that is UTF-8, the caller's to free: bytes that belong to no character become "\\xE9", as
 * with Python's backslashreplace, so that different names stay different. NULL when memory is out.
 */
char *sfd_utf8_copy(const char *text);

#endif
