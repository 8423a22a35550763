/* SPDX-License-Identifier: Apache-2.0 */
/* The gradient of the weights of 1x3x3 and 3x1x1 convolutions at stride 1 by Winograd's transforms
 * (kernels/outer/winograd.h), with a quarter or half of the products that conv_weights.c takes.
 *
 * A chunk of the batch's tiles at a time is transformed into planes, one for each point, and each
 * block of channels sums the planes' products, which it takes back to taps while they are in cache.
 */
#include "kernels/conv/winograd_grid.h"
#include "train/ops/conv_impl.h"

#include <string.h>

#define LEAST_CHANNELS 32      /* with fewer, transforms cost more than they save */
#define CHUNK_FLOATS   2500000 /* of planes: what the caches of two cores nearly hold */
#define LEAST_TILES    64
#define ITEM_TILES     8 /* that one unit of work transforms */
#define LEAST_BLOCK    16
#define LINE           16 /* floats */
#define MOST_TAPS      9

static size_t cut(size_t n, size_t most)
{
    return (n + most - 1) / most;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool is(const int v[3], int t, int h, int w)
{
    return v[0] == t && v[1] == h && v[2] == w;
}

bool sfd_conv_winograd_can(const sfd_kernels *k, const sfd_conv_shape *s)
{
    const int d = s->dilation[1];
    const bool plane = is(s->kernel, 1, 3, 3) && is(s->padding, 0, d, d) && s->dilation[2] == d;
    const bool time = is(s->kernel, 3, 1, 1) && is(s->padding, 1, 0, 0) && s->dilation[0] == 1;
    return k->wino_outer && s->groups == 1 && is(s->stride, 1, 1, 1) && (plane || time) &&
           s->cin >= LEAST_CHANNELS && s->cout >= LEAST_CHANNELS;
}

/* ------------------------------------------------------------------ sizes */

static int n_axes(const sfd_conv_shape *s)
{
    return s->kernel[0] == 1 ? 2 : 1;
}

static size_t n_points(const sfd_conv_shape *s)
{
    return n_axes(s) == 2 ? WINO_HW : WINO_IN;
}

static size_t sample_tiles(const sfd_conv_shape *s)
{
    return n_axes(s) == 2 ? wino_hw_total(s)
                          : cut((size_t)s->out[0], WINO_OUT) * sfd_conv_out_frame(s);
}

/* Floats from tile to tile of a plane: an odd number of cache lines, so that a column of channels
 * is spread over all cache sets. */
static size_t pitch(size_t channels)
{
    return (cut(channels, LINE) | 1) * LINE;
}

static size_t tile_floats(const sfd_conv_shape *s)
{
    return n_points(s) * (pitch(sfd_conv_cin(s)) + pitch(sfd_conv_cout(s)));
}

static size_t chunk_tiles(const sfd_conv_shape *s, size_t batch)
{
    const size_t all = batch * sample_tiles(s), fit = CHUNK_FLOATS / tile_floats(s);
    return cut(all, cut(all, fit > LEAST_TILES ? fit : LEAST_TILES));
}

/* What is transformed, of inputs or of the outputs' gradients: [point][tile][pitch]. */
typedef struct planes {
    float *x;
    size_t plane, pitch;
} planes;

static size_t plane_floats(size_t tiles, size_t channels)
{
    return tiles * pitch(channels) + LINE;
}

size_t sfd_conv_winograd_shared(const sfd_conv_shape *s, size_t batch)
{
    const size_t tiles = chunk_tiles(s, batch);
    return n_points(s) *
           (plane_floats(tiles, sfd_conv_cin(s)) + plane_floats(tiles, sfd_conv_cout(s)));
}

/* Channels of a block: small enough for the cache, and for every thread to have some. */
typedef struct blocks {
    size_t outs, ins;   /* how many */
    size_t n_out, n_in; /* channels of the largest */
} blocks;

static blocks get_blocks(const sfd_conv_shape *s)
{
    const size_t most = n_axes(s) == 2 ? 64 : 128, enough = 4 * (size_t)s->n_threads;
    blocks b = {.ins = cut(sfd_conv_cin(s), most), .outs = cut(sfd_conv_cout(s), most)};
    while (b.ins * b.outs < enough && sfd_conv_cout(s) / (b.outs + 1) >= LEAST_BLOCK)
        b.outs++;
    b.n_out = cut(sfd_conv_cout(s), b.outs);
    b.n_in = cut(cut(sfd_conv_cin(s), b.ins), LINE) * LINE;
    return b;
}

/* A thread's memory. */
typedef struct workplace {
    float *zeros;       /* [channels]: what lies outside of the map */
    const float **rows; /* [tiles of a chunk] */
    float *sums;        /* [point][n_out][n_in] */
    float *taps;        /* [taps][n_in] */
} workplace;

static size_t zero_floats(const sfd_conv_shape *s)
{
    const size_t n = s->cin > s->cout ? sfd_conv_cin(s) : sfd_conv_cout(s);
    return pitch(n);
}

static size_t row_floats(const sfd_conv_shape *s, size_t batch)
{
    return cut(chunk_tiles(s, batch) * sizeof(float *), LINE * sizeof(float)) * LINE;
}

size_t sfd_conv_winograd_scratch(const sfd_conv_shape *s, size_t batch)
{
    const blocks b = get_blocks(s);
    return zero_floats(s) + row_floats(s, batch) + n_points(s) * b.n_out * b.n_in +
           MOST_TAPS * b.n_in;
}

/* ------------------------------------------------------------------ a chunk */

typedef struct wino_run {
    const sfd_train_graph *graph;
    const sfd_conv_shape *shape;
    const sfd_batch_map *x, *dy;
    planes in, out;
    size_t first, n_tiles; /* the chunk's, of the batch's tiles */
    blocks blocks;
    float *grad;
} wino_run;

static workplace get_workplace(const wino_run *r, int thread)
{
    const sfd_conv_shape *s = r->shape;
    workplace w = {.zeros = sfd_train_scratch(r->graph, thread)};
    float *rows = w.zeros + zero_floats(s);
    w.rows = (const float **)(void *)rows;
    w.sums = rows + row_floats(s, r->graph->batch);
    w.taps = w.sums + n_points(s) * r->blocks.n_out * r->blocks.n_in;
    return w;
}

/* Rows of a map that a tile reads: `n` an axis, the first of them `before` the tile's first output.
 */
static void find_square(const sfd_conv_shape *s, const float *x, size_t ld, size_t tile, int n,
                        int before, const float *zeros, const float **at)
{
    const wino_tile where = wino_hw_locate(s, tile);
    const int d = s->dilation[1];
    for (int i = 0; i < n * n; i++) {
        const int y = where.y + (i / n - before) * d, v = where.x + (i % n - before) * d;
        const bool inside = y >= 0 && y < s->out[1] && v >= 0 && v < s->out[2];
        at[i] = inside ? x + sfd_conv_out_index(s, where.t, y, v) * ld : zeros;
    }
}

static void find_line(const sfd_conv_shape *s, const float *x, size_t ld, size_t tile, int n,
                      int before, const float *zeros, const float **at)
{
    const size_t frame = sfd_conv_out_frame(s), position = tile % frame;
    const int first = (int)(tile / frame) * WINO_OUT - before;
    for (int i = 0; i < n; i++) {
        const bool inside = first + i >= 0 && first + i < s->out[0];
        at[i] = inside ? x + ((size_t)(first + i) * frame + position) * ld : zeros;
    }
}

/* Input and output are of one size: the strides are 1 and what a kernel reaches over is padded. */
static void find_rows(const sfd_conv_shape *s, const sfd_batch_map *m, size_t tile, int n,
                      int before, const float *zeros, const float **at)
{
    const float *x = m->x + tile / sample_tiles(s) * m->sample_floats;
    (n_axes(s) == 2 ? find_square : find_line)(s, x, m->ld, tile % sample_tiles(s), n, before,
                                               zeros, at);
}

static void transform_tiles(void *user, size_t item, int thread)
{
    const wino_run *r = user;
    const sfd_conv_shape *s = r->shape;
    const sfd_wino_outer *kernels = r->graph->kernels->wino_outer;
    const workplace w = get_workplace(r, thread);
    const size_t end = smaller((item + 1) * ITEM_TILES, r->n_tiles);
    memset(w.zeros, 0, zero_floats(s) * sizeof *w.zeros);
    for (size_t i = item * ITEM_TILES; i < end; i++) {
        const float *at[WINO_HW];
        find_rows(s, r->x, r->first + i, WINO_IN, 1, w.zeros, at);
        kernels->inputs(n_axes(s), at, sfd_conv_cin(s), r->in.x + i * r->in.pitch, r->in.plane);
        find_rows(s, r->dy, r->first + i, WINO_OUT, 0, w.zeros, at);
        kernels->outputs(n_axes(s), at, sfd_conv_cout(s), r->out.x + i * r->out.pitch,
                         r->out.plane);
    }
}

/* ------------------------------------------------------------------ a block */

static void sum_products(const wino_run *r, const workplace *w, size_t first_out, size_t n_out,
                         size_t first_in, size_t n_in)
{
    const size_t sums = r->blocks.n_out * r->blocks.n_in;
    sfd_outer o = {.rows = r->n_tiles,
                   .m = n_out,
                   .n = n_in,
                   .a_ld = r->out.pitch,
                   .b = w->rows,
                   .c_ld = r->blocks.n_in};
    memset(w->sums, 0, n_points(r->shape) * sums * sizeof *w->sums);
    for (size_t point = 0; point < n_points(r->shape); point++) {
        const float *in = r->in.x + point * r->in.plane + first_in;
        for (size_t i = 0; i < r->n_tiles; i++)
            w->rows[i] = in + i * r->in.pitch;
        o.a = r->out.x + point * r->out.plane + first_out;
        o.c = w->sums + point * sums;
        r->graph->kernels->outer(&o);
    }
}

static void sum_block(void *user, size_t item, int thread)
{
    const wino_run *r = user;
    const sfd_conv_shape *s = r->shape;
    const blocks *b = &r->blocks;
    const workplace w = get_workplace(r, thread);
    const size_t cin = sfd_conv_cin(s), taps = sfd_conv_taps(s);
    const size_t first_out = item / b->ins * b->n_out, first_in = item % b->ins * b->n_in;
    if (first_out >= sfd_conv_cout(s) || first_in >= cin)
        return;
    const size_t n_out = smaller(b->n_out, sfd_conv_cout(s) - first_out);
    const size_t n_in = smaller(b->n_in, cin - first_in);
    sum_products(r, &w, first_out, n_out, first_in, n_in);
    for (size_t co = 0; co < n_out; co++) {
        float *grad = r->grad + ((first_out + co) * cin + first_in) * taps;
        r->graph->kernels->wino_outer->taps(n_axes(s), w.sums + co * b->n_in, b->n_out * b->n_in,
                                            n_in, w.taps, b->n_in);
        for (size_t ci = 0; ci < n_in; ci++)
            for (size_t tap = 0; tap < taps; tap++)
                grad[ci * taps + tap] += w.taps[tap * b->n_in + ci];
    }
}

void sfd_conv_winograd_backward(const sfd_train_graph *g, const sfd_conv_train *t,
                                const sfd_batch_map *x, const sfd_batch_map *dy, float *grad)
{
    const sfd_conv_shape *s = &t->shape;
    const size_t total = g->batch * sample_tiles(s), chunk = chunk_tiles(s, g->batch);
    wino_run r = {.graph = g,
                  .shape = s,
                  .x = x,
                  .dy = dy,
                  .in = {sfd_conv_shared(g, t->parts), plane_floats(chunk, sfd_conv_cin(s)),
                         pitch(sfd_conv_cin(s))},
                  .blocks = get_blocks(s),
                  .grad = grad};
    r.out = (planes){r.in.x + n_points(s) * r.in.plane, plane_floats(chunk, sfd_conv_cout(s)),
                     pitch(sfd_conv_cout(s))};
    for (; r.first < total; r.first += chunk) {
        r.n_tiles = smaller(chunk, total - r.first);
        sfd_team_for(g->team, cut(r.n_tiles, ITEM_TILES), transform_tiles, &r);
        sfd_team_for(g->team, r.blocks.outs * r.blocks.ins, sum_block, &r);
    }
}
