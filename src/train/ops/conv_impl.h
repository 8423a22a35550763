/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution in training: the convolution alone (conv.c), the gradients of its weights
 * (conv_weights.c, conv_winograd.c) and, where it is strided, of its input (conv_strided.c), and
 * what follows it (norm.c). */
#ifndef SFD_TRAIN_OPS_CONV_IMPL_H
#define SFD_TRAIN_OPS_CONV_IMPL_H

#include "graph/ops/conv.h"
#include "train/op.h"

#define SFD_NORM_FOLD 64 /* floats: narrow maps are normalised several positions at once */
#define SFD_NORM_ROWS 4

/* With batch norm, the convolution's own output, [P][cout] of each sample, is kept beside the
 * output tensor, and backward turns it into that output's gradient; mean and 1 / deviation of the
 * batch are kept, [2][cout]. */
typedef struct sfd_conv_train {
    const sfd_conv_attributes *attributes;
    sfd_conv_shape shape;          /* of the convolution alone */
    size_t weight, bias;           /* in the parameter block; bias only where there is one */
    size_t gamma, beta, mean, var; /* batch norm's */
    size_t part_floats;            /* of weights */
    bool winograd;                 /* how the weights' gradient is summed */
    size_t n_parts;                /* else in which it is summed */
    bool rounds;                   /* the weights, to signed bytes */
    size_t rounded;                /* in kept memory, bytes from its start: what they mean */
    /* bytes from the start of shared memory */
    size_t zeros;     /* instead of a bias */
    size_t parts;     /* [n_parts][part_floats]: partial sums; or Winograd's planes */
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

/* Adds the gradient of the weights [cout][cin / groups][taps] to `grad`; n_parts and scratch
 * floats of a thread that it needs. */
void sfd_conv_weights_backward(const sfd_train_graph *g, const sfd_conv_train *t,
                               const sfd_batch_map *x, const sfd_batch_map *dy, float *grad);
size_t sfd_conv_weights_parts(const sfd_conv_shape *s);
size_t sfd_conv_weights_scratch(const sfd_conv_shape *s);

/* The same by Winograd's transforms, which round more: floats of shared memory besides. */
bool sfd_conv_winograd_can(const sfd_kernels *k, const sfd_conv_shape *s);
void sfd_conv_winograd_backward(const sfd_train_graph *g, const sfd_conv_train *t,
                                const sfd_batch_map *x, const sfd_batch_map *dy, float *grad);
size_t sfd_conv_winograd_shared(const sfd_conv_shape *s, size_t batch);
size_t sfd_conv_winograd_scratch(const sfd_conv_shape *s, size_t batch);

/* Adds the input's gradient to dx, from weights in the order [cout][taps][cin / groups]; scratch
 * floats of a thread that it needs. */
void sfd_conv_strided_backward(const sfd_train_graph *g, const sfd_conv_shape *s, const float *w,
                               const sfd_batch_map *dy, const sfd_batch_map *dx);
size_t sfd_conv_strided_scratch(const sfd_conv_shape *s);

/* Input frame that a tap in time sees at output frame t; -1 outside. */
static inline int sfd_conv_tap_frame(const sfd_conv_shape *s, int t, int tap)
{
    const int frame = t * s->stride[0] - s->padding[0] + tap * s->dilation[0];
    return frame >= 0 && frame < s->in[0] ? frame : -1;
}

#endif
