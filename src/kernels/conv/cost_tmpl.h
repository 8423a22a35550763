/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a vector convolution cost, in vector multiply-adds of its instruction set, of
 * which a core does two a cycle. The figures are counts of instructions and of what loads wait for,
 * rounded, measured on Intel and AMD (docs/performance.md): good for a choice, not for a promise.
 * On arm64 nothing was measured. */
#ifndef SFD_KERNELS_CONV_COST_TMPL_H
#define SFD_KERNELS_CONV_COST_TMPL_H

#include "kernels/conv/conv.h"
#include "kernels/conv/gemm_tmpl.h"

#define COST_RESULT 6.0  /* bias, residual, ReLU and store of a vector */
#define COST_COPY   2.5  /* a vector, read and written */
#define COST_SINGLE 3.0  /* a result by itself, where they do not lie as a vector does */
#define COST_PLANE  1.5  /* an input by itself, copied from every second or third place */
#define COST_CALL   20.0 /* a part of a vector finished out of line */
#define COST_TAP    10.0 /* a run of inputs found and copied */
#define COST_FAR    5.0  /* a vector of weights past the second-level cache */
#define COST_MEMORY 20.0 /* the same from memory */
#if WORD_FAST
#define COST_WORD 1.0 /* a vector of words multiplied */
#else
#define COST_WORD 2.25
#endif
/* A panel one vector wide has a broadcast for every multiply-add, and with few rows sums that wait
 * for each other. */
#if VEC_REGISTERS == 32
#define COST_NARROW 1.2
#else
#define COST_NARROW 1.5
#endif

static inline double cost_vectors(size_t n)
{
    return (double)((n + VEC - 1) / VEC);
}

/* One row of a packed product; k in words. */
static inline double cost_product(size_t columns, size_t k)
{
    const size_t vectors = (columns + VEC - 1) / VEC, narrow = vectors % 2;
    return (double)k * ((double)(vectors - narrow) + (double)narrow * COST_NARROW) * COST_WORD;
}

/* n results side by side. */
static inline double cost_results(size_t n)
{
    const size_t part = n % VEC;
    return (double)(n / VEC) * COST_RESULT + (part ? COST_CALL + (double)part * COST_SINGLE : 0);
}

/* Reading weights once for so many rows of the product: each row's share. */
static inline double cost_weights(size_t columns, size_t k, size_t rows)
{
    const size_t n = (columns + VEC - 1) / VEC * VEC * k;
    if (n <= GEMM_GROUP_WORDS)
        return 0;
    const double each = n <= 16 * GEMM_GROUP_WORDS ? COST_FAR : COST_MEMORY;
    return (double)(n / VEC) * each / (double)rows;
}

/* The whole convolution, when a position costs so much. */
static inline double cost_positions(const sfd_conv_shape *s, double each)
{
    return (double)sfd_conv_positions(s) * each;
}

#endif
