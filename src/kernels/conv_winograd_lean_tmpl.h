/* SPDX-License-Identifier: Apache-2.0 */
/* winograd_hw with the weights kept as they are, a quarter of the memory: every block of tiles
 * transforms them anew, one panel of columns and twelve of the 36 products at a time, into scratch
 * memory that stays in cache. Pays where reading the transformed weights costs as
 * much (choose.c). Shares conv_winograd_hw_tmpl.h and conv_packed_tmpl.h, which must be
 * included before. */

#define LEAN_COLUMNS (2 * VEC) /* a panel of the packed weights */
#define LEAN_PLANES  (2 * WINO_IN)

/* Tiles in a block: never few, as each transforms the weights anew. */
static inline size_t wino_lean_block(const sfd_conv_shape *s)
{
    return sfd_conv_share(s, wino_hw_total(s), 48, 96);
}

static inline size_t wino_lean_n_blocks(const sfd_conv_shape *s)
{
    return (wino_hw_total(s) + wino_lean_block(s) - 1) / wino_lean_block(s);
}

static inline size_t wino_lean_n_panels(const sfd_conv_shape *s)
{
    return ((size_t)s->cout + LEAN_COLUMNS - 1) / LEAN_COLUMNS;
}

/* Where blocks are too few for the threads, each is cut into groups of panels, which all transform
 * its inputs: cheaper than smaller blocks. */
static inline size_t wino_lean_n_groups(const sfd_conv_shape *s)
{
    const size_t wanted = (2 * (size_t)s->n_threads - 1) / wino_lean_n_blocks(s) + 1;
    const size_t most = wino_lean_n_panels(s);
    return wanted < most ? wanted : most;
}

static size_t wino_lean_n_tiles(const sfd_conv_shape *s)
{
    return wino_lean_n_blocks(s) * wino_lean_n_groups(s);
}

static inline size_t wino_lean_in_plane(const sfd_conv_shape *s)
{
    return wino_lean_block(s) * wino_in_row(s) + WINO_PAD;
}

static inline size_t wino_lean_out_plane(const sfd_conv_shape *s)
{
    return wino_lean_block(s) * LEAN_COLUMNS + WINO_PAD;
}

static size_t wino_lean_scratch_floats(const sfd_conv_shape *s)
{
    const size_t k = (size_t)s->cin;
    return WINO_HW * (wino_lean_in_plane(s) + wino_lean_out_plane(s)) +
           LEAN_PLANES * k * LEAN_COLUMNS + k;
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

/* w: a panel [9 taps][k][width] -> twelve planes [k][width], the two rows of `pair` one after the
 * other. */
ALWAYS_INLINE void wino_lean_transform(const float *w, size_t k, size_t width, const int pair,
                                       float *planes)
{
    const size_t plane = k * width;
    for (size_t at = 0; at < plane; at += VEC) {
        vec rows[2][3];
        for (int j = 0; j < 3; j++) {
            vec g[3], u[2];
            for (int i = 0; i < 3; i++)
                g[i] = vec_load(w + (size_t)(3 * i + j) * plane + at);
            wino_lean_rows(g, pair, u);
            rows[0][j] = u[0];
            rows[1][j] = u[1];
        }
        for (int row = 0; row < 2; row++) {
            vec u[3][2];
            for (int p = 0; p < 3; p++)
                wino_lean_rows(rows[row], p, u[p]);
            float *to = planes + (size_t)row * WINO_IN * plane + at;
            vec_store(to, u[0][0]);
            vec_store(to + plane, u[1][0]);
            vec_store(to + 2 * plane, u[1][1]);
            vec_store(to + 3 * plane, u[2][0]);
            vec_store(to + 4 * plane, u[2][1]);
            vec_store(to + 5 * plane, u[0][1]);
        }
    }
}

static void wino_lean_planes(const float *w, size_t k, size_t width, int pair, float *planes)
{
    if (pair == 0)
        wino_lean_transform(w, k, width, 0, planes);
    else if (pair == 1)
        wino_lean_transform(w, k, width, 1, planes);
    else
        wino_lean_transform(w, k, width, 2, planes);
}

/* The 36 products of a block for the `width` columns of panel w. */
static void wino_lean_multiply(const sfd_conv_shape *s, const float *w, const float *in,
                               size_t rows, size_t width, float *planes, float *out)
{
    static const int rows_of[3][2] = {{0, 5}, {1, 2}, {3, 4}};
    const size_t k = (size_t)s->cin;
    for (int pair = 0; pair < 3; pair++) {
        wino_lean_planes(w, k, width, pair, planes);
        for (int i = 0; i < LEAN_PLANES; i++) {
            const size_t plane = (size_t)(rows_of[pair][i / WINO_IN] * WINO_IN + i % WINO_IN);
            const float *a = in + plane * wino_lean_in_plane(s);
            const gemm_args g = {.rows = rows,
                                 .columns = width,
                                 .k = k,
                                 .n_taps = 1,
                                 .end_tap = 1,
                                 .a = &a,
                                 .lda = wino_in_row(s),
                                 .w = planes + (size_t)i * k * width,
                                 .y = out + plane * wino_lean_out_plane(s),
                                 .y_ld = width};
            gemm_run(&g);
        }
    }
}

static void wino_lean_run_tile(const sfd_conv_shape *s, const sfd_conv_io *io, size_t tile,
                               float *scratch)
{
    const size_t block = wino_lean_block(s), total = wino_hw_total(s), k = (size_t)s->cin;
    const size_t n_groups = wino_lean_n_groups(s), n_panels = wino_lean_n_panels(s);
    const size_t start = tile / n_groups * block, group = tile % n_groups;
    const size_t n = total - start < block ? total - start : block;
    float *in = scratch, *out = in + WINO_HW * wino_lean_in_plane(s);
    float *planes = out + WINO_HW * wino_lean_out_plane(s);
    float *zeros = planes + LEAN_PLANES * k * LEAN_COLUMNS;
    wino_hw_gather(s, io, start, n, zeros, in, wino_lean_in_plane(s));
    for (size_t p = n_panels * group / n_groups; p < n_panels * (group + 1) / n_groups; p++) {
        const size_t first = p * LEAN_COLUMNS, left = (size_t)s->cout - first;
        const size_t width = left < LEAN_COLUMNS ? left : LEAN_COLUMNS;
        wino_lean_multiply(s, io->weights + first * sfd_im2row_k(s), in, n, width, planes, out);
        for (size_t i = 0; i < n; i++)
            wino_hw_transform_output(s, io, wino_hw_locate(s, start + i), out + i * width,
                                     wino_lean_out_plane(s), first, width);
    }
}
