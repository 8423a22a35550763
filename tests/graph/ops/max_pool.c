/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/max_pool.h"

#include "graph/op_test.h"

static const sfd_window stem = {
    .kernel = {1, 3, 3}, .stride = {1, 2, 2}, .padding = {0, 1, 1}, .dilation = {1, 1, 1}};

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 4, 9, 12);
    const int y = sfd_graph_add_max_pool(&n.net.graph, "pool", &stem, op_net_lead(&n, 5, NULL));
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){4, 5, 6}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 5);
    sfd_window wide = sfd_window_one;
    wide.kernel[0] = 5;
    sfd_graph_add_max_pool(&n.net.graph, "wide", &wide, y);
    char *message = op_net_error(&n);
    assert_string_equal(message, "small: a map of 4x5x6 (TxHxW) is too small for wide");
    free(message);
    op_net_end(&n);
}

static void make(op_net *n, test_random *r)
{
    sfd_window w = sfd_window_one;
    for (int axis = 0; axis < 3; axis++) {
        w.kernel[axis] = random_int(r, 1, 3);
        w.stride[axis] = random_int(r, 1, 3);
        w.padding[axis] = w.kernel[axis] / 2;
    }
    sfd_graph_add_max_pool(&n->net.graph, "pool", &w, op_net_lead(n, random_int(r, 1, 37), NULL));
}

static double plain_value(const sfd_map *x, const sfd_window *w, const int at[3], int c)
{
    double most = -INFINITY;
    for (int t = 0; t < w->kernel[0]; t++)
        for (int h = 0; h < w->kernel[1]; h++)
            for (int v = 0; v < w->kernel[2]; v++) {
                const int from[3] = {at[0] * w->stride[0] - w->padding[0] + t,
                                     at[1] * w->stride[1] - w->padding[1] + h,
                                     at[2] * w->stride[2] - w->padding[2] + v};
                bool inside = true;
                for (int axis = 0; axis < 3; axis++)
                    inside = inside && from[axis] >= 0 && from[axis] < x->size[axis];
                if (inside)
                    most = fmax(most, op_at(x, from[0], from[1], from[2], c));
            }
    return most;
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    const sfd_max_pool_attributes *a = v->node->attributes;
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++)
                for (int c = 0; c < v->out.channels; c++)
                    *y++ = plain_value(&v->in[0], &a->window, (int[]){t, h, w}, c);
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){0, 0}, 60, 1);
}

/* Linear, as long as the maxima stay where they are: a sample's values lie a fixed distance apart.
 */
static void arrange(op_net *n, sfd_train_graph *g, test_random *r)
{
    op_spread_leads(n, g, r, 1.0f / 16);
}

static void gradient(void)
{
    op_check_gradient("max pooling", make, arrange, 0.05, 4e-5, 20, 2);
}

static uint64_t sides(const sfd_train_graph *g, const sfd_train_node *n, uint64_t hash)
{
    for (size_t sample = 0; sample < g->batch; sample++) {
        const uint32_t *chosen = sfd_train_kept_sample(g, n, sample);
        for (size_t i = 0; i < n->needs.kept_sample / sizeof *chosen; i++)
            hash = (hash ^ chosen[i]) * HASH_PRIME;
    }
    return hash;
}

const op_test op_test_max_pool = {&sfd_op_max_pool, shapes, twin, gradient, sides};
