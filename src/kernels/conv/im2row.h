/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting a convolution's output into tiles and gathering their inputs into matrix rows. */
#ifndef SFD_KERNELS_CONV_IM2ROW_H
#define SFD_KERNELS_CONV_IM2ROW_H

#include "kernels/conv/conv.h"

/* A tile's output positions: `rows` of them inside frame t, from position `first` of the frame. */
typedef struct sfd_tile_span {
    int t;
    size_t first, rows;
} sfd_tile_span;

/* Inputs of one output value: taps x channels of a group. */
size_t sfd_im2row_k(const sfd_conv_shape *s);

/* True where every tap reads the output's own spatial position (kH = kW = 1, stride 1), so that
 * rows can be taken straight from the map. */
bool sfd_conv_is_pointwise(const sfd_conv_shape *s);

/* Tiles are runs of at most `max_rows` positions, of nearly equal length, inside one frame. */
size_t sfd_tile_count(const sfd_conv_shape *s, size_t max_rows);
sfd_tile_span sfd_tile_get(const sfd_conv_shape *s, size_t max_rows, size_t tile);

/* At most how many rows of `row_floats` keep within `tile_floats`, and within 32 and 512. */
size_t sfd_tile_fit(size_t row_floats, size_t tile_floats);

/* Index of a span's first position in the output map. */
static inline size_t sfd_tile_start(const sfd_conv_shape *s, sfd_tile_span span)
{
    return (size_t)span.t * sfd_conv_out_frame(s) + span.first;
}

/* Gathers the span's inputs, taps outside the map as zeros: rows [span.rows][k] in tap-major order.
 * x points at the group's first channel. */
void sfd_im2row_gather(const sfd_conv_shape *s, const float *x, sfd_tile_span span, float *rows);
/* The same of a map of bfloat16. */
void sfd_im2row_gather_bf16(const sfd_conv_shape *s, const uint16_t *x, sfd_tile_span span,
                            float *rows);

#endif
