/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of csv files that base/csv.h and Python's csv module read back as they were. */
#ifndef SFD_BASE_CSV_WRITE_H
#define SFD_BASE_CSV_WRITE_H

#include <stdio.h>

/* A text as one field: in quotes where a reader would stumble otherwise (RFC 4180) or take blanks
 * around it away. Bytes that are not UTF-8 are written as by sfd_utf8_copy. A terminal gets nothing
 * that it would obey (sfd_make_printable). */
void sfd_csv_write_text(FILE *out, const char *text);

#endif
