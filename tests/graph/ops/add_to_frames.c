/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/add_to_frames.h"

#include "graph/op_test.h"

/* One position of each frame of a lead. */
static int one_of_each(op_net *n, int channels)
{
    sfd_window corner = sfd_window_one;
    corner.stride[1] = n->height;
    corner.stride[2] = n->width;
    return op_net_lead(n, channels, &corner);
}

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 2, 5, 7);
    const int x = op_net_lead(&n, 6, NULL), each = one_of_each(&n, 6);
    const int y = sfd_graph_add_to_frames(&n.net.graph, "added", x, each);
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){2, 5, 7}), sizeof size);
    sfd_graph_add_to_frames(&n.net.graph, "odd", y, one_of_each(&n, 5));
    char *message = op_net_error(&n);
    assert_non_null(strstr(message, "odd: 2 frames of 6 channels, 2 positions of 5 channels"));
    free(message);
    op_net_end(&n);
}

static void make(op_net *n, test_random *r)
{
    const int channels = random_int(r, 1, 40);
    const int x = op_net_lead(n, channels, NULL), each = one_of_each(n, channels);
    sfd_graph_add_to_frames(&n->net.graph, "added", x, each);
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++)
                for (int c = 0; c < v->out.channels; c++)
                    *y++ = op_at(&v->in[0], t, h, w, c) + op_at(&v->in[1], t, 0, 0, c);
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){1e-7, 1e-7}, 20, 41);
}

static void gradient(void)
{
    op_check_gradient("adding to frames", make, NULL, 0.05, 2e-5, 10, 42);
}

const op_test op_test_add_to_frames = {&sfd_op_add_to_frames, shapes, twin, gradient, NULL};
