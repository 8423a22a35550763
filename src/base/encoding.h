/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that are no UTF-8, as some editors and shells write them. */
#ifndef SFD_BASE_ENCODING_H
#define SFD_BASE_ENCODING_H

#include <sfdet/common.h>

/* Fails with SFD_ERR_FORMAT where the first bytes of a text tell that it is UTF-16 or UTF-32, by a
 * byte order mark or by zeros at every other place. */
sfd_status sfd_refuse_utf16(const char *text, size_t n, const char *name, sfd_error *err);

#endif
