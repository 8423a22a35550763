/* SPDX-License-Identifier: Apache-2.0 */
/* The instruction sets that a kernel test runs. */
#ifndef SFD_TESTS_KERNELS_SETS_H
#define SFD_TESTS_KERNELS_SETS_H

#include "kernels/kernels.h"

/* Table number i, NULL past the last one that this machine can run. */
const sfd_kernels *next_set(size_t *i);

/* The same without those that have the convolutions of the one before, and differ in 8-bit ones
 * alone. */
const sfd_kernels *next_float_set(size_t *i);

/* Whether a table before this one has the algorithm as well. */
bool in_lesser_set(const sfd_kernels *k, const sfd_conv_algorithm *a);

/* Says which sets are run, and which not for lack of what. */
void print_sets(void);

#endif
