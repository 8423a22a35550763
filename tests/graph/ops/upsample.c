/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/upsample.h"

#include "graph/op_test.h"

/* 3x3 at stride 2. */
static const sfd_window every_second = {
    .kernel = {1, 3, 3}, .stride = {1, 2, 2}, .padding = {0, 1, 1}, .dilation = {1, 1, 1}};

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 2, 5, 7);
    const int y = sfd_graph_add_upsample(&n.net.graph, "up", op_net_lead(&n, 6, NULL));
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){2, 10, 14}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 6);
    op_net_end(&n);

    op_net_begin(&n, 2, 5, 7);
    const int half = op_net_lead(&n, 6, &every_second), like = op_net_lead(&n, 4, NULL);
    const int z = sfd_graph_add_upsample_to(&n.net.graph, "up", half, like);
    op_net_sizes(&n, half, size);
    assert_memory_equal(size, ((int[]){2, 3, 4}), sizeof size);
    op_net_sizes(&n, z, size);
    assert_memory_equal(size, ((int[]){2, 5, 7}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, z), 6);
    op_net_end(&n);
}

static void make(op_net *n, test_random *r)
{
    sfd_graph_add_upsample(&n->net.graph, "up", op_net_lead(n, random_int(r, 1, 40), NULL));
}

/* To the size of another map, which is not read. */
static void make_to(op_net *n, test_random *r)
{
    const int half = op_net_lead(n, random_int(r, 1, 40), &every_second);
    sfd_graph_add_upsample_to(&n->net.graph, "up", half, op_net_lead(n, 2, NULL));
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++)
                for (int c = 0; c < v->out.channels; c++)
                    *y++ = op_at(&v->in[0], t, h * v->in[0].size[1] / v->out.size[1],
                                 w * v->in[0].size[2] / v->out.size[2], c);
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){0, 0}, 40, 1);
    op_check_twin(make_to, plain, (op_tolerance){0, 0}, 40, 3);
}

static void gradient(void)
{
    op_check_gradient("upsampling", make, NULL, 0.05, 2e-5, 10, 2);
    op_check_gradient("upsampling to a size", make_to, NULL, 0.05, 2e-5, 10, 4);
}

const op_test op_test_upsample = {&sfd_op_upsample, shapes, twin, gradient, NULL};
