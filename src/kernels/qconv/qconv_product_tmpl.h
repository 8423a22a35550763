/* SPDX-License-Identifier: Apache-2.0 */
/* Register tiles: sums of a few positions and the output channels of a few vectors. Weights lie in
 * blocks of up to WIDEST vectors: [parts][steps][vectors], a part being a tap or a transformed
 * place. A step multiplies four bytes of x, or two words, with as many weights in every lane.
 * Beside what qconv_finish_tmpl.h needs the including file defines
 *   WIDEST, ROWS(nv)             positions whose sums fit into the registers beside nv vectors
 *   q_set(four bytes)            in every lane
 *   q_dot8, q_dot16(acc, x, w)   of bytes, unsigned and signed; of signed words
 *   WIDE                         whether direct sums are of words
 *   WORD_STEP                    from a channel's weight to its next, where they are words: 1, or
 *                                QLANES where the other channels' first ones lie between */
#include "kernels/qconv/qconv.h"
#include "kernels/vec.h"

#include <string.h>

#define STEP_BYTES 4 /* of a row of x */
#define MAX_SUMS   24

/* Vectors of the block that begins with number `from`. */
static inline size_t q_block_width(size_t vectors, size_t from)
{
    const size_t left = vectors - from;
    return left >= WIDEST ? WIDEST : left >= 2 ? 2 : 1;
}

static size_t q_steps(size_t n, bool wide)
{
    const size_t each = wide ? STEP_BYTES / sizeof(int16_t) : STEP_BYTES;
    return (n + each - 1) / each;
}

/* Where a weight belongs: part and input channel of an output channel. */
typedef struct q_panels {
    size_t parts, steps, vectors;
    bool wide;
} q_panels;

static size_t q_panels_bytes(const q_panels *p)
{
    return p->parts * p->steps * p->vectors * sizeof(QVEC);
}

/* Where an output channel's weights go. */
typedef struct q_lane {
    char *first;
    size_t steps, step_bytes;
    bool wide;
} q_lane;

static q_lane q_panels_lane(const q_panels *p, void *panels, size_t co)
{
    const size_t vector = co / QLANES;
    size_t from = vector / WIDEST * WIDEST;
    if (p->vectors - from < WIDEST)
        from += (vector - from) / 2 * 2;
    char *block = (char *)panels + from * p->parts * p->steps * sizeof(QVEC);
    const size_t lane = p->wide && WORD_STEP != 1 ? sizeof(int16_t) : STEP_BYTES;
    return (q_lane){block + (vector - from) * sizeof(QVEC) + co % QLANES * lane, p->steps,
                    q_block_width(p->vectors, from) * sizeof(QVEC), p->wide};
}

static inline void q_lane_put(const q_lane *lane, size_t part, size_t ci, int w)
{
    char *at = lane->first + part * lane->steps * lane->step_bytes;
    if (lane->wide)
        ((int16_t *)(at + ci / 2 * lane->step_bytes))[ci % 2 * WORD_STEP] = (int16_t)w;
    else
        ((int8_t *)(at + ci / 4 * lane->step_bytes))[ci % 4] = (int8_t)w;
}

/* Row (t, h) of the input; NULL in the padding. */
static const char *q_row(const sfd_conv_shape *s, const void *x, int t, int h)
{
    const bool inside = t >= 0 && t < s->in[0] && h >= 0 && h < s->in[1];
    return inside ? (const char *)x + sfd_conv_in_index(s, t, h, 0) * s->x_ld : NULL;
}

/* n bytes of the map, as words where WIDE. */
static void q_copy(void *to, const void *from, size_t n)
{
    const uint8_t *bytes = from;
    if (!WIDE)
        memcpy(to, from, n);
    else
        for (size_t i = 0; i < n; i++)
            ((int16_t *)to)[i] = bytes[i];
}

ALWAYS_INLINE int32_t q_step(const char *x)
{
    int32_t step;
    memcpy(&step, x, sizeof step);
    return step;
}

/* acc += the products of `steps` steps of `rows` rows with nv vectors of weights a step. */
ALWAYS_INLINE void q_multiply(QVEC acc[], const char *const *x, size_t steps, const char *w,
                              const int rows, const int nv, const bool wide)
{
    for (size_t at = 0; at < steps * STEP_BYTES; at += STEP_BYTES, w += (size_t)nv * sizeof(QVEC)) {
        QVEC weights[WIDEST];
        UNROLL for (int v = 0; v < nv; v++) weights[v] = q_load(w + (size_t)v * sizeof(QVEC));
        UNROLL for (int r = 0; r < rows; r++)
        {
            const QVEC step = q_set(q_step(x[r] + at));
            UNROLL for (int v = 0; v < nv; v++) acc[r * nv + v] =
                wide ? q_dot16(acc[r * nv + v], step, weights[v])
                     : q_dot8(acc[r * nv + v], step, weights[v]);
        }
    }
}
