/* SPDX-License-Identifier: Apache-2.0 */
/* The pairwise part of a non-local block. */
#ifndef SFD_KERNELS_ATTENTION_ATTENTION_H
#define SFD_KERNELS_ATTENTION_ATTENTION_H

#include "base/dtype.h"

#include <stdbool.h>
#include <stddef.h>

/* All maps are rows of `channels` values, ld of them apart, float32 but for y, which may be
 * bfloat16.
 */
typedef struct sfd_attention {
    size_t n_queries, n_keys, channels;
    size_t queries_ld, keys_ld, values_ld, y_ld;
    bool softmax; /* softmax(q k^T / sqrt(channels)) v, else (q k^T / n_keys) v */
    const float *queries, *keys, *values;
    void *y;
    sfd_dtype y_type;
} sfd_attention;

/* exp(x) / sum of exp(x), in place; n >= 1. */
void sfd_softmax_row(float *row, size_t n);

size_t sfd_attention_n_tiles(const sfd_attention *a);
size_t sfd_attention_scratch_floats(const sfd_attention *a);
void sfd_attention_run_tile(const sfd_attention *a, size_t tile, float *scratch);

#endif
