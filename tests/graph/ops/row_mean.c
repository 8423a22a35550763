/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/row_mean.h"

#include "graph/op_test.h"

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 2, 5, 7);
    const int y = sfd_graph_add_row_mean(&n.net.graph, "mean", op_net_lead(&n, 6, NULL));
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){2, 5, 1}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 6);
    op_net_end(&n);
}

static void make(op_net *n, test_random *r)
{
    sfd_graph_add_row_mean(&n->net.graph, "mean", op_net_lead(n, random_int(r, 1, 40), NULL));
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int c = 0; c < v->out.channels; c++) {
                double sum = 0;
                for (int w = 0; w < v->in[0].size[2]; w++)
                    sum += op_at(&v->in[0], t, h, w, c);
                *y++ = sum / v->in[0].size[2];
            }
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){1e-6, 1e-6}, 20, 31);
}

static void gradient(void)
{
    op_check_gradient("row mean", make, NULL, 0.05, 2e-5, 10, 32);
}

const op_test op_test_row_mean = {&sfd_op_row_mean, shapes, twin, gradient, NULL};
