/* SPDX-License-Identifier: Apache-2.0 */
/* acc[i] = max(acc[i], x[i]), NaN where either is: for templates, each of which compiles its own.
 */
#ifndef SFD_KERNELS_DENSE_MAX_H
#define SFD_KERNELS_DENSE_MAX_H

#include <stddef.h>

static inline void sfd_max_into(float *restrict acc, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const float top = acc[i] > x[i] ? acc[i] : x[i]; /* x where either is NaN */
        acc[i] = acc[i] != acc[i] ? acc[i] : top;
    }
}

#endif
