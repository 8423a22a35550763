/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers by name: a value depends on what it is for (seed, epoch, sample ...), not on how
 * many were drawn before, so that an interrupted run continues with the same ones. */
#ifndef SFD_TRAIN_RNG_H
#define SFD_TRAIN_RNG_H

#include <stdint.h>

typedef struct sfd_rng {
    uint64_t state;
} sfd_rng;

/* What numbers are for. */
typedef enum sfd_rng_purpose {
    SFD_RNG_INIT,    /* first values of a tensor */
    SFD_RNG_ORDER,   /* of samples in an epoch */
    SFD_RNG_AUGMENT, /* shift, scale, crop, flip of a sample */
    SFD_RNG_DROPOUT  /* of a step */
} sfd_rng_purpose;

/* A stream of its own for every (seed, purpose, a, b). */
sfd_rng sfd_rng_stream(uint64_t seed, sfd_rng_purpose purpose, uint64_t a, uint64_t b);

uint64_t sfd_rng_next(sfd_rng *r);
double sfd_rng_uniform(sfd_rng *r);             /* in [0, 1) */
uint64_t sfd_rng_below(sfd_rng *r, uint64_t n); /* in 0 .. n - 1; n >= 1 */
double sfd_rng_normal(sfd_rng *r);              /* mean 0, variance 1 */

#endif
