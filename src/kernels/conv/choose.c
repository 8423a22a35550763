/* SPDX-License-Identifier: Apache-2.0 */
/* Which algorithm runs a convolution: the one place where that is decided. */
#include "kernels/kernels.h"

#include <math.h>

/* So much longer may a layer take on maps of half the size: what it leaves float32, its neighbours
 * have to convert. */
#define BF16_LONGER 2.0

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

const sfd_qconv_algorithm *sfd_qconv_choose(const sfd_kernels *k, const sfd_conv_shape *s,
                                            const int8_t *w)
{
    size_t i = 0;
    while (i + 1 < k->n_qconv && !(k->qconv[i]->pays(s) && k->qconv[i]->can(s, w)))
        i++;
    return k->qconv[i];
}

bool sfd_conv_pays(const sfd_kernels *k, const sfd_conv_shape *s, bool exact)
{
    sfd_conv_shape f32 = *s;
    f32.x_type = f32.y_type = f32.residual_type = SFD_F32;
    const sfd_conv_algorithm *wide = sfd_conv_choose(k, &f32, exact);
    const sfd_conv_algorithm *half = sfd_conv_choose(k, s, exact);
    return half->can(s) && half->cost(s) <= BF16_LONGER * wide->cost(&f32);
}
