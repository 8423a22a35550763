/* SPDX-License-Identifier: Apache-2.0 */
/* Settings structs of the public interface. They begin with `size_t struct_size`, their size where
 * the caller was compiled, and grow at the end only, so that callers of older headers stay right.
 */
#ifndef SFD_BASE_SETTINGS_H
#define SFD_BASE_SETTINGS_H

#include <sfdet/common.h>

/* For a public ..._defaults_sized(): fills a struct of `size` bytes from `defaults`, which has
 * own_size. */
void sfd_settings_fill(void *to, size_t size, const void *defaults, size_t own_size);

/* Copies what a caller gave over the defaults in *own; NULL: nothing. Errors: SFD_ERR_ARG naming
 * `type` when it was not filled by its defaults, or holds settings that this library does not
 * know. */
sfd_status sfd_settings_take(void *own, size_t own_size, const void *given, const char *type,
                             sfd_error *err);

/* The same with *own filled before. */
#define SFD_SETTINGS_TAKE(type, own, given, err)                                                   \
    (type##_defaults(own), sfd_settings_take(own, sizeof *(own), given, #type, err))

#endif
