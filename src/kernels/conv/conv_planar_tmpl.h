/* SPDX-License-Identifier: Apache-2.0 */
/* Stems with few output channels (the fast pathway's 5x7x7, 3 -> 8): a vector holds neighbouring
 * outputs of a row instead of channels, of which there are too few to fill one.
 *
 * A tile is a band of output rows in all frames: of the frames, as many as the kernel is long are
 * kept. */
#include "kernels/conv/planar_band_tmpl.h"
#include "kernels/name.h"

static size_t planar_scratch_floats(const sfd_conv_shape *s)
{
    return (size_t)s->kernel[0] * planar_span(s) * planar_line(s) +
           sfd_conv_cout(s) * planar_vecs_across(s) * VEC;
}

/* The lines of a band's output row number `row`, of the frames from first_t on; frame t lies in
 * place t % kT of `copies`. */
static void planar_choose_lines(const sfd_conv_shape *s, int first_t, int row, const float *copies,
                                planar_lines lines)
{
    const int kt = s->kernel[0], kh = s->kernel[1];
    const size_t span = planar_span(s), line = planar_line(s);
    for (int tap = 0; tap < kt * kh; tap++) {
        const int t = first_t + tap / kh, i = row * s->stride[1] + tap % kh * s->dilation[1];
        const bool inside = t >= 0 && t < s->in[0];
        lines[tap] = inside ? copies + ((size_t)(t % kt) * span + (size_t)i) * line : NULL;
    }
}

static void planar_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                            float *scratch)
{
    const int rows = (int)planar_rows(s), h = (int)tile * rows, kt = s->kernel[0];
    const int end_h = h + rows < s->out[1] ? h + rows : s->out[1];
    const size_t frame = planar_span(s) * planar_line(s);
    float *sums = scratch + (size_t)kt * frame;
    int copied = 0; /* frames */
    for (int t = 0; t < s->out[0]; t++) {
        const int first_t = t * s->stride[0] - s->padding[0];
        for (; copied < first_t + kt && copied < s->in[0]; copied++)
            planar_copy_frame(s, io->x, copied, h, scratch + (size_t)(copied % kt) * frame);
        for (int row = h; row < end_h; row++) {
            planar_lines lines;
            planar_choose_lines(s, first_t, row - h, scratch, lines);
            planar_sum_row(s, io->weights, lines, sums);
            rows_finish(s, io, sfd_conv_out_index(s, t, row, 0), sums, 1,
                        planar_vecs_across(s) * VEC);
        }
    }
}

/* Weights are read anew for every row of outputs. */
static double planar_cost(const sfd_conv_shape *s)
{
    const size_t n = sfd_conv_cout(s), k = sfd_im2row_k(s);
    const double products = (double)(n * k) / VEC * COST_PLANAR;
    return cost_positions(s, products + cost_weights(n, k, (size_t)s->out[2]) + planar_moves(s));
}

const sfd_conv_algorithm CONV_NAME(sfd_conv_planar) = {
    .name = CONV_LABEL("planar"),
    .rows_together = 1,
    .cost = planar_cost,
    .can = planar_can,
    .weight_floats = planar_weight_floats,
    .prepare = planar_prepare,
    .n_tiles = planar_n_tiles,
    .scratch_floats = planar_scratch_floats,
    .run_tile = planar_run_tile,
};
