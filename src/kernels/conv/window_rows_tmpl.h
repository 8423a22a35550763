/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the map under rows of the output: what the algorithms that copy input rows share. */
#ifndef SFD_KERNELS_CONV_WINDOW_ROWS_TMPL_H
#define SFD_KERNELS_CONV_WINDOW_ROWS_TMPL_H

#include "kernels/conv/element_tmpl.h"

#define MAX_ROW_TAPS 64 /* kT x kH */

static inline size_t rows_taps(const sfd_conv_shape *s)
{
    return (size_t)s->kernel[0] * (size_t)s->kernel[1];
}

/* Input rows under n output rows, of one frame. */
static inline size_t rows_span(const sfd_conv_shape *s, size_t n)
{
    return (n - 1) * (size_t)s->stride[1] + (size_t)((s->kernel[1] - 1) * s->dilation[1] + 1);
}

/* At most VEC channels of a position from channel c on. */
static inline void rows_finish_some(const sfd_conv_shape *s, const sfd_conv_io *io, size_t p,
                                    size_t c, const float *sums, size_t channel_step)
{
    const size_t left = sfd_conv_cout(s) - c, n = left < VEC ? left : VEC;
    float values[VEC] = {0};
    for (size_t i = 0; i < n; i++) {
        float value = sums[i * channel_step] + io->bias[c + i];
        if (io->residual)
            value += result_get(io->residual, p * s->residual_ld + c + i, s->residual_type);
        values[i] = s->activation == SFD_ACTIVATION_RELU ? sfd_relu(value) : value;
    }
    if (n == VEC)
        result_store(io->y, p * s->y_ld + c, s->y_type, vec_load(values));
    else
        result_store_part(io->y, p * s->y_ld + c, s->y_type, values, n);
}

/* Sums of an output row, those of neighbouring positions and channels so far apart -> the outputs
 * from position `start` on. */
static void rows_finish(const sfd_conv_shape *s, const sfd_conv_io *io, size_t start,
                        const float *sums, size_t position_step, size_t channel_step)
{
    for (size_t p = start; p < start + (size_t)s->out[2]; p++, sums += position_step) {
        void *y = result_at(io->y, p * s->y_ld, s->y_type);
        const void *residual = result_at(io->residual, p * s->residual_ld, s->residual_type);
        for (size_t c = 0; ELEMENT_TYPE == SFD_BF16 && c < sfd_conv_cout(s); c += VEC)
            rows_finish_some(s, io, p, c, sums + c * channel_step, channel_step);
        for (size_t c = 0; ELEMENT_TYPE == SFD_F32 && c < sfd_conv_cout(s); c++) {
            const float value = sums[c * channel_step] + io->bias[c] +
                                (residual ? result_get(residual, c, s->residual_type) : 0.0f);
            result_set(y, c, s->y_type,
                       s->activation == SFD_ACTIVATION_RELU ? sfd_relu(value) : value);
        }
        if (s->activation == SFD_ACTIVATION_SILU)
            result_silu(y, 0, s->y_type, sfd_conv_cout(s));
    }
}

#endif
