/* SPDX-License-Identifier: Apache-2.0 */
/* Weights as the packed product takes them, with rows [taps][cin]. */
#ifndef SFD_KERNELS_CONV_PACKED_WEIGHTS_TMPL_H
#define SFD_KERNELS_CONV_PACKED_WEIGHTS_TMPL_H

#include "kernels/conv/conv.h"
#include "kernels/conv/gemm_tmpl.h"
#include "kernels/conv/im2row.h"

#include <string.h>

static size_t packed_weight_floats(const sfd_conv_shape *s)
{
    return gemm_packed_words(sfd_conv_cout(s), words(sfd_im2row_k(s)));
}

/* [cout][cin][taps] -> panels with rows [taps][cin]. */
static void packed_prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    const size_t taps = sfd_conv_taps(s), k = words(sfd_im2row_k(s)), n = sfd_conv_cout(s);
    memset(prepared, 0, packed_weight_floats(s) * sizeof *prepared);
    for (size_t co = 0; co < n; co++)
        for (size_t ci = 0; ci < sfd_conv_cin(s); ci++)
            for (size_t tap = 0; tap < taps; tap++)
                gemm_set_weight(prepared, n, k, tap * sfd_conv_cin(s) + ci, co, *w++);
}

#endif
