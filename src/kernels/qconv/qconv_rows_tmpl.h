/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes with few input channels: stems and the fast pathway's first stages. Taps
 * beside each other are one row of bytes, where neighbouring outputs see windows a fixed step
 * apart, so that nothing is looked up for a position. Where output channels fill less than half of
 * a vector, the other half computes the neighbour from a window that both see.
 * A tile is a few rows of the output; its rows of the input are copied, channels without gaps, with
 * the padding at both ends, and as words where WIDE. */
#include "kernels/name.h"
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

#include <string.h>

#define R_CHANNELS 32 /* few of them */
#define R_ROWS     8  /* of a tile */
#define R_MOST     8  /* windows of a register tile */
#define R_ELEMENT  (WIDE ? sizeof(int16_t) : 1)

/* ------------------------------------------------------------------ layers */

/* Outputs side by side that a window is for. */
static size_t r_outputs(const sfd_conv_shape *s)
{
    return s->cout <= QLANES / 2 ? 2 : 1;
}

/* Positions that a window sees of a row. */
static size_t r_width(const sfd_conv_shape *s)
{
    return (size_t)s->kernel[2] + (r_outputs(s) - 1) * (size_t)s->stride[2];
}

static q_panels r_panels(const sfd_conv_shape *s)
{
    return (q_panels){(size_t)s->kernel[0] * (size_t)s->kernel[1],
                      q_steps(r_width(s) * sfd_conv_cin(s), WIDE), q_vectors(s), WIDE};
}

static size_t r_weight_bytes(const sfd_conv_shape *s)
{
    const q_panels p = r_panels(s);
    return q_panels_bytes(&p) + q_channels_bytes(s);
}

static void r_prepare(const sfd_conv_shape *s, const sfd_qconv_params *params, void *prepared)
{
    const size_t taps = sfd_conv_taps(s), n = sfd_conv_cin(s), width = (size_t)s->kernel[2];
    const q_panels p = r_panels(s);
    void *channels = (char *)prepared + q_panels_bytes(&p);
    memset(prepared, 0, q_panels_bytes(&p));
    for (size_t i = 0; i < r_outputs(s); i++)
        for (size_t co = 0; co < sfd_conv_cout(s); co++) {
            const q_lane lane = q_panels_lane(&p, prepared, co + i * (QLANES / 2));
            const int8_t *w = params->w + co * n * taps;
            for (size_t ci = 0; ci < n; ci++)
                for (size_t tap = 0; tap < taps; tap++, w++) {
                    const size_t column = tap % width + i * (size_t)s->stride[2];
                    q_lane_put(&lane, tap / width, column * n + ci, *w);
                }
        }
    q_channels_fill(s, params, channels);
    if (r_outputs(s) == 2)
        q_channels_repeat(q_channels_at(s, channels));
}

/* ------------------------------------------------------------------ rows of the input */

static size_t r_n_tiles(const sfd_conv_shape *s)
{
    return (size_t)s->out[0] * (((size_t)s->out[1] + R_ROWS - 1) / R_ROWS);
}

/* Rows of one frame that the rows of a tile see. */
static size_t r_height(const sfd_conv_shape *s)
{
    return (size_t)((R_ROWS - 1) * s->stride[1] + (s->kernel[1] - 1) * s->dilation[1] + 1);
}

/* Bytes from window to window, and of a row, with room for the last register tile. */
static size_t r_step(const sfd_conv_shape *s)
{
    return r_outputs(s) * (size_t)s->stride[2] * sfd_conv_cin(s) * R_ELEMENT;
}

static size_t r_row_bytes(const sfd_conv_shape *s)
{
    const size_t windows = (size_t)s->out[2] / r_outputs(s) + 1 + R_MOST;
    return (windows * r_step(s) + r_width(s) * sfd_conv_cin(s) * R_ELEMENT + 127) / 64 * 64;
}

static size_t r_scratch_bytes(const sfd_conv_shape *s)
{
    return (size_t)s->kernel[0] * r_height(s) * r_row_bytes(s) +
           r_panels(s).parts * sizeof(const char *);
}

static void r_fill(const sfd_conv_shape *s, char *to, size_t n, uint8_t zero)
{
    if (WIDE)
        for (size_t i = 0; i < n * sfd_conv_cin(s); i++)
            ((int16_t *)to)[i] = zero;
    else
        memset(to, zero, n * sfd_conv_cin(s));
}

/* n positions of a row of the map. */
static void r_copy(const sfd_conv_shape *s, char *to, const char *from, size_t n)
{
    const size_t channels = sfd_conv_cin(s);
    if (s->x_ld == channels)
        q_copy(to, from, n * channels);
    else
        for (size_t i = 0; i < n; i++)
            q_copy(to + i * channels * R_ELEMENT, from + i * s->x_ld, channels);
}

/* Row (t, h) of the input, as far as outputs see it. */
static void r_copy_row(const sfd_conv_shape *s, char *to, const sfd_qconv_io *io, int t, int h)
{
    const size_t each = sfd_conv_cin(s) * R_ELEMENT;
    const size_t before = (size_t)s->padding[2], width = (size_t)s->in[2];
    const size_t seen = ((size_t)s->out[2] - 1) * (size_t)s->stride[2] + (size_t)s->kernel[2];
    const size_t inside = width < seen - before ? width : seen - before;
    const char *row = q_row(s, io->x, t, h);
    if (!row) {
        r_fill(s, to, seen, io->x_zero);
        return;
    }
    r_fill(s, to, before, io->x_zero);
    r_copy(s, to + before * each, row, inside);
    r_fill(s, to + (before + inside) * each, seen - before - inside, io->x_zero);
}

static void r_copy_rows(const sfd_conv_shape *s, char *to, const sfd_qconv_io *io, int t, int h)
{
    for (int dt = 0; dt < s->kernel[0]; dt++)
        for (int row = 0; row < (int)r_height(s); row++, to += r_row_bytes(s))
            r_copy_row(s, to, io, t * s->stride[0] - s->padding[0] + dt * s->dilation[0],
                       h * s->stride[1] - s->padding[1] + row);
}

/* ------------------------------------------------------------------ products */

/* A row of the output. */
typedef struct r_run {
    q_results results;
    const char *weights;
    const char *const *rows; /* of the input: [parts] */
    size_t first, n;         /* positions */
    size_t parts, steps, step, outputs;
} r_run;

/* Sums of `rows` windows from number `group` on, nv vectors of channels from `from` on. */
ALWAYS_INLINE void r_group(const r_run *run, size_t group, size_t from, const char *w,
                           const int rows, const int nv)
{
    QVEC acc[MAX_SUMS], sums[MAX_SUMS];
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] =
        q_load(run->results.channels.offset + (from + (size_t)v) * QLANES);
    for (size_t part = 0; part < run->parts; part++, w += run->steps * (size_t)nv * sizeof(QVEC)) {
        const char *x[R_MOST];
        UNROLL for (int r = 0; r < rows; r++) x[r] =
            run->rows[part] + (group + (size_t)r) * run->step;
        q_multiply(acc, x, run->steps, w, rows, nv, WIDE);
    }
    UNROLL for (int r = 0; r < rows; r++) UNROLL for (int v = 0; v < nv; v++) sums[r * nv + v] =
        acc[r * nv + v];
    const size_t first = group * run->outputs, left = run->n - first;
    if (run->outputs == 1)
        q_finish(&run->results, run->first + first, from * QLANES, sums,
                 left < (size_t)rows ? left : (size_t)rows, nv);
    else if (q_pairs_are_whole(&run->results) && 2 * (size_t)rows <= left)
        q_finish_pairs(&run->results, run->first + first, sums, (size_t)rows);
    else
        for (size_t r = 0; r < (size_t)rows && 2 * r < left; r++)
            q_finish_two(&run->results, run->first + first + 2 * r, left - 2 * r < 2 ? 1 : 2,
                         sums[r]);
}

#define R_BLOCK(nv)                                                                                \
    static                                                                                         \
        __attribute__((noinline)) void r_block_##nv(const r_run *run, size_t from, const char *w)  \
    {                                                                                              \
        const size_t n = (run->n + run->outputs - 1) / run->outputs;                               \
        for (size_t group = 0; group < n; group += ROWS(nv))                                       \
            if (n - group <= ROWS(nv) / 2)                                                         \
                r_group(run, group, from, w, ROWS(nv) / 2, nv);                                    \
            else                                                                                   \
                r_group(run, group, from, w, ROWS(nv), nv);                                        \
    }

R_BLOCK(1)
R_BLOCK(2)
#if WIDEST == 4
R_BLOCK(4)
#endif

static void r_multiply(const r_run *run, const q_panels *p)
{
    for (size_t from = 0, nv; from < p->vectors; from += nv) {
        const char *w = run->weights + from * p->parts * p->steps * sizeof(QVEC);
        nv = q_block_width(p->vectors, from);
        if (nv == 1)
            r_block_1(run, from, w);
        else if (nv == 2)
            r_block_2(run, from, w);
#if WIDEST == 4
        else
            r_block_4(run, from, w);
#endif
    }
}

static void r_run_tile(const sfd_conv_shape *s, const sfd_qconv_io *io, size_t tile, void *scratch)
{
    const q_panels p = r_panels(s);
    const size_t bands = r_n_tiles(s) / (size_t)s->out[0], height = r_height(s);
    const int t = (int)(tile / bands), top = (int)(tile % bands) * R_ROWS;
    char *copies = scratch;
    const char **rows = (const char **)(copies + (size_t)s->kernel[0] * height * r_row_bytes(s));
    r_run run = {.results = q_results_of(s, io, (const char *)io->weights + q_panels_bytes(&p)),
                 .weights = io->weights,
                 .rows = rows,
                 .n = (size_t)s->out[2],
                 .parts = p.parts,
                 .steps = p.steps,
                 .step = r_step(s),
                 .outputs = r_outputs(s)};
    r_copy_rows(s, copies, io, t, top);
    for (int h = top; h < top + R_ROWS && h < s->out[1]; h++) {
        for (size_t part = 0; part < p.parts; part++) {
            const size_t dt = part / (size_t)s->kernel[1], dh = part % (size_t)s->kernel[1];
            const size_t row =
                (size_t)(h - top) * (size_t)s->stride[1] + dh * (size_t)s->dilation[1];
            rows[part] = copies + (dt * height + row) * r_row_bytes(s);
        }
        run.first = sfd_conv_out_index(s, t, h, 0);
        r_multiply(&run, &p);
    }
}

static bool r_can(const sfd_conv_shape *s, const int8_t *w)
{
    (void)w;
    return sfd_qconv_fits(s) && s->dilation[2] == 1 && s->padding[2] <= s->kernel[2];
}

static bool r_pays(const sfd_conv_shape *s)
{
    return s->cin <= R_CHANNELS;
}

const sfd_qconv_algorithm SFD_NAME(sfd_qconv_rows) = {.name = "int8 rows",
                                                      .pays = r_pays,
                                                      .can = r_can,
                                                      .weight_bytes = r_weight_bytes,
                                                      .prepare = r_prepare,
                                                      .n_tiles = r_n_tiles,
                                                      .scratch_bytes = r_scratch_bytes,
                                                      .run_tile = r_run_tile};
