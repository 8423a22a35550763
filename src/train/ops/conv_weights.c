/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient of a convolution's weights: for each tap the products of the output's gradient with
 * the inputs that the tap saw, summed over positions. Inputs are read where they are, through
 * pointers to the rows of a tile of positions.
 *
 * Blocks of output channels x input channels are units of work; where there are few of them each is
 * summed in parts, of which the tiles are dealt out. */
#include "kernels/conv/im2row.h"
#include "train/ops/conv_impl.h"

#include <string.h>

#define TILE_ROWS     128 /* positions that are multiplied at once */
#define BLOCK_OUT     128 /* channels */
#define BLOCK_IN      512 /* taps times channels: sums that stay in the second-level cache */
#define LEAST_IN      64
#define WHOLE         32 /* floats that kernels take together: blocks are multiples of it */
#define JOINED        32 /* channels: fewer than these are read with the taps beside them */
#define SLACK_FLOATS  64
#define BLOCKS_ENOUGH 8 /* for each thread */

static size_t share(size_t n, size_t i, size_t n_shares)
{
    return n * i / n_shares;
}

static size_t cut(size_t n, size_t most)
{
    return (n + most - 1) / most;
}

/* ------------------------------------------------------------------ what a tap sees */

/* Taps side by side along W whose channels lie one behind the other are one. */
static bool joins_taps(const sfd_conv_shape *s)
{
    return s->groups == 1 && s->kernel[2] > 1 && s->dilation[2] == 1 &&
           s->x_ld == sfd_conv_cin(s) && s->cin < JOINED;
}

/* Floats that one pointer stands for, and how often an output position sees so many. */
static size_t run_length(const sfd_conv_shape *s)
{
    return sfd_conv_group_cin(s) * (joins_taps(s) ? (size_t)s->kernel[2] : 1);
}

static size_t n_runs(const sfd_conv_shape *s)
{
    return sfd_im2row_k(s) / run_length(s);
}

/* A thread's memory. */
typedef struct tap_rows {
    const float **at; /* [TILE_ROWS] */
    float *zeros;     /* [run] */
    float *edges;     /* [TILE_ROWS][run]: those that reach over the edge of a row */
} tap_rows;

size_t sfd_conv_weights_scratch(const sfd_conv_shape *s)
{
    const size_t pointers = TILE_ROWS * sizeof(float *) / sizeof(float), run = run_length(s);
    return pointers + run + SLACK_FLOATS + (joins_taps(s) ? TILE_ROWS * run : 0);
}

static tap_rows place_rows(const sfd_conv_shape *s, float *scratch)
{
    tap_rows rows = {.at = (const float **)(void *)scratch};
    rows.zeros = scratch + TILE_ROWS * sizeof(float *) / sizeof(float);
    rows.edges = rows.zeros + run_length(s) + SLACK_FLOATS;
    memset(rows.zeros, 0, run_length(s) * sizeof *rows.zeros);
    return rows;
}

/* A row's taps from column v on, those outside as zeros. */
static const float *copy_edge(const sfd_conv_shape *s, const float *row, int v, float *to)
{
    const size_t n = sfd_conv_cin(s);
    for (int tap = 0; tap < s->kernel[2]; tap++, to += n)
        if (v + tap >= 0 && v + tap < s->in[2])
            memcpy(to, row + (size_t)(v + tap) * n, n * sizeof *to);
        else
            memset(to, 0, n * sizeof *to);
    return to - run_length(s);
}

/* What the span's position number i sees of a row from column v on. */
static const float *find_row(const sfd_conv_shape *s, const float *row, int v, const tap_rows *rows,
                             size_t i)
{
    if (joins_taps(s) && (v < 0 || v + s->kernel[2] > s->in[2]))
        return copy_edge(s, row, v, rows->edges + i * run_length(s));
    return v < 0 || v >= s->in[2] ? rows->zeros : row + (size_t)v * s->x_ld;
}

/* What run number `run` sees from the span's positions; false: nothing but zeros. */
static bool find_rows(const sfd_conv_shape *s, const float *x, sfd_tile_span span, size_t run,
                      const tap_rows *rows)
{
    const int across = joins_taps(s) ? 1 : s->kernel[2], tap = (int)run;
    const int frame = sfd_conv_tap_frame(s, span.t, tap / (s->kernel[1] * across));
    const int down = tap / across % s->kernel[1] * s->dilation[1] - s->padding[1];
    const int right = tap % across * s->dilation[2] - s->padding[2];
    int h = (int)(span.first / (size_t)s->out[2]), v = (int)(span.first % (size_t)s->out[2]);
    for (size_t i = 0; frame >= 0 && i < span.rows; i++) {
        const int y = h * s->stride[1] + down, at = v * s->stride[2] + right;
        rows->at[i] =
            y < 0 || y >= s->in[1]
                ? rows->zeros
                : find_row(s, x + sfd_conv_in_index(s, frame, y, 0) * s->x_ld, at, rows, i);
        if (++v == s->out[2]) {
            v = 0;
            h++;
        }
    }
    return frame >= 0;
}

/* ------------------------------------------------------------------ blocks */

/* Channels of a block, of the output's and of a run's. */
typedef struct block {
    size_t group, first_out, n_out, first_in, n_in;
} block;

static size_t blocks_in(const sfd_conv_shape *s)
{
    const size_t fit = BLOCK_IN / n_runs(s) / WHOLE * WHOLE;
    return cut(run_length(s), fit > LEAST_IN ? fit : LEAST_IN);
}

/* Where block i of `ins` begins. */
static size_t start_in(const sfd_conv_shape *s, size_t i, size_t ins)
{
    const size_t n = run_length(s), at = share(cut(n, WHOLE), i, ins) * WHOLE;
    return at < n ? at : n;
}

static size_t blocks_out(const sfd_conv_shape *s)
{
    return cut(sfd_conv_group_cout(s), BLOCK_OUT);
}

static size_t n_blocks(const sfd_conv_shape *s)
{
    return (size_t)s->groups * blocks_out(s) * blocks_in(s);
}

static block get_block(const sfd_conv_shape *s, size_t i)
{
    const size_t ins = blocks_in(s), outs = blocks_out(s), in = i % ins, out = i / ins % outs;
    block b = {.group = i / ins / outs,
               .first_out = share(sfd_conv_group_cout(s), out, outs),
               .first_in = start_in(s, in, ins)};
    b.n_out = share(sfd_conv_group_cout(s), out + 1, outs) - b.first_out;
    b.n_in = start_in(s, in + 1, ins) - b.first_in;
    return b;
}

size_t sfd_conv_weights_parts(const sfd_conv_shape *s)
{
    const size_t threads = (size_t)s->n_threads;
    return n_blocks(s) >= BLOCKS_ENOUGH * threads ? 1 : threads;
}

/* ------------------------------------------------------------------ sums */

typedef struct weights_run {
    const sfd_train_graph *graph;
    const sfd_conv_shape *shape;
    const sfd_batch_map *x, *dy;
    float *parts; /* [n_parts][part_floats], dw [cout][taps][cin] each */
    size_t part_floats, n_parts;
    float *grad; /* [cout][cin][taps] */
} weights_run;

/* Sums a tile of one sample into the block at dw. */
static void add_tile(const weights_run *r, size_t sample, sfd_tile_span span, const block *b,
                     const tap_rows *rows, float *dw)
{
    const sfd_conv_shape *s = r->shape;
    const size_t k = sfd_im2row_k(s);
    const float *x = r->x->x + sample * r->x->sample_floats;
    sfd_outer o = {.rows = span.rows,
                   .m = b->n_out,
                   .n = b->n_in,
                   .a = r->dy->x + sample * r->dy->sample_floats +
                        sfd_tile_start(s, span) * s->y_ld + b->group * sfd_conv_group_cout(s) +
                        b->first_out,
                   .a_ld = s->y_ld,
                   .b = rows->at,
                   .c_ld = k};
    for (size_t run = 0; run < n_runs(s); run++)
        if (find_rows(s, x + b->group * sfd_conv_group_cin(s), span, run, rows)) {
            for (size_t i = 0; i < span.rows; i++)
                rows->at[i] += rows->at[i] == rows->zeros ? 0 : b->first_in;
            o.c = dw + run * run_length(s);
            r->graph->kernels->outer(&o);
        }
}

static void sum_block(void *user, size_t item, int thread)
{
    const weights_run *r = user;
    const sfd_conv_shape *s = r->shape;
    const size_t n_tiles = sfd_tile_count(s, TILE_ROWS), total = r->graph->batch * n_tiles;
    const size_t k = sfd_im2row_k(s), part = item / n_blocks(s);
    const block b = get_block(s, item % n_blocks(s));
    const tap_rows rows = place_rows(s, sfd_train_scratch(r->graph, thread));
    float *dw = r->parts + part * r->part_floats + b.first_in +
                (b.group * sfd_conv_group_cout(s) + b.first_out) * k;
    for (size_t co = 0; co < b.n_out; co++)
        for (size_t run = 0; run < n_runs(s); run++)
            memset(dw + co * k + run * run_length(s), 0, b.n_in * sizeof *dw);
    const size_t end = share(total, part + 1, r->n_parts);
    for (size_t i = share(total, part, r->n_parts); i < end; i++)
        add_tile(r, i / n_tiles, sfd_tile_get(s, TILE_ROWS, i % n_tiles), &b, &rows, dw);
}

/* All parts, added in order, of one output channel. */
static void reduce_row(void *user, size_t co, int thread)
{
    const weights_run *r = user;
    const sfd_kernels *kernels = r->graph->kernels;
    const size_t taps = sfd_conv_taps(r->shape), cin = sfd_conv_group_cin(r->shape);
    float *dw = r->parts + co * taps * cin, *grad = r->grad + co * taps * cin;
    (void)thread;
    for (size_t part = 1; part < r->n_parts; part++)
        kernels->add(dw, dw + part * r->part_floats, taps * cin);
    if (taps == 1)
        kernels->add(grad, dw, cin);
    else
        for (size_t ci = 0; ci < cin; ci++)
            for (size_t tap = 0; tap < taps; tap++)
                grad[ci * taps + tap] += dw[tap * cin + ci];
}

void sfd_conv_weights_backward(const sfd_train_graph *g, const sfd_conv_train *t,
                               const sfd_batch_map *x, const sfd_batch_map *dy, float *grad)
{
    weights_run r = {g,          &t->shape, x, dy, sfd_conv_shared(g, t->parts), t->part_floats,
                     t->n_parts, grad};
    sfd_team_for(g->team, r.n_parts * n_blocks(&t->shape), sum_block, &r);
    sfd_team_for(g->team, sfd_conv_cout(&t->shape), reduce_row, &r);
}
