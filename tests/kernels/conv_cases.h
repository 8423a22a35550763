/* SPDX-License-Identifier: Apache-2.0 */
/* Random convolutions, for the tests of their algorithms. */
#ifndef SFD_TESTS_KERNELS_CONV_CASES_H
#define SFD_TESTS_KERNELS_CONV_CASES_H

#include "kernels/kernels.h"
#include "support/sanitized.h"

enum { N_CASES = SANITIZED ? 60 : 300 };

typedef struct conv_case {
    sfd_conv_shape shape;
    const char *name; /* of the kind of layer */
    bool residual, in_place;
    unsigned seed;
} conv_case;

/* A case's data. */
typedef struct conv_data {
    float *x, *w, *bias, *residual;
    size_t n_x, n_w, n_residual;
} conv_data;

/* Shapes within ranges that cover the network's kinds of layers. */
conv_case conv_random_case(unsigned seed);

/* The same on maps of bfloat16; of stems and some others, x is float32. */
conv_case conv_random_bf16_case(unsigned seed);

/* Small integers, with which sums are exact, or values up to 1. */
void conv_make_data(conv_data *d, const conv_case *c, bool integers);
void conv_free_data(conv_data *d);

/* Prepares the weights, computes all tiles with scratch memory full of NaN, fails when anything
 * outside the output was written. The data are rounded to the types of the shape's maps. The result
 * is y as floats, which the caller frees. */
float *conv_run(const sfd_conv_algorithm *algorithm, const conv_case *c, conv_data *d);

#endif
