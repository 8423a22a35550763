/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes in register tiles. A tile is some output positions; where each of them sees
 * its taps is written down as pointers first (padding is a row of its own), so that kernels,
 * strides, dilations and padding of every kind run through the same loop: for each block of output
 * channels and each group of positions, for each tap, over the channels. Where only words are
 * multiplied (WIDE), the rows that pointers tell are widened once.
 * Technique of the pointers: M. Dukhan, "The Indirect Convolution Algorithm", 2019. */
#include "kernels/name.h"
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

#include <string.h>

#define TILE       48                  /* a multiple of all ROWS */
#define WIDE_BYTES ((size_t)256 << 10) /* of a tile's widened rows, about */

/* ------------------------------------------------------------------ layers */

static q_panels d_panels(const sfd_conv_shape *s)
{
    return (q_panels){sfd_conv_taps(s), q_steps(sfd_conv_cin(s), WIDE), q_vectors(s), WIDE};
}

/* Panels of weights, then what belongs to channels. */
static size_t d_weight_bytes(const sfd_conv_shape *s)
{
    const q_panels p = d_panels(s);
    return q_panels_bytes(&p) + q_channels_bytes(s);
}

static void d_prepare(const sfd_conv_shape *s, const sfd_qconv_params *params, void *prepared)
{
    const size_t taps = sfd_conv_taps(s), n = sfd_conv_cin(s);
    const q_panels p = d_panels(s);
    const int8_t *w = params->w;
    memset(prepared, 0, q_panels_bytes(&p));
    for (size_t co = 0; co < sfd_conv_cout(s); co++) {
        const q_lane lane = q_panels_lane(&p, prepared, co);
        for (size_t ci = 0; ci < n; ci++)
            for (size_t tap = 0; tap < taps; tap++)
                q_lane_put(&lane, tap, ci, *w++);
    }
    q_channels_fill(s, params, (char *)prepared + q_panels_bytes(&p));
}

/* ------------------------------------------------------------------ tiles */

/* A row of x, with room for steps to read past it. */
static size_t d_row_room(const sfd_conv_shape *s)
{
    return (sfd_conv_cin(s) + 63) / 64 * 64;
}

static size_t d_tile(const sfd_conv_shape *s)
{
    const size_t most = WIDE_BYTES / (2 * d_row_room(s) * sfd_conv_taps(s)) / 24 * 24;
    return !WIDE || most > TILE ? TILE : most < 24 ? 24 : most;
}

/* Whole tiles, as many for each thread; the rest is cut into one for each. */
static size_t d_whole_tiles(const sfd_conv_shape *s)
{
    const size_t n = sfd_conv_positions(s) / d_tile(s);
    return n - n % (size_t)s->n_threads;
}

static size_t d_last_tile(const sfd_conv_shape *s)
{
    const size_t rest = sfd_conv_positions(s) - d_whole_tiles(s) * d_tile(s);
    const size_t each = (rest + (size_t)s->n_threads - 1) / (size_t)s->n_threads;
    return (each + ROWS(WIDEST) - 1) / ROWS(WIDEST) * ROWS(WIDEST);
}

static size_t d_n_tiles(const sfd_conv_shape *s)
{
    const size_t rest = sfd_conv_positions(s) - d_whole_tiles(s) * d_tile(s);
    return d_whole_tiles(s) + (rest > 0 ? (rest + d_last_tile(s) - 1) / d_last_tile(s) : 0);
}

/* A row of padding, the pointers [taps][TILE], numbers of taps, widened rows [taps][tile]. */
static size_t d_scratch_bytes(const sfd_conv_shape *s)
{
    const size_t taps = sfd_conv_taps(s);
    const size_t wide = WIDE ? taps * d_tile(s) * 2 * d_row_room(s) : 0;
    return d_row_room(s) + taps * (TILE * sizeof(const char *) + sizeof(size_t)) + wide;
}

/* ------------------------------------------------------------------ pointers */

/* n neighbouring positions of an output row from column v on, at one tap of the input row `row`
 * (NULL: padding), whose column dw is. */
static void d_point_run(const sfd_conv_shape *s, const char *row, const char *padding, int v,
                        int dw, size_t n, const char **to)
{
    const int stride = s->stride[2];
    int at = v * stride - s->padding[2] + dw * s->dilation[2];
    for (size_t i = 0; i < n; i++, at += stride)
        to[i] = row && at >= 0 && at < s->in[2] ? row + (size_t)at * s->x_ld : padding;
}

/* The same for all taps; pointers of a tap are TILE apart. */
static void d_point_taps(const sfd_conv_shape *s, const void *x, const char *padding,
                         const int at[3], size_t n, const char **to)
{
    for (int dt = 0; dt < s->kernel[0]; dt++)
        for (int dh = 0; dh < s->kernel[1]; dh++) {
            const char *row =
                q_row(s, x, at[0] * s->stride[0] - s->padding[0] + dt * s->dilation[0],
                      at[1] * s->stride[1] - s->padding[1] + dh * s->dilation[1]);
            for (int dw = 0; dw < s->kernel[2]; dw++, to += TILE)
                d_point_run(s, row, padding, at[2], dw, n, to);
        }
}

/* Positions from `first` on, n of them, to the last one repeated up to a full tile. */
static void d_point(const sfd_conv_shape *s, const void *x, const char *padding, size_t first,
                    size_t n, const char **pointers)
{
    const size_t width = (size_t)s->out[2], height = (size_t)s->out[1];
    for (size_t i = 0, run; i < n; i += run) {
        const size_t p = first + i, row = p / width;
        const int at[3] = {(int)(row / height), (int)(row % height), (int)(p % width)};
        run = width - p % width < n - i ? width - p % width : n - i;
        d_point_taps(s, x, padding, at, run, pointers + i);
    }
    for (size_t tap = 0; tap < sfd_conv_taps(s); tap++)
        for (size_t i = n; i < TILE; i++)
            pointers[tap * TILE + i] = pointers[tap * TILE + n - 1];
}

/* Numbers of the taps that add something: where padding adds nothing those that all n positions
 * have in it do not, the first and last frames' of a kernel along time. Returns how many. */
static size_t d_find_live(const sfd_conv_shape *s, const char *padding, size_t n,
                          const char *const *pointers, size_t *live)
{
    size_t n_live = 0;
    for (size_t tap = 0; tap < sfd_conv_taps(s); tap++, pointers += TILE) {
        size_t i = 0;
        while ((uint8_t)*padding == NO_BYTE && i < n && pointers[i] == padding)
            i++;
        if (i < n)
            live[n_live++] = tap;
    }
    return n_live;
}

/* Copies the rows of n positions as words and points to them. */
static void d_widen(const sfd_conv_shape *s, size_t n, const char **pointers, int16_t *rows)
{
    const size_t channels = sfd_conv_cin(s);
    for (size_t tap = 0; tap < sfd_conv_taps(s); tap++)
        for (size_t i = 0; i < n; i++, rows += d_row_room(s)) {
            q_copy(rows, pointers[tap * TILE + i], channels);
            if (channels % 2)
                rows[channels] = 0;
            pointers[tap * TILE + i] = (const char *)rows;
        }
}

/* ------------------------------------------------------------------ products */

/* What the groups of a tile have in common. */
typedef struct d_run {
    q_results results;
    const char *const *pointers;
    const size_t *live; /* taps */
    size_t first, n;    /* positions */
    size_t n_live, steps;
} d_run;

/* Sums of `rows` positions from number `group` of the tile on, nv vectors of channels from the
 * vector `from` on. */
ALWAYS_INLINE void d_group(const d_run *run, size_t group, size_t from, const char *w,
                           const int rows, const int nv)
{
    QVEC acc[MAX_SUMS], sums[MAX_SUMS];
    q_expect(&run->results, run->first + group, from * QLANES, rows);
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] =
        q_load(run->results.channels.offset + (from + (size_t)v) * QLANES);
    for (size_t i = 0; i < run->n_live; i++)
        q_multiply(acc, run->pointers + run->live[i] * TILE + group, run->steps,
                   w + run->live[i] * run->steps * (size_t)nv * sizeof(QVEC), rows, nv, WIDE);
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < nv; v++) sums[r * nv + v] =
        acc[r * nv + v];
    const size_t left = run->n - group;
    q_finish(&run->results, run->first + group, from * QLANES, sums,
             left < (size_t)rows ? left : (size_t)rows, nv);
}

#define D_BLOCK(nv)                                                                                \
    static                                                                                         \
        __attribute__((noinline)) void d_block_##nv(const d_run *run, size_t from, const char *w)  \
    {                                                                                              \
        for (size_t group = 0; group < run->n; group += ROWS(nv))                                  \
            d_group(run, group, from, w, ROWS(nv), nv);                                            \
    }

D_BLOCK(1)
D_BLOCK(2)
#if WIDEST == 4
D_BLOCK(4)
#endif

static void d_block(const d_run *run, size_t from, size_t nv, const char *w)
{
#if WIDEST == 4
    if (nv == 4)
        d_block_4(run, from, w);
#endif
    if (nv == 2)
        d_block_2(run, from, w);
    if (nv == 1)
        d_block_1(run, from, w);
}

static void d_run_tile(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t tile, void *scratch)
{
    const q_panels p = d_panels(s);
    const size_t whole = d_whole_tiles(s), size = tile < whole ? d_tile(s) : d_last_tile(s);
    const size_t positions = sfd_conv_positions(s);
    const size_t first = tile < whole ? tile * size : whole * d_tile(s) + (tile - whole) * size;
    const size_t n = positions - first < size ? positions - first : size;
    const char *w = io->weights;
    char *padding = scratch;
    const char **pointers = (const char **)(padding + d_row_room(s));
    size_t *live = (size_t *)(pointers + p.parts * TILE);
    memset(padding, io->x_zero, d_row_room(s));
    d_point(s, io->x, padding, first, n, pointers);
    const size_t n_live = d_find_live(s, padding, n, pointers, live);
    if (WIDE)
        d_widen(s, (n + 23) / 24 * 24, pointers, (int16_t *)(live + p.parts));
    const d_run run = {.results = q_results_of(s, io, w + q_panels_bytes(&p)),
                       .pointers = pointers,
                       .first = first,
                       .n = n,
                       .live = live,
                       .n_live = n_live,
                       .steps = p.steps};
    for (size_t from = 0, nv; from < p.vectors; from += nv) {
        nv = q_block_width(p.vectors, from);
        d_block(&run, from, nv, w + from * p.parts * p.steps * sizeof(QVEC));
    }
}

static bool d_can(const sfd_conv_shape *s, const int8_t *w)
{
    (void)w;
    return sfd_qconv_fits(s);
}

static bool d_pays(const sfd_conv_shape *s)
{
    (void)s;
    return true;
}

const sfd_qconv_algorithm SFD_NAME(sfd_qconv_direct) = {.name = "int8",
                                                        .pays = d_pays,
                                                        .can = d_can,
                                                        .weight_bytes = d_weight_bytes,
                                                        .prepare = d_prepare,
                                                        .n_tiles = d_n_tiles,
                                                        .scratch_bytes = d_scratch_bytes,
                                                        .run_tile = d_run_tile};
