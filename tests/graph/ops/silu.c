/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/silu.h"

#include "graph/op_test.h"

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 2, 5, 7);
    const int y = sfd_graph_add_silu(&n.net.graph, "silu", op_net_lead(&n, 6, NULL));
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){2, 5, 7}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 6);
    op_net_end(&n);
}

static void make(op_net *n, test_random *r)
{
    sfd_graph_add_silu(&n->net.graph, "silu", op_net_lead(n, random_int(r, 1, 40), NULL));
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++)
                for (int c = 0; c < v->out.channels; c++) {
                    const double x = op_at(&v->in[0], t, h, w, c);
                    *y++ = x / (1 + exp(-x));
                }
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){5e-7, 5e-7}, 40, 1);
}

static void gradient(void)
{
    op_check_gradient("silu", make, NULL, 0.02, 2e-4, 10, 2);
}

const op_test op_test_silu = {&sfd_op_silu, shapes, twin, gradient, NULL};
