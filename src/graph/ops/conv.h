/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution with what follows it: batch norm, the sum with a second input (a residual block's
 * shortcut), an activation; each but the first optional. */
#ifndef SFD_GRAPH_OPS_CONV_H
#define SFD_GRAPH_OPS_CONV_H

#include "graph/op.h"

#define SFD_BN_EPS 1e-5 /* PyTorch's */

typedef struct sfd_conv_attributes {
    char norm[SFD_MAX_NODE_NAME]; /* batch norm tensors' prefix, "" without one */
    int cin, cout, groups;
    sfd_window window;
    bool bias;
    sfd_activation activation;
    /* The batch norm of another one that takes this one's output as its residual and norms the sum
     * (`norms_sum` there): its gain is folded into this one's weights, too; "" elsewhere. */
    char sum_norm[SFD_MAX_NODE_NAME];
    bool norms_sum;
    /* So many parts of the input, each as wide as the output and one behind the other, are summed,
     * with batch norm and activation behind that: the weights, ones and zeros, are in no file. Not
     * trained; 0: a convolution. */
    int sums_parts;
    bool affine; /* the batch norm is a gain and a bias, its statistics folded in: not trained */
    double eps;  /* of batch norm with statistics */
    bool byte_residual; /* of a convolution of bytes: the weights tell its residual's scale */
    bool residual_last; /* of a convolution of bytes: it is added after the activation */
} sfd_conv_attributes;

extern const sfd_op sfd_op_conv;

/* 1x1x1, one group, nothing after it, PyTorch's epsilon. */
sfd_conv_attributes sfd_conv_defaults(int cout);

/* The weight tensor is name + ".weight"; a->cin is the input's. `residual` is added before the
 * activation, or SFD_NO_TENSOR. */
int sfd_graph_add_conv(sfd_graph *g, const char *name, const sfd_conv_attributes *a, int input,
                       int residual);

/* The weights [cout][cin / groups][kT][kH][kW] and biases [cout] with batch norm folded in. Errors:
 * a missing or misshapen tensor, what reading gives, SFD_ERR_NOMEM. The caller frees both, also
 * after failure. */
sfd_status sfd_conv_read_folded(const sfd_node *node, const sfd_weights *weights, float **w,
                                float **bias, sfd_error *err);

/* Of sfd_op, for every operation with these attributes. */
sfd_status sfd_conv_out_size(const sfd_node_view *v, int out[3], sfd_error *err);
int sfd_conv_rows_read(const sfd_node_view *v, int rows);
double sfd_conv_node_macs(const sfd_node_view *v);
const sfd_window *sfd_conv_window(const void *attributes);

sfd_conv_shape sfd_conv_node_shape(const sfd_node_view *v, int n_threads);

#endif
