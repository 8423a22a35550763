/* SPDX-License-Identifier: Apache-2.0 */
/* Which algorithm runs a convolution: the one place where that is decided. */
#include "kernels/kernels.h"

const sfd_conv_algorithm *sfd_conv_choose(const sfd_kernels *k, const sfd_conv_shape *s)
{
    for (size_t i = k->n_conv; i-- > 0;)
        if (k->conv[i]->can(s))
            return k->conv[i];
    return &sfd_conv_plain;
}
