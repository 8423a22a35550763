/* SPDX-License-Identifier: Apache-2.0 */
/* What several operations have: windows, maps that keep their size, rows that move. */
#include "graph/op.h"

#include <string.h>

const sfd_window sfd_window_one = {.kernel = {1, 1, 1}, .stride = {1, 1, 1}, .dilation = {1, 1, 1}};

void sfd_window_out_size(const sfd_window *w, const int in[3], int out[3])
{
    for (int axis = 0; axis < 3; axis++) {
        const int reach = w->dilation[axis] * (w->kernel[axis] - 1) + 1;
        const int room = in[axis] + 2 * w->padding[axis] - reach;
        out[axis] = room < 0 ? 0 : room / w->stride[axis] + 1;
    }
}

int sfd_window_rows_reached(const sfd_window *w, int out_rows, int rows)
{
    const int n = (rows - 1 + w->padding[1]) / w->stride[1] + 1;
    return n < out_rows ? n : out_rows;
}

int sfd_window_rows_read(const sfd_window *w, int in_rows, int rows)
{
    const int n =
        (rows - 1) * w->stride[1] - w->padding[1] + (w->kernel[1] - 1) * w->dilation[1] + 1;
    return n < in_rows ? n : in_rows;
}

int sfd_same_rows_reached(const sfd_node_view *v, const void *prepared, int rows)
{
    (void)v, (void)prepared;
    return rows;
}

int sfd_same_rows_read(const sfd_node_view *v, int rows)
{
    (void)v;
    return rows;
}

sfd_status sfd_same_out_size(const sfd_node_view *v, int out[3], sfd_error *err)
{
    (void)err;
    memcpy(out, v->in[0].size, sizeof v->in[0].size);
    return SFD_OK;
}

void sfd_copy_positions(void *y, size_t y_step, const void *x, size_t x_step, size_t n,
                        size_t bytes)
{
    for (size_t p = 0; p < n; p++)
        memcpy((char *)y + p * y_step, (const char *)x + p * x_step, bytes);
}
