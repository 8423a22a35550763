/* SPDX-License-Identifier: Apache-2.0 */
/* SiLU, compiled once for every instruction set: the including file defines SFD_SET. */
#include "kernels/activation/activation.h"
#include "kernels/activation/silu.h"
#include "kernels/loops.h"
#include "kernels/name.h"

void SFD_NAME(sfd_f32_silu)(float *y, const float *x, size_t n)
{
    INDEPENDENT /* the output may lie on the input */
        for (size_t i = 0; i < n; i++) y[i] = sfd_silu(x[i]);
}
