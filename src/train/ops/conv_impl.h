/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution in training: the convolution alone (conv.c) and what follows it (norm.c). */
#ifndef SFD_TRAIN_OPS_CONV_IMPL_H
#define SFD_TRAIN_OPS_CONV_IMPL_H

#include "graph/ops/conv.h"
#include "train/op.h"

#define SFD_NORM_FOLD 64 /* floats: narrow maps are normalised several positions at once */
#define SFD_NORM_ROWS 6

/* With batch norm, the convolution's own output, [P][cout] of each sample, is kept beside the
 * output tensor, and backward turns it into that output's gradient; mean and 1 / deviation of the
 * batch are kept, [2][cout]. */
typedef struct sfd_conv_train {
    const sfd_conv_attributes *attributes;
    sfd_conv_shape shape;          /* of the convolution alone */
    size_t weight, bias;           /* in the parameter block; bias only where there is one */
    size_t gamma, beta, mean, var; /* batch norm's */
    size_t part_floats;            /* of weights */
    bool rounds;                   /* the weights, to signed bytes */
    size_t rounded;                /* in kept memory, bytes from its start: what they mean */
    /* bytes from the start of shared memory */
    size_t prepared;  /* weights as the algorithm wants them */
    size_t flipped;   /* weights for the gradient of the input */
    size_t zeros;     /* instead of a bias */
    size_t parts;     /* [threads][part_floats]: partial sums */
    size_t sums;      /* [threads][2 * width] doubles */
    size_t norm_rows; /* [SFD_NORM_ROWS][width]: what batch norm knows of each channel */
    size_t width;     /* channels, at least SFD_NORM_FOLD */
} sfd_conv_train;

static inline void *sfd_conv_shared(const sfd_train_graph *g, size_t at)
{
    return g->shared + at;
}

/* The convolution's own output, or its gradient. */
sfd_batch_map sfd_conv_output(const sfd_train_graph *g, const sfd_train_node *n, bool gradient);

/* Batch norm, residual sum and ReLU. Backward leaves the gradient of the convolution's own output
 * where sfd_conv_output finds it. */
void sfd_norm_forward(sfd_train_graph *g, const sfd_train_node *n);
void sfd_norm_backward(sfd_train_graph *g, const sfd_train_node *n);

#endif
