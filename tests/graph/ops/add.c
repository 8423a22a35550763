/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/add.h"

#include "graph/op_test.h"

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 2, 5, 7);
    const int a = op_net_lead(&n, 6, NULL), b = op_net_lead(&n, 6, NULL);
    const int y = sfd_graph_add_sum(&n.net.graph, "sum", a, b);
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){2, 5, 7}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 6);
    sfd_graph_add_sum(&n.net.graph, "odd", y, op_net_lead(&n, 5, NULL));
    char *message = op_net_error(&n);
    assert_non_null(strstr(message, "odd: maps of 5x7x6 and 5x7x5 (HxWxC) have no sum"));
    free(message);
    op_net_end(&n);
}

static void make(op_net *n, test_random *r)
{
    const int channels = random_int(r, 1, 40);
    const int a = op_net_lead(n, channels, NULL), b = op_net_lead(n, channels, NULL);
    sfd_graph_add_sum(&n->net.graph, "sum", a, b);
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++)
                for (int c = 0; c < v->out.channels; c++)
                    *y++ = op_at(&v->in[0], t, h, w, c) + op_at(&v->in[1], t, h, w, c);
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){1e-7, 1e-7}, 40, 1);
}

static void gradient(void)
{
    op_check_gradient("sum", make, NULL, 0.05, 2e-5, 10, 2);
}

const op_test op_test_add = {&sfd_op_add, shapes, twin, gradient, NULL};
