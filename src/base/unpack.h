/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that may be packed with gzip, which is recognised by content. */
#ifndef SFD_BASE_UNPACK_H
#define SFD_BASE_UNPACK_H

#include <sfdet/common.h>

typedef struct sfd_unpacker {
    void *gz;
    const char *name; /* for messages */
} sfd_unpacker;

/* "-" is stdin. Errors: SFD_ERR_IO (a directory, too: a `what` was wanted), SFD_ERR_NOMEM. */
sfd_status sfd_unpacker_open(sfd_unpacker *u, const char *path, const char *what, sfd_error *err);

/* The next bytes, at most `room`; none at the end. Data that unpack to many times their size are
 * SFD_ERR_UNSUPPORTED. Errors: that, SFD_ERR_IO, SFD_ERR_FORMAT (damaged). */
sfd_status sfd_unpacker_read(sfd_unpacker *u, char *out, size_t room, size_t *n, sfd_error *err);

/* One that is not open is left alone. */
void sfd_unpacker_close(sfd_unpacker *u);

/* All of it, with a final zero that is not counted; *text is for the caller to free. Errors: those
 * above, SFD_ERR_FORMAT (more than max_bytes), SFD_ERR_NOMEM. */
sfd_status sfd_unpack_text(char **text, size_t *n_bytes, const char *path, const char *what,
                           size_t max_bytes, sfd_error *err);

#endif
