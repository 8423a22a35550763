/* SPDX-License-Identifier: Apache-2.0 */
/* From logits to scores. */
#include "detect/head.h"
#include "kernels/attention/attention.h"

#include <math.h>

void sfd_head_activate(const sfd_head_desc *d, float *rows, size_t n)
{
    const size_t classes = (size_t)d->config->num_classes;
    for (size_t i = 0; i < n * classes; i++)
        if (!isfinite(rows[i]))
            rows[i] = NAN; /* an infinite logit comes of broken weights: 0 or 1 would hide that */
    if (d->config->head_act == SFD_HEAD_SIGMOID)
        for (size_t i = 0; i < n * classes; i++)
            rows[i] = 1.0f / (1.0f + expf(-rows[i]));
    else if (d->config->head_act == SFD_HEAD_SOFTMAX)
        for (size_t i = 0; i < n; i++)
            sfd_softmax_row(rows + i * classes, classes);
}
