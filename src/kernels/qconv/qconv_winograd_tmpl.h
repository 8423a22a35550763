/* SPDX-License-Identifier: Apache-2.0 */
/* Winograd's convolution in integers: F(4x4,3x3) for 1x3x3 and F(4,3) for 3x1x1, stride 1, any
 * dilation (whose sub-grids are convolved by themselves). Nothing is lost to rounding:
 *
 * Inputs become words, |B^T d B| <= 98 * 255 for bytes, and so do weights with G's factors times
 * 30, |G w G^T| <= 15 * 15 * 128. Sums of products wrap modulo 2^32, as do the results, which are
 * 30 y along one axis: by 15 is divided modulo 2^32, by 2 by shifting, exact where |y| < 2^30 (both
 * axes: 900 = 225 * 4, 2^29). The points 0, 1, -1, 2, -1/2 and infinity are six different ones
 * modulo 4: the usual 0, 1, -1, 2, -2 would leave 2^25, too few bits for large layers. */
#include "kernels/name.h"
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

#include <string.h>

#define POINTS      6 /* along an axis that is transformed: inputs, products */
#define OUTS        4
#define MOST_TILES  48          /* at once; a multiple of the usual ROWS */
#define ROUND_TILES 12          /* a block has a multiple of them, where there are enough */
#define HALF_BLOCKS 128         /* channels up to which blocks are halved, for the caches */
#define T_INPUTS    (320 << 10) /* bytes of a block's inputs along time, which every panel reads */
#define FIFTEENTH   0xEEEEEEEFu /* 1 / 15 modulo 2^32 */

typedef int16_t w_words __attribute__((vector_size(2 * QLANES * sizeof(int16_t))));
typedef uint32_t w_sums __attribute__((vector_size(QLANES * sizeof(uint32_t))));
#define WORDS (2 * QLANES) /* of a vector */

/* ------------------------------------------------------------------ shapes */

static size_t w_points(const sfd_conv_shape *s, int axis)
{
    return s->kernel[axis] == 3 ? POINTS : 1;
}

static size_t w_places(const sfd_conv_shape *s)
{
    return w_points(s, 0) * w_points(s, 1) * w_points(s, 2);
}

/* Tiles along an axis: those of each sub-grid, one after the other. */
static size_t w_axis_tiles(const sfd_conv_shape *s, int axis)
{
    const size_t n = (size_t)s->out[axis], d = (size_t)s->dilation[axis];
    return s->kernel[axis] == 3 ? d * (((n + d - 1) / d + OUTS - 1) / OUTS) : n;
}

/* First output of a tile. */
static int w_axis_first(const sfd_conv_shape *s, int axis, size_t tile)
{
    const size_t d = (size_t)s->dilation[axis];
    return (int)(s->kernel[axis] == 3 ? tile % d + tile / d * OUTS * d : tile);
}

static size_t w_tiles(const sfd_conv_shape *s)
{
    return w_axis_tiles(s, 0) * w_axis_tiles(s, 1) * w_axis_tiles(s, 2);
}

/* Tiles at once, at most. Along time there are six places for a panel of weights, not 36, and
 * reading weights anew for smaller blocks costs less than inputs that leave the second-level cache.
 */
static size_t w_most_tiles(const sfd_conv_shape *s)
{
    if (s->cin <= HALF_BLOCKS)
        return MOST_TILES / 2;
    const size_t fit = T_INPUTS / (POINTS * sizeof(int16_t) * sfd_conv_cin(s));
    if (s->kernel[0] != 3 || fit >= MOST_TILES)
        return MOST_TILES;
    return fit > ROUND_TILES ? fit / ROUND_TILES * ROUND_TILES : ROUND_TILES;
}

/* Tiles at once: as many as fit, full register tiles where there are enough. */
static size_t w_block(const sfd_conv_shape *s)
{
    const size_t n = sfd_conv_share(s, w_tiles(s), ROUND_TILES, w_most_tiles(s));
    return (n + ROUND_TILES - 1) / ROUND_TILES * ROUND_TILES;
}

static size_t w_n_tiles(const sfd_conv_shape *s)
{
    return (w_tiles(s) + w_block(s) - 1) / w_block(s);
}

/* Words of a place's row of inputs. */
static size_t w_ld(const sfd_conv_shape *s)
{
    return (sfd_conv_cin(s) + WORDS - 1) / WORDS * WORDS + WORDS;
}

/* Rows of a place, one more than tiles: places 16 KiB apart would fall into one cache set. The last
 * register tile may reach into the next place, whose turn is later, and past the last one. */
static size_t w_rows(const sfd_conv_shape *s)
{
    return w_block(s) + 1;
}

static size_t w_all_rows(const sfd_conv_shape *s)
{
    return w_places(s) * w_rows(s) + ROWS(1);
}

static size_t w_input_bytes(const sfd_conv_shape *s)
{
    return w_all_rows(s) * w_ld(s) * sizeof(int16_t);
}

/* A row of padding, inputs [places][rows][ld], products [places][rows][WIDEST]. */
static size_t w_scratch_bytes(const sfd_conv_shape *s)
{
    return d_row_room(s) + w_input_bytes(s) + w_all_rows(s) * WIDEST * sizeof(QVEC);
}

/* ------------------------------------------------------------------ weights */

static q_panels w_panels(const sfd_conv_shape *s)
{
    return (q_panels){w_places(s), q_steps(sfd_conv_cin(s), true), q_vectors(s), true};
}

static size_t w_weight_bytes(const sfd_conv_shape *s)
{
    const q_panels p = w_panels(s);
    return q_panels_bytes(&p) + q_channels_bytes(s);
}

/* G with its factors times 30, each place at most 15 times the largest weight. */
static void w_transform_weights(int to[POINTS], int a, int b, int c)
{
    to[0] = 15 * a;
    to[1] = -5 * (a + b + c);
    to[2] = 5 * (a - b + c);
    to[3] = a + 2 * b + 4 * c;
    to[4] = -4 * a + 2 * b - c;
    to[5] = 15 * c;
}

/* The weights of two channels, as they lie, to all places. */
static void w_transform_kernel(const sfd_conv_shape *s, const int8_t *w, int to[POINTS * POINTS])
{
    int columns[3][POINTS];
    if (s->kernel[0] == 3) {
        w_transform_weights(to, w[0], w[1], w[2]);
        return;
    }
    for (int v = 0; v < 3; v++)
        w_transform_weights(columns[v], w[v], w[3 + v], w[6 + v]);
    for (int h = 0; h < POINTS; h++)
        w_transform_weights(to + h * POINTS, columns[0][h], columns[1][h], columns[2][h]);
}

static void w_prepare(const sfd_conv_shape *s, const sfd_qconv_params *params, void *prepared)
{
    const size_t places = w_places(s), taps = sfd_conv_taps(s), n = sfd_conv_cin(s);
    const q_panels p = w_panels(s);
    int transformed[POINTS * POINTS];
    memset(prepared, 0, q_panels_bytes(&p));
    /* in this order neighbouring lanes are written one after the other, 36 places each */
    for (size_t ci = 0; ci < n; ci++) {
        for (size_t co = 0; co < sfd_conv_cout(s); co++) {
            const q_lane lane = q_panels_lane(&p, prepared, co);
            w_transform_kernel(s, params->w + (co * n + ci) * taps, transformed);
            for (size_t place = 0; place < places; place++)
                q_lane_put(&lane, place, ci, transformed[place]);
        }
    }
    q_channels_fill(s, params, (char *)prepared + q_panels_bytes(&p));
}

/* ------------------------------------------------------------------ inputs */

/* A tile: its first output, and where its inputs are. */
typedef struct w_tile {
    int first[3];
    const uint8_t *rows[POINTS * POINTS];
} w_tile;

static void w_find(const sfd_conv_shape *s, const uint8_t *x, const uint8_t *padding, size_t tile,
                   w_tile *t)
{
    const size_t width = w_axis_tiles(s, 2), height = w_axis_tiles(s, 1);
    const size_t at[3] = {tile / width / height, tile / width % height, tile % width};
    const uint8_t **row = t->rows;
    int in[3];
    for (int axis = 0; axis < 3; axis++) {
        t->first[axis] = w_axis_first(s, axis, at[axis]);
        in[axis] = t->first[axis] - s->padding[axis];
    }
    for (size_t i = 0; i < w_points(s, 0); i++)
        for (size_t j = 0; j < w_points(s, 1); j++)
            for (size_t k = 0; k < w_points(s, 2); k++) {
                const int p = in[0] + (int)i * s->dilation[0], q = in[1] + (int)j * s->dilation[1];
                const int r = in[2] + (int)k * s->dilation[2];
                const bool inside =
                    p >= 0 && p < s->in[0] && q >= 0 && q < s->in[1] && r >= 0 && r < s->in[2];
                *row++ = inside ? x + sfd_conv_in_index(s, p, q, r) * s->x_ld : padding;
            }
}

/* WORDS channels, of which a map has n. */
ALWAYS_INLINE w_words w_read(const uint8_t *x, size_t n)
{
    typedef uint8_t bytes __attribute__((vector_size(WORDS)));
    bytes b = {0};
    if (n >= WORDS)
        memcpy(&b, x, WORDS);
    else
        memcpy(&b, x, n);
    return __builtin_convertvector(b, w_words);
}

/* B^T */
ALWAYS_INLINE void w_transform(const w_words d[], size_t from, w_words to[])
{
    const w_words d0 = d[0], d1 = d[from], d2 = d[2 * from], d3 = d[3 * from], d4 = d[4 * from];
    const w_words d5 = d[5 * from], d42 = 2 * d4, d13 = 3 * (d1 - d3);
    to[0] = 2 * d0 + d13 - 4 * d2 + d42;
    to[1] = d42 - d3 - 5 * d2 - 2 * d1;
    to[2] = d42 - 5 * d3 + d2 + 2 * d1;
    to[3] = d42 + d3 - 2 * d2 - d1;
    to[4] = d4 - 2 * d3 - d2 + 2 * d1;
    to[5] = 2 * (d1 + d5) - 4 * d3 + 3 * (d2 - d4);
}

/* Channels from c on of one tile; places are `step` words apart. */
ALWAYS_INLINE void w_transform_chunk(const w_tile *t, size_t c, size_t n, int16_t *to, size_t step,
                                     const bool two_axes)
{
    w_words d[POINTS * POINTS], columns[POINTS * POINTS], out[POINTS];
    const int n_rows = two_axes ? POINTS * POINTS : POINTS;
    for (int i = 0; i < n_rows; i++)
        d[i] = w_read(t->rows[i] + c, n);
    if (!two_axes) {
        w_transform(d, 1, out);
        for (int i = 0; i < POINTS; i++)
            memcpy(to + (size_t)i * step, &out[i], sizeof out[i]);
        return;
    }
    for (int column = 0; column < POINTS; column++) {
        w_transform(d + column, POINTS, out);
        for (int i = 0; i < POINTS; i++)
            columns[i * POINTS + column] = out[i];
    }
    for (int row = 0; row < POINTS; row++) {
        w_transform(columns + row * POINTS, 1, out);
        for (int i = 0; i < POINTS; i++)
            memcpy(to + (size_t)(row * POINTS + i) * step, &out[i], sizeof out[i]);
    }
}

static void w_transform_tile(const sfd_conv_shape *s, const w_tile *t, int16_t *to)
{
    const size_t n = sfd_conv_cin(s), step = w_rows(s) * w_ld(s);
    for (size_t c = 0; c < n; c += WORDS)
        if (s->kernel[0] == 3)
            w_transform_chunk(t, c, n - c, to + c, step, false);
        else
            w_transform_chunk(t, c, n - c, to + c, step, true);
}

/* ------------------------------------------------------------------ products */

/* Products of `rows` rows at one place with nv vectors. */
ALWAYS_INLINE void w_group(const int16_t *x, size_t ld, size_t steps, const char *w, QVEC *to,
                           const int rows, const int nv)
{
    const char *at[16];
    QVEC acc[MAX_SUMS], sums[MAX_SUMS];
    UNROLL for (int r = 0; r < rows; r++)
    {
        at[r] = (const char *)(x + (size_t)r * ld);
        UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] = q_set(0);
    }
    q_multiply(acc, at, steps, w, rows, nv, true);
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < nv; v++) sums[r * nv + v] =
        acc[r * nv + v];
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < nv; v++)
        q_store(to + r * nv + v, sums[r * nv + v]);
}

#define W_PLACE(nv)                                                                                \
    static __attribute__((noinline)) void w_place_##nv(const int16_t *x, size_t ld, size_t n,      \
                                                       size_t steps, const char *w, QVEC *to)      \
    {                                                                                              \
        for (size_t group = 0; group < n; group += ROWS(nv))                                       \
            w_group(x + group * ld, ld, steps, w, to + group * nv, ROWS(nv), nv);                  \
    }

W_PLACE(1)
W_PLACE(2)
#if WIDEST == 4
W_PLACE(4)
#endif

/* ------------------------------------------------------------------ results */

/* A^T */
ALWAYS_INLINE void w_inverse(const w_sums m[], size_t from, w_sums to[OUTS])
{
    const w_sums m1 = m[from], m2 = m[2 * from], m3 = m[3 * from], m4 = m[4 * from];
    const w_sums sum = m1 + m2, difference = m1 - m2;
    to[0] = m[0] + sum + m3 + (m4 << 3);
    to[1] = difference + (m3 << 1) - (m4 << 2);
    to[2] = sum + (m3 << 2) + (m4 << 1);
    to[3] = difference + (m3 << 3) - m4 + m[5 * from];
}

/* Products of all places, `step` vectors apart, to the sums of all outputs. */
ALWAYS_INLINE void w_invert(const QVEC *products, size_t step, w_sums to[OUTS * OUTS],
                            const bool two_axes)
{
    w_sums m[POINTS * POINTS], rows[POINTS * OUTS];
    const int places = two_axes ? POINTS * POINTS : POINTS;
    for (int i = 0; i < places; i++)
        memcpy(&m[i], products + (size_t)i * step, sizeof m[i]);
    if (!two_axes) {
        w_inverse(m, 1, to);
    } else {
        for (int row = 0; row < POINTS; row++)
            w_inverse(m + row * POINTS, 1, rows + row * OUTS);
        for (int column = 0; column < OUTS; column++) {
            w_sums out[OUTS];
            w_inverse(rows + column, OUTS, out);
            for (int i = 0; i < OUTS; i++)
                to[i * OUTS + column] = out[i];
        }
    }
    const uint32_t odd = two_axes ? FIFTEENTH * FIFTEENTH : FIFTEENTH;
    for (int i = 0; i < (two_axes ? OUTS * OUTS : OUTS); i++) {
        typedef int32_t sums __attribute__((vector_size(sizeof(w_sums))));
        to[i] = (w_sums)((sums)(to[i] * odd) >> (two_axes ? 2 : 1));
    }
}

/* Output number i of a tile along an axis; false outside the map. */
static inline bool w_output(const sfd_conv_shape *s, const w_tile *t, int axis, int i, int *at)
{
    *at = t->first[axis] + (s->kernel[axis] == 3 ? i * s->dilation[axis] : 0);
    return *at < s->out[axis];
}

/* One tile's results, nv vectors of channels from the vector `from` on. */
ALWAYS_INLINE void w_finish_tile(const sfd_conv_shape *s, const q_results *r, const w_tile *t,
                                 const QVEC *products, size_t step, size_t from, const int nv,
                                 const bool two_axes)
{
    w_sums sums[WIDEST][OUTS * OUTS];
    const int axis = two_axes ? 1 : 0;
    for (int v = 0; v < nv; v++)
        w_invert(products + v, step, sums[v], two_axes);
    for (int i = 0; i < OUTS; i++)
        for (int j = 0; j < (two_axes ? OUTS : 1); j++) {
            int at[3] = {t->first[0], t->first[1], t->first[2]};
            QVEC out[WIDEST];
            if (!w_output(s, t, axis, i, &at[axis]) || (two_axes && !w_output(s, t, 2, j, &at[2])))
                continue;
            for (int v = 0; v < nv; v++) {
                const w_sums sum = sums[v][two_axes ? i * OUTS + j : i];
                out[v] = q_add((QVEC)sum, q_load(r->channels.offset + (from + (size_t)v) * QLANES));
            }
            q_finish(r, sfd_conv_out_index(s, at[0], at[1], at[2]), from * QLANES, out, 1, nv);
        }
}

/* A block of tiles. */
typedef struct w_run {
    const sfd_conv_shape *s;
    q_results results;
    const char *weights;
    const w_tile *tiles;
    size_t n;
    const int16_t *inputs;
    QVEC *products;
} w_run;

#define W_FINISH(nv)                                                                               \
    static __attribute__((noinline)) void w_finish_##nv(const w_run *run, size_t from)             \
    {                                                                                              \
        const size_t step = w_rows(run->s) * nv;                                                   \
        for (size_t i = 0; i < run->n; i++)                                                        \
            if (run->s->kernel[0] == 3)                                                            \
                w_finish_tile(run->s, &run->results, &run->tiles[i], run->products + i * nv, step, \
                              from, nv, false);                                                    \
            else                                                                                   \
                w_finish_tile(run->s, &run->results, &run->tiles[i], run->products + i * nv, step, \
                              from, nv, true);                                                     \
    }

W_FINISH(1)
W_FINISH(2)
#if WIDEST == 4
W_FINISH(4)
#endif

typedef void w_place_fn(const int16_t *x, size_t ld, size_t n, size_t steps, const char *w,
                        QVEC *to);
typedef void w_finish_fn(const w_run *run, size_t from);
static w_place_fn *const w_place[] = {NULL, w_place_1, w_place_2, NULL,
#if WIDEST == 4
                                      w_place_4
#endif
};
static w_finish_fn *const w_finish[] = {NULL, w_finish_1, w_finish_2, NULL,
#if WIDEST == 4
                                        w_finish_4
#endif
};

static void w_multiply(const w_run *run)
{
    const sfd_conv_shape *s = run->s;
    const q_panels p = w_panels(s);
    const size_t rows = w_rows(s), ld = w_ld(s);
    const char *w = run->weights;
    for (size_t from = 0, nv; from < p.vectors; from += nv) {
        nv = q_block_width(p.vectors, from);
        for (size_t place = 0; place < p.parts; place++, w += p.steps * nv * sizeof(QVEC))
            w_place[nv](run->inputs + place * rows * ld, ld, run->n, p.steps, w,
                        run->products + place * rows * nv);
        w_finish[nv](run, from);
    }
}

static void w_run_tile(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t tile, void *scratch)
{
    const size_t first = tile * w_block(s), left = w_tiles(s) - first;
    const q_panels p = w_panels(s);
    uint8_t *padding = scratch;
    int16_t *inputs = (int16_t *)(padding + d_row_room(s));
    w_tile tiles[MOST_TILES];
    const w_run run = {.s = s,
                       .results =
                           q_results_of(s, io, (const char *)io->weights + q_panels_bytes(&p)),
                       .weights = io->weights,
                       .tiles = tiles,
                       .n = left < w_block(s) ? left : w_block(s),
                       .inputs = inputs,
                       .products = (QVEC *)((char *)inputs + w_input_bytes(s))};
    memset(padding, io->x_zero, d_row_room(s));
    for (size_t i = 0; i < run.n; i++) {
        w_find(s, io->x, padding, first + i, &tiles[i]);
        w_transform_tile(s, &tiles[i], inputs + i * w_ld(s));
    }
    w_multiply(&run);
}

/* ------------------------------------------------------------------ which layers */

/* Whether every sum of an output, of any bytes, is within the power of two. */
static bool w_sums_fit(const sfd_conv_shape *s, const int8_t *w, int bits)
{
    const size_t n = sfd_conv_cin(s) * sfd_conv_taps(s);
    for (size_t co = 0; co < sfd_conv_cout(s); co++) {
        int sum = 0, size = 0; /* so few that they fit (sfd_qconv_fits) */
        for (size_t i = 0; i < n; i++, w++) {
            sum += *w;
            size += *w < 0 ? -*w : *w;
        }
        const int64_t most = (int64_t)(size + sum) / 2 * 255,
                      least = (int64_t)(sum - size) / 2 * 255;
        if (-least >= (int64_t)1 << bits || most >= (int64_t)1 << bits)
            return false;
    }
    return true;
}

static bool w_kernel_is(const sfd_conv_shape *s, int t, int h, int v)
{
    return s->kernel[0] == t && s->kernel[1] == h && s->kernel[2] == v && s->stride[0] == 1 &&
           s->stride[1] == 1 && s->stride[2] == 1;
}

static bool w_can_hw(const sfd_conv_shape *s, const int8_t *w)
{
    return sfd_qconv_fits(s) && w_kernel_is(s, 1, 3, 3) && w_sums_fit(s, w, 29);
}

static __attribute__((unused)) bool w_can_t(const sfd_conv_shape *s, const int8_t *w)
{
    return sfd_qconv_fits(s) && w_kernel_is(s, 3, 1, 1) && w_sums_fit(s, w, 30);
}

static bool w_pays(const sfd_conv_shape *s)
{
    return s->cin >= 32 && s->cout >= 32;
}

#define WINOGRAD(title, can_do)                                                                    \
    {                                                                                              \
        .name = title, .pays = w_pays, .can = can_do, .weight_bytes = w_weight_bytes,              \
        .prepare = w_prepare, .n_tiles = w_n_tiles, .scratch_bytes = w_scratch_bytes,              \
        .run_tile = w_run_tile                                                                     \
    }
