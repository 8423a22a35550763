/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a journal's records: bytes of numbers and texts. */
#ifndef SFD_DATASET_RECORDS_H
#define SFD_DATASET_RECORDS_H

#include "dataset/journal.h"

/* Bytes that grow; zero-initialised, `bytes` freed by the owner. */
typedef struct sfd_bytes {
    unsigned char *bytes;
    size_t n, n_alloc;
    bool failed; /* memory was out: what was put is not whole */
} sfd_bytes;

void sfd_bytes_put(sfd_bytes *b, const void *data, size_t n);
void sfd_bytes_put_number(sfd_bytes *b, uint64_t v, size_t n_bytes); /* little-endian */

/* The outcome and what belongs to it. */
void sfd_put_done(sfd_bytes *b, const sfd_keyframe *k);
void sfd_put_failed(sfd_bytes *b, const char *message);
void sfd_put_empty(sfd_bytes *b);

/* Reads a settled keyframe's content back; *settled points into it and into *room, whose memory is
 * freed by the owner. False where it is no such content. Errors are told by room->failed: memory.
 */
bool sfd_read_settled(sfd_settled *settled, sfd_bytes *room, unsigned char *content, size_t n);

#endif
