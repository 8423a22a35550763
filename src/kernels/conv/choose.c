/* SPDX-License-Identifier: Apache-2.0 */
/* Which algorithm runs a convolution: the one place where that is decided. */
#include "kernels/kernels.h"

#include <math.h>

const sfd_conv_algorithm *sfd_conv_choose(const sfd_kernels *k, const sfd_conv_shape *s, bool exact)
{
    const sfd_conv_algorithm *best = &sfd_conv_plain;
    double least = INFINITY;
    for (size_t i = 0; i < k->n_conv; i++) {
        const sfd_conv_algorithm *a = k->conv[i];
        if (!a->can(s) || (exact && a->transforms))
            continue;
        const double cost = a->cost(s);
        if (cost < least) {
            least = cost;
            best = a;
        }
    }
    return best;
}
