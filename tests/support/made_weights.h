/* SPDX-License-Identifier: Apache-2.0 */
/* Weights that tests/data/networks/reference.py makes, too: tensors are numbered from 1 in the
 * order in which it asks for them. */
#ifndef SFD_TESTS_MADE_WEIGHTS_H
#define SFD_TESTS_MADE_WEIGHTS_H

#include "base/random.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static inline bool name_ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static inline void make_weights(float *w, const char *name, int n_dims, const size_t *dims,
                                uint64_t number)
{
    sfd_random random = {.state = number};
    float low = -0.1f, high = 0.1f;
    size_t n = 1;
    for (int i = 0; i < n_dims; i++)
        n *= dims[i];
    if (n_dims > 1) {
        const bool last = name_ends_with(name, "branch2.c.weight") ||
                          name_ends_with(name, "conv3.conv.weight") ||
                          name_ends_with(name, "conv_out.weight");
        high = sqrtf((last ? 0.3f : 6.0f) / (float)(n / dims[0]));
        low = -high;
    } else if (name_ends_with(name, "running_var") || name_ends_with(name, "weight")) {
        low = 0.8f;
        high = 1.2f;
    }
    for (size_t i = 0; i < n; i++)
        w[i] = low + (high - low) * sfd_random_unit_f32(&random);
}

#endif
