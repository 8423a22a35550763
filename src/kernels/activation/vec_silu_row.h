/* SPDX-License-Identifier: Apache-2.0 */
/* SiLU of rows that were just stored. */
#ifndef SFD_KERNELS_ACTIVATION_VEC_SILU_ROW_H
#define SFD_KERNELS_ACTIVATION_VEC_SILU_ROW_H

#include "kernels/activation/vec_activation.h"

#include <stddef.h>

/* SiLU in place of n values that were just stored, which the nearest cache still has: a call, since
 * written out where values are stored it would take the registers that sums are in. */
static __attribute__((noinline)) void vec_silu_row(float *y, size_t n)
{
    size_t i = 0;
    for (; i + VEC <= n; i += VEC)
        vec_store(y + i, vec_silu(vec_load(y + i)));
    for (; i < n; i++)
        y[i] = sfd_silu(y[i]);
}

#endif
