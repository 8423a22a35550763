/* SPDX-License-Identifier: Apache-2.0 */
/* The SHA-256 of a file, or of bytes. */
#ifndef SFD_MEDIA_SHA256_H
#define SFD_MEDIA_SHA256_H

#include <sfdet/common.h>

#define SFD_SHA256_TEXT (2 * 32 + 1)

/* In lower case hexadecimal digits. Errors: SFD_ERR_IO (missing, unreadable, no regular file),
 * SFD_ERR_NOMEM. */
sfd_status sfd_sha256_file(char text[SFD_SHA256_TEXT], const char *path, sfd_error *err);
/* Errors: SFD_ERR_NOMEM. */
sfd_status sfd_sha256_bytes(char text[SFD_SHA256_TEXT], const void *data, size_t n, sfd_error *err);

#endif
