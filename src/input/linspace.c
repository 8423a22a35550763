/* SPDX-License-Identifier: Apache-2.0 */
/* torch.linspace of floats: counted from the nearer end, runs of 16 entries in two vectors of 8
 * lanes whose first lane alone is counted so (aten/src/ATen/native/cpu/RangeFactoriesKernel.cpp).
 */
#include "input/linspace.h"

#include <math.h>

float sfd_linspace_at(const sfd_linspace *l, int i)
{
    if (l->n == 1)
        return l->first;
    const float step = (l->last - l->first) / (float)(l->n - 1);
    const int lane = i < l->n / 16 * 16 ? i % 8 : 0, base = i - lane;
    const float at = base < l->n / 2 ? fmaf(step, (float)base, l->first)
                                     : fmaf(-step, (float)(l->n - 1 - base), l->last);
    return at + step * (float)lane;
}
