/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/to_channel.h"

#include "graph/op_test.h"

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 32, 3, 4);
    const int y = sfd_graph_add_to_channel(&n.net.graph, "packed", 8, op_net_lead(&n, 5, NULL));
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){4, 3, 4}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 40);
    sfd_graph_add_to_channel(&n.net.graph, "odd", 3, y);
    char *message = op_net_error(&n);
    assert_string_equal(message, "odd: 4 frames cannot be taken 3 at a time");
    free(message);
    op_net_end(&n);
}

static void make(op_net *n, test_random *r)
{
    const int frames = n->net.graph.inputs[0].frames;
    int packed = random_int(r, 1, frames);
    while (frames % packed != 0)
        packed--;
    sfd_graph_add_to_channel(&n->net.graph, "packed", packed,
                             op_net_lead(n, random_int(r, 1, 20), NULL));
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    const sfd_to_channel_attributes *a = v->node->attributes;
    const int n = v->in[0].channels;
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++)
                for (int c = 0; c < v->out.channels; c++)
                    *y++ = op_at(&v->in[0], t * a->frames + c / n, h, w, c % n);
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){0, 0}, 20, 12);
}

static void gradient(void)
{
    op_check_gradient("time to channel", make, NULL, 0.25, 1e-5, 10, 13);
}

const op_test op_test_to_channel = {&sfd_op_to_channel, shapes, twin, gradient, NULL};
