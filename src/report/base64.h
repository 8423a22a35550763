/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as text (RFC 4648). */
#ifndef SFD_REPORT_BASE64_H
#define SFD_REPORT_BASE64_H

#include <stddef.h>
#include <stdio.h>

/* Parts of one text are of multiples of three bytes, but for the last. */
void sfd_base64_put(FILE *out, const void *bytes, size_t n);

#endif
