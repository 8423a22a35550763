/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/space_to_depth.h"

#include "graph/op_test.h"

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 2, 6, 8);
    const int y = sfd_graph_add_space_to_depth(&n.net.graph, "focus", op_net_lead(&n, 5, NULL));
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){2, 3, 4}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 20);
    sfd_graph_add_space_to_depth(&n.net.graph, "odd", y);
    char *message = op_net_error(&n);
    assert_non_null(strstr(message, "odd: a map of 3x4 (HxW) cannot be halved"));
    free(message);
    op_net_end(&n);
}

/* The lead's windows leave an even height and width whatever the picture's are. */
static void make(op_net *n, test_random *r)
{
    sfd_window w = sfd_window_one;
    w.kernel[1] = n->height % 2 ? 2 : 1;
    w.kernel[2] = n->width % 2 ? 2 : 1;
    sfd_graph_add_space_to_depth(&n->net.graph, "focus", op_net_lead(n, random_int(r, 1, 20), &w));
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    const int n = v->in[0].channels;
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++)
                for (int c = 0; c < v->out.channels; c++)
                    *y++ = op_at(&v->in[0], t, 2 * h + c / n % 2, 2 * w + c / n / 2, c % n);
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){0, 0}, 40, 1);
}

static void gradient(void)
{
    op_check_gradient("space to depth", make, NULL, 0.05, 2e-5, 10, 2);
}

const op_test op_test_space_to_depth = {&sfd_op_space_to_depth, shapes, twin, gradient, NULL};
