/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/sample.h"

#include "graph/op_test.h"

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 32, 3, 4);
    const int y = sfd_graph_add_sample(&n.net.graph, "sample", 8, op_net_lead(&n, 5, NULL));
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){4, 3, 4}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 5);
    op_net_sizes(&n, sfd_graph_add_sample(&n.net.graph, "odd", 3, y), size);
    assert_memory_equal(size, ((int[]){2, 3, 4}), sizeof size); /* frames 0 and 3 */
    op_net_end(&n);
}

static void make(op_net *n, test_random *r)
{
    sfd_graph_add_sample(&n->net.graph, "sample", random_int(r, 1, 4),
                         op_net_lead(n, random_int(r, 1, 20), NULL));
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    const sfd_sample_attributes *a = v->node->attributes;
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++)
                for (int c = 0; c < v->out.channels; c++)
                    *y++ = op_at(&v->in[0], t * a->stride, h, w, c);
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){0, 0}, 20, 10);
}

static void gradient(void)
{
    op_check_gradient("sampling", make, NULL, 0.25, 1e-5, 10, 11);
}

const op_test op_test_sample = {&sfd_op_sample, shapes, twin, gradient, NULL};
