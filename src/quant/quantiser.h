/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a quantiser. */
#ifndef SFD_QUANT_QUANTISER_H
#define SFD_QUANT_QUANTISER_H

#include "detect/model.h"
#include "persons/finder.h"
#include "quant/histogram.h"

#include <sfdet/quantise.h>

struct sfd_quantiser {
    sfd_weights *weights;
    sfd_weights *scales;       /* quantised before, whose maps' scales are taken; NULL: watched */
    sfd_model *model;          /* of actions, or */
    sfd_person_model *persons; /* a person detector */
    const sfd_net *net;        /* of actions */
    const sfd_graph *graph;    /* of either */
    int height, width;         /* of pictures for which multiply-adds are counted */
    sfd_histogram **seen; /* [tensors]: of a map and all its slices one, under the map's number */
    bool *keep;           /* [nodes]; NULL: none */
    double macs;          /* of all convolutions */
    bool watched;         /* a clip was */
    bool no_memory;       /* while one was watched */
};

/* The map that a tensor is part of. */
int sfd_quantiser_root(const sfd_graph *g, int tensor);

/* What the bytes of a map that was watched mean, and what that costs as a share of its mean square.
 * Errors: SFD_ERR_MISMATCH (it was not watched), SFD_ERR_FORMAT (it was not finite), about its
 * reader. */
sfd_status sfd_quantiser_scale(const sfd_quantiser *q, int tensor, const char *reader,
                               sfd_byte_scale *out, double *noise, sfd_error *err);

/* NULL for a convolution that becomes one of bytes, else why not. */
const char *sfd_quantiser_reason(const sfd_quantiser *q, const sfd_node *node);

/* What a convolution of bytes adds to its sums, or after SiLU, where that is bytes: others read it
 * as such, or a convolution of bytes made it. Else SFD_NO_TENSOR. */
int sfd_quantiser_byte_residual(const sfd_quantiser *q, const sfd_node *node);

/* Fills q->weights and one of both models. */
sfd_status sfd_quantiser_open(sfd_quantiser *q, const sfd_quantiser_settings *s, sfd_error *err);

/* The quantised network: what sfd_quantiser_write writes. The caller closes *out. */
sfd_status sfd_quantiser_to_weights(sfd_weights **out, const sfd_quantiser *q, const char *origin,
                                    sfd_error *err);

/* A convolution's weights as bytes. */
typedef struct sfd_byte_weights {
    int8_t *w;           /* [cout][row] */
    float *scale, *bias; /* [cout] */
    double noise;        /* mean square of the rounding, relative to the weights' */
} sfd_byte_weights;

/* Batch norm folded; for each row the scale whose rounding costs least. Errors: what reading gives,
 * SFD_ERR_NOMEM. Freed by sfd_byte_weights_free, also after failure. */
sfd_status sfd_byte_weights_make(sfd_byte_weights *out, const sfd_node *node,
                                 const sfd_weights *weights, sfd_error *err);
void sfd_byte_weights_free(sfd_byte_weights *w);

#endif
