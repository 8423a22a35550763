/* SPDX-License-Identifier: Apache-2.0 */
/* What a format cannot hold, or a reader leaves out: counted by kind, told once at the end. */
#ifndef SFD_ANNOTATIONS_TALLY_H
#define SFD_ANNOTATIONS_TALLY_H

#include <sfdet/common.h>

#define SFD_MAX_KINDS_TALLIED 24

typedef struct sfd_tally {
    struct {
        const char *kind; /* a constant: "boxes ..." */
        size_t n;
        char first[64]; /* an example, may be empty */
    } items[SFD_MAX_KINDS_TALLIED];
    size_t n;
} sfd_tally;

/* Counts one more of a kind, told by its text; `example` may be NULL. */
void sfd_tally_add(sfd_tally *t, const char *kind, const char *example);
/* A line for each kind, "PATH: KIND: 12 (first: EXAMPLE)"; the tally is empty then. */
void sfd_tally_tell(sfd_tally *t, const char *path,
                    void (*on_warning)(void *user, const char *message), void *user);

#endif
