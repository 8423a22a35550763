/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations, and what several of them share. */
#include "graph/op.h"

#define SFD_OP(name) extern const sfd_op sfd_op_##name;
#include "graph/ops/list.h"
#undef SFD_OP

#define SFD_OP(name) &sfd_op_##name,
const sfd_op *const sfd_ops[] = {
#include "graph/ops/list.h"
};
#undef SFD_OP

const size_t sfd_n_ops = sizeof sfd_ops / sizeof *sfd_ops;

const sfd_window sfd_window_one = {.kernel = {1, 1, 1}, .stride = {1, 1, 1}, .dilation = {1, 1, 1}};

void sfd_window_out_size(const sfd_window *w, const int in[3], int out[3])
{
    for (int axis = 0; axis < 3; axis++) {
        const int reach = w->dilation[axis] * (w->kernel[axis] - 1) + 1;
        const int room = in[axis] + 2 * w->padding[axis] - reach;
        out[axis] = room < 0 ? 0 : room / w->stride[axis] + 1;
    }
}
