/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient of a strided convolution's input: products with the weights, added where each tap
 * read. Taps in time only add to whole frames; others go through rows of gathered taps. Units of
 * work are parts of all frames, frames, or samples: no two add to one place. */
#include "kernels/conv/im2row.h"
#include "train/ops/conv_impl.h"

#include <cblas.h>

#define TILE_FLOATS  65536 /* gathered rows that stay in the second-level cache */
#define TILES_APIECE 4     /* of a thread */

static size_t tile_rows(const sfd_conv_shape *s)
{
    return sfd_tile_fit(sfd_im2row_k(s), TILE_FLOATS);
}

size_t sfd_conv_strided_scratch(const sfd_conv_shape *s)
{
    return sfd_conv_is_pointwise(s) ? 0 : tile_rows(s) * sfd_im2row_k(s);
}

typedef struct strided_run {
    const sfd_train_graph *graph;
    const sfd_conv_shape *shape;
    const float *weights; /* [cout][taps][cin] */
    const sfd_batch_map *dy, *dx;
    size_t n_pieces; /* units of work of a sample */
} strided_run;

/* ------------------------------------------------------------------ taps in time only */

/* Positions from `first` to before `end` of all frames. */
static void add_frames(const strided_run *r, const float *dy, float *dx, size_t first, size_t end)
{
    const sfd_conv_shape *s = r->shape;
    const size_t k = sfd_im2row_k(s), frame = sfd_conv_in_frame(s);
    const size_t cin = sfd_conv_group_cin(s), cout = sfd_conv_group_cout(s);
    for (int t = 0; t < s->out[0]; t++)
        for (int tap = 0; tap < s->kernel[0]; tap++) {
            const int to = sfd_conv_tap_frame(s, t, tap);
            for (size_t group = 0; to >= 0 && group < (size_t)s->groups; group++)
                cblas_sgemm(
                    CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)(end - first), (blasint)cin,
                    (blasint)cout, 1.0f, dy + ((size_t)t * frame + first) * s->y_ld + group * cout,
                    (blasint)s->y_ld, r->weights + group * cout * k + (size_t)tap * cin, (blasint)k,
                    1.0f, dx + ((size_t)to * frame + first) * s->x_ld + group * cin,
                    (blasint)s->x_ld);
        }
}

/* ------------------------------------------------------------------ gathered rows */

/* The inverse of gathering one output position's inputs: adds them back. */
static void scatter_row(const sfd_conv_shape *s, const float *row, int t, size_t position,
                        float *dx)
{
    const int h = (int)(position / (size_t)s->out[2]), v = (int)(position % (size_t)s->out[2]);
    const size_t n = sfd_conv_group_cin(s);
    for (int dt = 0; dt < s->kernel[0]; dt++)
        for (int dh = 0; dh < s->kernel[1]; dh++)
            for (int dw = 0; dw < s->kernel[2]; dw++, row += n) {
                const int it = sfd_conv_tap_frame(s, t, dt);
                const int ih = h * s->stride[1] - s->padding[1] + dh * s->dilation[1];
                const int iv = v * s->stride[2] - s->padding[2] + dw * s->dilation[2];
                if (it < 0 || ih < 0 || ih >= s->in[1] || iv < 0 || iv >= s->in[2])
                    continue;
                float *to = dx + sfd_conv_in_index(s, it, ih, iv) * s->x_ld;
                for (size_t i = 0; i < n; i++)
                    to[i] += row[i];
            }
}

static void scatter_tile(const strided_run *r, sfd_tile_span span, const float *dy, float *dx,
                         float *rows)
{
    const sfd_conv_shape *s = r->shape;
    const size_t k = sfd_im2row_k(s), cin = sfd_conv_group_cin(s), cout = sfd_conv_group_cout(s);
    for (size_t group = 0; group < (size_t)s->groups; group++) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)span.rows, (blasint)k,
                    (blasint)cout, 1.0f, dy + sfd_tile_start(s, span) * s->y_ld + group * cout,
                    (blasint)s->y_ld, r->weights + group * cout * k, (blasint)k, 0.0f, rows,
                    (blasint)k);
        for (size_t i = 0; i < span.rows; i++)
            scatter_row(s, rows + i * k, span.t, span.first + i, dx + group * cin);
    }
}

/* ------------------------------------------------------------------ units of work */

static size_t count_pieces(const sfd_conv_shape *s)
{
    const size_t frame = sfd_conv_in_frame(s), most = TILES_APIECE * (size_t)s->n_threads;
    if (sfd_conv_is_pointwise(s))
        return frame < most ? frame : most;
    return s->kernel[0] == 1 ? (size_t)s->out[0] : 1;
}

static void run_piece(void *user, size_t item, int thread)
{
    const strided_run *r = user;
    const sfd_conv_shape *s = r->shape;
    const size_t sample = item / r->n_pieces, piece = item % r->n_pieces;
    const float *dy = r->dy->x + sample * r->dy->sample_floats;
    float *dx = r->dx->x + sample * r->dx->sample_floats;
    if (sfd_conv_is_pointwise(s)) {
        const size_t frame = sfd_conv_in_frame(s);
        add_frames(r, dy, dx, frame * piece / r->n_pieces, frame * (piece + 1) / r->n_pieces);
        return;
    }
    const size_t n_tiles = sfd_tile_count(s, tile_rows(s));
    for (size_t tile = n_tiles * piece / r->n_pieces; tile < n_tiles * (piece + 1) / r->n_pieces;
         tile++)
        scatter_tile(r, sfd_tile_get(s, tile_rows(s), tile), dy, dx,
                     sfd_train_scratch(r->graph, thread));
}

void sfd_conv_strided_backward(const sfd_train_graph *g, const sfd_conv_shape *s, const float *w,
                               const sfd_batch_map *dy, const sfd_batch_map *dx)
{
    strided_run r = {g, s, w, dy, dx, count_pieces(s)};
    sfd_team_for(g->team, g->batch * r.n_pieces, run_piece, &r);
}
