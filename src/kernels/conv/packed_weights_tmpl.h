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

/* [cout][cin][taps] -> panels with rows [taps][cin], panel by panel. */
static void packed_prepare(const sfd_conv_shape *s, const float *w, float *prepared)
{
    const size_t taps = sfd_conv_taps(s), cin = sfd_conv_cin(s), n = sfd_conv_cout(s);
    const size_t k = words(sfd_im2row_k(s));
    memset(prepared, 0, packed_weight_floats(s) * sizeof *prepared);
    for (size_t first = 0; first < n; first += 2 * VEC) {
        const size_t end = n - first < 2 * VEC ? n : first + 2 * VEC;
        for (size_t i = 0; i < cin * taps; i++)
            for (size_t co = first; co < end; co++)
                gemm_set_weight(prepared, n, k, i % taps * cin + i / taps, co,
                                w[co * cin * taps + i]);
    }
}

#endif
