/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers that are the same on every machine.
 *
 * The order in which C evaluates arguments and initialisers is open: one draw per statement. */
#ifndef SFD_BASE_RANDOM_H
#define SFD_BASE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014). */
typedef struct sfd_random {
    uint64_t state;
} sfd_random;

/* An independent sequence for every pair. The generator as published is {.state = seed}. */
sfd_random sfd_random_init(uint64_t seed, uint64_t stream);
uint64_t sfd_random_bits(sfd_random *r);

double sfd_random_unit(sfd_random *r);                          /* [0, 1) */
float sfd_random_unit_f32(sfd_random *r);                       /* the same in 24 bits: exact */
double sfd_random_between(sfd_random *r, double lo, double hi); /* [lo, hi) */
double sfd_random_normal(sfd_random *r);          /* mean 0, deviation 1, never beyond 3 */
size_t sfd_random_below(sfd_random *r, size_t n); /* 0..n-1; n >= 1 */
bool sfd_random_chance(sfd_random *r, double p);

/* A value in [0, 1) that depends on the arguments only: noise on a grid. */
double sfd_random_at(uint32_t seed, int32_t x, int32_t y);

#endif
