/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of products of channels: scalar, and the oracle. */
#include "kernels/outer/outer.h"

void sfd_f32_outer__scalar(const sfd_outer *o)
{
    for (size_t k = 0; k < o->rows; k++)
        for (size_t i = 0; i < o->m; i++) {
            const float a = o->a[k * o->a_ld + i], *restrict b = o->b[k];
            float *restrict c = o->c + i * o->c_ld;
            for (size_t j = 0; j < o->n; j++)
                c[j] += a * b[j];
        }
}
