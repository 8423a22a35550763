/* SPDX-License-Identifier: Apache-2.0 */
/* winograd_hw with the weights kept as they are, a quarter of the memory: every block of tiles
 * transforms them anew, one panel of columns and twelve of the 36 products at a time, into scratch
 * memory that stays in cache. Pays where reading the transformed weights costs as
 * much. */
#include "kernels/conv/packed_weights_tmpl.h"
#include "kernels/conv/winograd_tiles_tmpl.h"
#include "kernels/name.h"

#include <math.h>

#define LEAN_COLUMNS (2 * VEC) /* a panel of the packed weights */
#define LEAN_PLANES  (2 * WINO_IN)

/* How a layer is cut: blocks of 4x4 tiles, and each into groups of panels, which all transform the
 * block's inputs. */
typedef struct lean_cut {
    size_t n_blocks, n_groups;
} lean_cut;

/* How much of the transforms' cost counts: bfloat16 is asked for to save memory, too. */
#define LEAN_COST (ELEMENT_TYPE == SFD_BF16 ? 0.5 : 1.0)
/* Most 4x4 tiles in a block. */
#define LEAN_BLOCK 96
/* What the transforms cost, in products of one 4x4 tile with all weights: of all weights, and of
 * one tile's inputs (measured with 256 and 512 channels). */
#define LEAN_WEIGHTS 14
#define LEAN_INPUT   0.05

static inline size_t wino_lean_n_panels(const sfd_conv_shape *s)
{
    return (sfd_conv_cout(s) + LEAN_COLUMNS - 1) / LEAN_COLUMNS;
}

/* The cut that the threads are through with first: many blocks transform the weights often, many
 * groups the inputs, and threads without work wait. */
static inline lean_cut wino_lean_cut(const sfd_conv_shape *s)
{
    const size_t total = wino_hw_total(s), n_threads = (size_t)s->n_threads;
    const size_t least = (total + LEAN_BLOCK - 1) / LEAN_BLOCK;
    lean_cut best = {least, 1};
    double best_cost = INFINITY;
    for (size_t blocks = least; blocks < least + n_threads && blocks <= total; blocks++)
        for (size_t groups = 1; groups <= wino_lean_n_panels(s); groups++) {
            const double n = (double)total / (double)blocks;
            const double tile = (n + LEAN_WEIGHTS) / (double)groups + LEAN_INPUT * n;
            const double cost = tile * (double)((blocks * groups + n_threads - 1) / n_threads);
            if (cost < best_cost) {
                best_cost = cost;
                best = (lean_cut){blocks, groups};
            }
        }
    return best;
}

static size_t wino_lean_n_tiles(const sfd_conv_shape *s)
{
    const lean_cut cut = wino_lean_cut(s);
    return cut.n_blocks * cut.n_groups;
}

/* Most 4x4 tiles in a block of this cut. */
static inline size_t wino_lean_block(const sfd_conv_shape *s, lean_cut cut)
{
    return (wino_hw_total(s) + cut.n_blocks - 1) / cut.n_blocks;
}

static inline size_t wino_lean_in_plane(const sfd_conv_shape *s, size_t block)
{
    return block * wino_in_row(s) + WINO_PAD;
}

static inline size_t wino_lean_out_plane(size_t block)
{
    return block * LEAN_COLUMNS + WINO_PAD;
}

static size_t wino_lean_scratch_floats(const sfd_conv_shape *s)
{
    const size_t k = sfd_conv_cin(s), block = wino_lean_block(s, wino_lean_cut(s));
    return WINO_HW * (words(wino_lean_in_plane(s, block)) + wino_lean_out_plane(block)) +
           LEAN_PLANES * words(k) * LEAN_COLUMNS + k;
}

/* Products with the two interpolation points +-p of one axis: u[0] and u[1]. */
ALWAYS_INLINE void wino_lean_pair(const vec g[3], double p, double scale, vec u[2])
{
    const vec square_scaled = vec_set((float)(p * p * scale));
    const vec even = vec_fma(square_scaled, g[2], vec_mul(vec_set((float)scale), g[0]));
    const vec odd = vec_mul(vec_set((float)(p * scale)), g[1]);
    u[0] = vec_add(even, odd);
    u[1] = vec_sub(even, odd);
}

/* Rows 2 * pair - 1 and 2 * pair of wino_filter; of pair 0, rows 0 and 5. In float: a rounding in
 * each of the transformed weights, where wino_filter has one in all. */
ALWAYS_INLINE void wino_lean_rows(const vec g[3], const int pair, vec u[2])
{
    const double aa = WINO_A * WINO_A, bb = WINO_B * WINO_B;
    if (pair == 0) {
        u[0] = vec_mul(vec_set((float)(1 / (aa * bb))), g[0]);
        u[1] = g[2];
    } else if (pair == 1) {
        wino_lean_pair(g, WINO_A, 1 / (2 * aa * (aa - bb)), u);
    } else {
        wino_lean_pair(g, WINO_B, 1 / (2 * bb * (bb - aa)), u);
    }
}

/* Nine taps -> what twelve planes get of them, the two rows of `pair` one after the other. */
ALWAYS_INLINE void wino_lean_filter(const vec g[9], const int pair, vec planes[LEAN_PLANES])
{
    vec rows[2][3];
    for (int j = 0; j < 3; j++) {
        vec u[2];
        wino_lean_rows((vec[3]){g[j], g[3 + j], g[6 + j]}, pair, u);
        rows[0][j] = u[0];
        rows[1][j] = u[1];
    }
    for (int row = 0; row < 2; row++) {
        vec u[3][2], *to = planes + row * WINO_IN;
        for (int p = 0; p < 3; p++)
            wino_lean_rows(rows[row], p, u[p]);
        to[0] = u[0][0];
        to[1] = u[1][0];
        to[2] = u[1][1];
        to[3] = u[2][0];
        to[4] = u[2][1];
        to[5] = u[0][1];
    }
}

/* w: a panel [9 taps][k][width] -> twelve planes [k][width]; k in words. */
ALWAYS_INLINE void wino_lean_transform(const word *w, size_t k, size_t width, const int pair,
                                       word *planes)
{
    const size_t plane = k * width;
    for (size_t at = 0; at < plane; at += VEC) {
        vec u[WORD_ELEMENTS][LEAN_PLANES];
        for (int part = 0; part < WORD_ELEMENTS; part++) {
            vec g[9];
            for (size_t tap = 0; tap < 9; tap++)
                g[tap] = word_part(word_load(w + tap * plane + at), part);
            wino_lean_filter(g, pair, u[part]);
        }
        for (size_t i = 0; i < LEAN_PLANES; i++)
            vec_store((float *)planes + i * plane + at,
                      word_join(u[0][i], u[WORD_ELEMENTS - 1][i]));
    }
}

static void wino_lean_planes(const word *w, size_t k, size_t width, int pair, word *planes)
{
    if (pair == 0)
        wino_lean_transform(w, k, width, 0, planes);
    else if (pair == 1)
        wino_lean_transform(w, k, width, 1, planes);
    else
        wino_lean_transform(w, k, width, 2, planes);
}

/* The 36 products of a block for the `width` columns of panel w; planes is scratch. */
static void wino_lean_multiply(const sfd_conv_shape *s, const wino_block *b, const word *w,
                               size_t width, word *planes)
{
    static const size_t rows_of[3][2] = {{0, 5}, {1, 2}, {3, 4}};
    const size_t k = words(sfd_conv_cin(s));
    for (int pair = 0; pair < 3; pair++) {
        wino_lean_planes(w, k, width, pair, planes);
        for (size_t i = 0; i < LEAN_PLANES; i++) {
            const size_t point = rows_of[pair][i / WINO_IN] * WINO_IN + i % WINO_IN;
            wino_product(s, b, point, planes + i * k * width, width);
        }
    }
}

static void wino_lean_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                               float *scratch)
{
    const lean_cut cut = wino_lean_cut(s);
    const size_t total = wino_hw_total(s), n_panels = wino_lean_n_panels(s);
    const size_t block = tile / cut.n_groups, group = tile % cut.n_groups;
    const size_t start = total * block / cut.n_blocks;
    wino_block b = {.n = total * (block + 1) / cut.n_blocks - start,
                    .in = (element *)scratch,
                    .in_plane = wino_lean_in_plane(s, wino_lean_block(s, cut)),
                    .out_plane = wino_lean_out_plane(wino_lean_block(s, cut))};
    b.out = scratch + WINO_HW * words(b.in_plane);
    word *planes = b.out + WINO_HW * b.out_plane;
    b.zeros = (element *)(planes + LEAN_PLANES * words(sfd_conv_cin(s)) * LEAN_COLUMNS);
    wino_hw_gather(s, io, start, &b);
    const size_t end = n_panels * (group + 1) / cut.n_groups;
    for (size_t p = n_panels * group / cut.n_groups; p < end; p++) {
        const wino_columns columns = wino_columns_from(s, p * LEAN_COLUMNS, LEAN_COLUMNS);
        wino_lean_multiply(s, &b, io->weights + columns.first * words(sfd_im2row_k(s)), columns.n,
                           planes);
        wino_hw_scatter(s, io, start, &b, columns);
    }
}

static double wino_lean_cost(const sfd_conv_shape *s)
{
    const double products = WINO_HW * cost_product(sfd_conv_cout(s), words(sfd_conv_cin(s)));
    return wino_hw_tiles_cost(s, products * (1 + LEAN_COST * LEAN_WEIGHTS / LEAN_BLOCK));
}

const sfd_conv_algorithm CONV_NAME(sfd_conv_winograd_lean) = {
    .name = CONV_LABEL("winograd_lean"),
    .rows_together = 4,
    .transforms = true,
    .cost = wino_lean_cost,
    .can = wino_hw_can,
    .weight_floats = packed_weight_floats,
    .prepare = packed_prepare,
    .n_tiles = wino_lean_n_tiles,
    .scratch_floats = wino_lean_scratch_floats,
    .run_tile = wino_lean_run_tile,
};
