/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/attention.h"

#include "graph/op_test.h"

/* Keys and values see every second row and column. */
static const sfd_window pooled = {.kernel = {1, 1, 1}, .stride = {1, 2, 2}, .dilation = {1, 1, 1}};

static int add(op_net *n, int channels, sfd_attention_attributes a)
{
    const int q = op_net_lead(n, channels, NULL), k = op_net_lead(n, channels, &pooled);
    return sfd_graph_add_attention(&n->net.graph, "attention", &a,
                                   (int[]){q, k, op_net_lead(n, channels, &pooled)});
}

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 6, 5, 4);
    const int y = add(&n, 7, (sfd_attention_attributes){.pieces = 3});
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){6, 5, 4}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 7);
    add(&n, 7, (sfd_attention_attributes){.pieces = 4});
    char *message = op_net_error(&n);
    assert_string_equal(message, "attention: 6 frames (6 pooled) cannot be cut into "
                                 "NONLOCAL.GROUP = 4 pieces");
    free(message);
    op_net_end(&n);
}

static void make(op_net *n, test_random *r)
{
    const int frames = n->net.graph.inputs[0].frames;
    const bool halves = frames % 2 == 0 && random_int(r, 0, 1);
    add(n, random_int(r, 1, 35),
        (sfd_attention_attributes){.pieces = halves ? 2 : 1, .softmax = random_int(r, 0, 1)});
}

/* One query of a piece, from its products with all keys. */
static void plain_query(const sfd_node_view *v, const int at[3], double *y)
{
    const sfd_attention_attributes *a = v->node->attributes;
    const sfd_map *k = &v->in[1];
    const int frames = k->size[0] / a->pieces;
    const int first = at[0] / (v->in[0].size[0] / a->pieces) * frames;
    double total = 0, most = -INFINITY;
    for (int pass = 0; pass < 2; pass++) /* the largest product; then the sums */
        for (int t = first; t < first + frames; t++)
            for (int h = 0; h < k->size[1]; h++)
                for (int w = 0; w < k->size[2]; w++) {
                    double product = 0;
                    for (int c = 0; c < k->channels; c++)
                        product += op_at(&v->in[0], at[0], at[1], at[2], c) * op_at(k, t, h, w, c);
                    product /= a->softmax ? sqrt(k->channels) : 1;
                    most = fmax(most, product);
                    if (pass == 0)
                        continue;
                    const double weight = a->softmax ? exp(product - most) : product;
                    total += a->softmax ? weight : 1;
                    for (int c = 0; c < v->out.channels; c++)
                        y[c] += weight * op_at(&v->in[2], t, h, w, c);
                }
    for (int c = 0; c < v->out.channels; c++)
        y[c] /= total;
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    (void)weights;
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++, y += v->out.channels)
                plain_query(v, (int[]){t, h, w}, y);
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){1e-5, 1e-5}, 10, 3);
}

static void make_narrow(op_net *n, test_random *r)
{
    const int frames = n->net.graph.inputs[0].frames;
    const bool halves = frames % 2 == 0 && random_int(r, 0, 1);
    add(n, 6, (sfd_attention_attributes){.pieces = halves ? 2 : 1, .softmax = random_int(r, 0, 1)});
}

static void gradient(void)
{
    op_check_gradient("attention", make_narrow, NULL, 1e-2, 2e-4, 8, 4);
}

const op_test op_test_attention = {&sfd_op_attention, shapes, twin, gradient, NULL};
