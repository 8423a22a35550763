/* SPDX-License-Identifier: Apache-2.0 */
/* Windows, which several operations have. */
#include "graph/op.h"

const sfd_window sfd_window_one = {.kernel = {1, 1, 1}, .stride = {1, 1, 1}, .dilation = {1, 1, 1}};

void sfd_window_out_size(const sfd_window *w, const int in[3], int out[3])
{
    for (int axis = 0; axis < 3; axis++) {
        const int reach = w->dilation[axis] * (w->kernel[axis] - 1) + 1;
        const int room = in[axis] + 2 * w->padding[axis] - reach;
        out[axis] = room < 0 ? 0 : room / w->stride[axis] + 1;
    }
}
