/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution of bytes. Its attributes are those of the convolution of floats that it stands for
 * (conv.h), whose batch norm is folded; its parameters are
 *
 *   NAME.weight              I8 [cout][cin][kT][kH][kW]
 *   NAME.weight_scale        F32 [cout]
 *   NAME.bias                F32 [cout]
 *   NAME.input_scale         F32 [1], NAME.input_zero_point U8 [1]
 *   NAME.residual_scale      F32 [1], NAME.residual_zero_point U8 [1], where the shortcut is bytes
 */
#ifndef SFD_GRAPH_OPS_QCONV_H
#define SFD_GRAPH_OPS_QCONV_H

#include "graph/ops/conv.h"

extern const sfd_op sfd_op_qconv;

/* What bytes mean: scale * (byte - zero). */
typedef struct sfd_byte_scale {
    float scale;
    int zero;
} sfd_byte_scale;

/* Whether a convolution can be one of bytes: one group, sums that fit, no residual before SiLU. */
bool sfd_qconv_can_be(const sfd_node *node);

/* Whether the weights hold a convolution of floats as one of bytes. */
bool sfd_qconv_is_stored(const sfd_node *node, const sfd_weights *w);

/* Whether they hold bytes for it, but no scale of theirs. */
bool sfd_qconv_lacks_scale(const sfd_node *node, const sfd_weights *w);

/* What the weights say of a node's input (0) or residual (1), of which they need not say anything
 * (*found). Errors: SFD_ERR_MISMATCH (missing, misshapen), SFD_ERR_FORMAT (not a scale or zero
 * point; the node cannot be one of bytes). */
sfd_status sfd_qconv_read_scale(sfd_byte_scale *out, bool *found, const sfd_node *node, int input,
                                const sfd_weights *w, sfd_error *err);

/* sfd_op's `compare`. */
sfd_status sfd_qconv_compare(const sfd_node_view *v, const sfd_kernels *k, sfd_team *team,
                             sfd_compare_fn fn, void *user, sfd_error *err);

#endif
