/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers by name: a value depends on what it is for (seed, epoch, sample ...), not on how
 * many were drawn before, so that an interrupted run continues with the same ones. */
#ifndef SFD_TRAIN_STREAMS_H
#define SFD_TRAIN_STREAMS_H

#include "base/random.h"

typedef enum sfd_stream_purpose {
    SFD_STREAM_INIT,    /* first values of a tensor */
    SFD_STREAM_ORDER,   /* of samples in an epoch */
    SFD_STREAM_AUGMENT, /* shift, scale, crop, flip of a sample */
    SFD_STREAM_DROPOUT, /* of a step */
    SFD_STREAM_PATHWAY, /* of a step: whether the sound's is dropped */
    SFD_STREAM_WRONG    /* sound of a sample that does not belong to its pictures */
} sfd_stream_purpose;

/* A sequence of its own for every (seed, purpose, a, b). */
static inline sfd_random sfd_stream(uint64_t seed, sfd_stream_purpose purpose, uint64_t a,
                                    uint64_t b)
{
    sfd_random r = sfd_random_init(seed, (uint64_t)purpose);
    r = sfd_random_init(sfd_random_bits(&r), a);
    return sfd_random_init(sfd_random_bits(&r), b);
}

#endif
