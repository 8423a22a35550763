/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution by the packed matrix product, compiled for AVX2 and AVX-512, float32 and bfloat16:
 * rows straight from the map where every tap reads one position, gathered rows (im2row) otherwise;
 * bias, residual and ReLU are applied while the sums are in registers. */
#include "kernels/conv/cost_tmpl.h"
#include "kernels/conv/gemm_tmpl.h"
#include "kernels/conv/im2row.h"
#include "kernels/conv/packed_weights_tmpl.h"
#include "kernels/name.h"

#define MAX_TIME_TAPS 16
/* A tile's inputs stay in a core's second-level cache while the panels of weights go by. */
#define PACKED_TILE_WORDS (128 * 1024)
/* Of a small map each thread gets a tile all the same, but weights are read for each. */
#define PACKED_LEAST_ROWS 28

/* The map's floats are gathered and made elements. */
static inline bool packed_converts(const sfd_conv_shape *s)
{
    return s->x_type != ELEMENT_TYPE;
}

static bool packed_can(const sfd_conv_shape *s)
{
    const bool whole_words = sfd_conv_cin(s) % WORD_ELEMENTS == 0 && s->x_ld % WORD_ELEMENTS == 0;
    return element_can_copy(s) && s->groups == 1 && s->kernel[0] <= MAX_TIME_TAPS &&
           (whole_words || packed_converts(s));
}

/* Rows straight from the map. */
static inline bool packed_direct(const sfd_conv_shape *s)
{
    return sfd_conv_is_pointwise(s) && !packed_converts(s);
}

/* The shape whose input channels are words. */
static inline sfd_conv_shape packed_in_words(const sfd_conv_shape *s)
{
    sfd_conv_shape w = *s;
    w.cin /= WORD_ELEMENTS;
    w.x_ld /= WORD_ELEMENTS;
    return w;
}

/* Words of a row of inputs. */
static inline size_t packed_k(const sfd_conv_shape *s)
{
    return words(sfd_im2row_k(s));
}

/* Most rows of a tile in a large map. */
static inline size_t packed_fit(const sfd_conv_shape *s)
{
    return sfd_tile_fit(packed_k(s), PACKED_TILE_WORDS);
}

static inline size_t packed_max_rows(const sfd_conv_shape *s)
{
    return sfd_conv_share(s, sfd_conv_positions(s), PACKED_LEAST_ROWS, packed_fit(s));
}

static size_t packed_n_tiles(const sfd_conv_shape *s)
{
    return sfd_tile_count(s, packed_max_rows(s));
}

static size_t packed_scratch_floats(const sfd_conv_shape *s)
{
    const size_t converted = packed_converts(s) ? sfd_im2row_k(s) : 0;
    return packed_direct(s) ? 0 : packed_max_rows(s) * packed_k(s) + converted;
}

/* Temporal taps inside the clip, and their first rows. */
static void set_time_taps(const sfd_conv_shape *s, const sfd_conv_io *io, sfd_tile_span span,
                          const word *first_rows[MAX_TIME_TAPS], gemm_args *g)
{
    const size_t frame = sfd_conv_in_frame(s);
    g->k = words(sfd_conv_cin(s));
    g->lda = words(s->x_ld);
    g->n_taps = (size_t)s->kernel[0];
    g->first_tap = g->n_taps;
    g->end_tap = 0;
    for (size_t dt = 0; dt < g->n_taps; dt++) {
        const int t = span.t * s->stride[0] - s->padding[0] + (int)dt * s->dilation[0];
        if (t < 0 || t >= s->in[0])
            continue;
        first_rows[dt] = (const word *)io->x + ((size_t)t * frame + span.first) * g->lda;
        g->first_tap = dt < g->first_tap ? dt : g->first_tap;
        g->end_tap = dt + 1;
    }
}

/* Gathers rows of floats, one by one, and makes them words; the float row lies behind them. */
static void packed_convert(const sfd_conv_shape *s, const float *x, sfd_tile_span span,
                           float *scratch)
{
    const size_t n = sfd_im2row_k(s), k = packed_k(s);
    float *row = scratch + packed_max_rows(s) * k;
    for (size_t r = 0; r < span.rows; r++) {
        element *to = (element *)(scratch + r * k);
        sfd_im2row_gather(s, x, (sfd_tile_span){span.t, span.first + r, 1}, row);
        for (size_t i = 0; i < k * WORD_ELEMENTS; i++)
            to[i] = element_of(i < n ? row[i] : 0);
    }
}

static void packed_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                            float *scratch)
{
    const sfd_tile_span span = sfd_tile_get(s, packed_max_rows(s), tile);
    const size_t start = sfd_tile_start(s, span), k = packed_k(s);
    const word *first_rows[MAX_TIME_TAPS] = {scratch};
    gemm_args g = {.rows = span.rows,
                   .columns = sfd_conv_cout(s),
                   .k = k,
                   .n_taps = 1,
                   .end_tap = 1,
                   .a = first_rows,
                   .lda = k,
                   .w = io->weights,
                   .bias = io->bias,
                   .residual = result_at(io->residual, start * s->residual_ld, s->residual_type),
                   .residual_ld = s->residual_ld,
                   .residual_type = s->residual_type,
                   .y = result_at(io->y, start * s->y_ld, s->y_type),
                   .y_ld = s->y_ld,
                   .y_type = s->y_type,
                   .activation = s->activation,
                   .far_inputs = packed_direct(s)};
    if (packed_direct(s)) {
        set_time_taps(s, io, span, first_rows, &g);
    } else if (packed_converts(s)) {
        packed_convert(s, io->x, span, scratch);
    } else {
        const sfd_conv_shape in_words = packed_in_words(s);
        sfd_im2row_gather(&in_words, io->x, span, scratch);
    }
    gemm_run(&g);
}

static double packed_cost(const sfd_conv_shape *s)
{
    const size_t n = sfd_conv_cout(s), k = packed_k(s);
    double each = cost_product(n, k) + cost_results(n) + cost_weights(n, k, packed_fit(s));
    if (!packed_direct(s))
        each += (packed_converts(s) ? WORD_ELEMENTS + 1 : 1) * cost_vectors(k) * COST_COPY +
                s->kernel[0] * s->kernel[1] * COST_TAP;
    return cost_positions(s, each);
}

const sfd_conv_algorithm CONV_NAME(sfd_conv_packed) = {
    .name = CONV_LABEL("packed"),
    .rows_together = 1,
    .cost = packed_cost,
    .can = packed_can,
    .weight_floats = packed_weight_floats,
    .prepare = packed_prepare,
    .n_tiles = packed_n_tiles,
    .scratch_floats = packed_scratch_floats,
    .run_tile = packed_run_tile,
};
