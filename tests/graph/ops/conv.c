/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/ops/conv.h"

#include "graph/op_test.h"

#include <stdio.h>

static void shapes(void)
{
    op_net n;
    int size[3];
    op_net_begin(&n, 8, 9, 12);
    sfd_conv_attributes a = sfd_conv_defaults(7);
    a.window = (sfd_window){
        .kernel = {5, 7, 3}, .stride = {4, 2, 1}, .padding = {2, 3, 2}, .dilation = {1, 1, 2}};
    const int x = op_net_lead(&n, 4, NULL);
    const int y = sfd_graph_add_conv(&n.net.graph, "conv", &a, x, SFD_NO_TENSOR);
    op_net_sizes(&n, y, size);
    assert_memory_equal(size, ((int[]){2, 5, 12}), sizeof size);
    assert_int_equal(sfd_graph_channels(&n.net.graph, y), 7);
    a.window.padding[0] = 0; /* five frames wanted of two */
    sfd_graph_add_conv(&n.net.graph, "long", &a, y, SFD_NO_TENSOR);
    char *message = op_net_error(&n);
    assert_string_equal(message, "small: a map of 2x5x12 (TxHxW) is too small for long");
    free(message);
    op_net_end(&n);
}

static sfd_conv_attributes random_conv(test_random *r)
{
    const int groups = random_int(r, 0, 3) == 0 ? 2 : 1;
    sfd_conv_attributes a = sfd_conv_defaults(groups * random_int(r, 1, 9));
    a.groups = groups;
    for (int axis = 0; axis < 3; axis++) {
        a.window.kernel[axis] = random_int(r, 1, axis ? 4 : 3);
        a.window.stride[axis] = random_int(r, 1, 2);
        a.window.dilation[axis] = random_int(r, 1, 2);
        a.window.padding[axis] = random_int(r, 0, a.window.kernel[axis]);
    }
    if (random_int(r, 0, 2) == 0)
        memcpy(a.window.stride, (int[]){1, 1, 1}, sizeof a.window.stride);
    return a;
}

/* ------------------------------------------------------------------ plain twin */

/* Shapes of the networks, which have algorithms of their own. */
static sfd_conv_attributes network_conv(test_random *r)
{
    static const int kernels[][3] = {{1, 1, 1}, {3, 1, 1}, {1, 3, 3}, {5, 7, 7}};
    sfd_conv_attributes a = sfd_conv_defaults(random_int(r, 1, 24));
    memcpy(a.window.kernel, kernels[random_int(r, 0, 3)], sizeof a.window.kernel);
    for (int axis = 0; axis < 3; axis++)
        a.window.padding[axis] = a.window.kernel[axis] / 2;
    a.window.stride[1] = a.window.stride[2] = random_int(r, 1, 2);
    return a;
}

/* Batch norm behind the sum of two maps that lie side by side. */
static void make_sum_of_parts(op_net *n, test_random *r)
{
    sfd_conv_attributes a = sfd_conv_defaults(random_int(r, 1, 24));
    a.sums_parts = random_int(r, 1, 3);
    a.activation = random_int(r, 0, 1) ? SFD_ACTIVATION_RELU : SFD_ACTIVATION_NONE;
    strcpy(a.norm, "tested.bn");
    const int x = op_net_lead(n, a.sums_parts * a.cout, NULL);
    sfd_graph_add_conv(&n->net.graph, "tested", &a, x, SFD_NO_TENSOR);
}

static void make(op_net *n, test_random *r)
{
    if (random_int(r, 0, 7) == 0) {
        make_sum_of_parts(n, r);
        return;
    }
    const bool network = random_int(r, 0, 1);
    sfd_conv_attributes a = network ? network_conv(r) : random_conv(r);
    const bool stem = a.window.kernel[0] == 5;
    const int x = op_net_lead(n, stem ? 3 : 2 * random_int(r, 1, 9), NULL);
    int shortcut = SFD_NO_TENSOR;
    a.bias = random_int(r, 0, 1);
    a.activation = random_int(r, 0, 1) ? SFD_ACTIVATION_RELU : SFD_ACTIVATION_NONE;
    if (random_int(r, 0, 1))
        strcpy(a.norm, "tested.bn");
    a.affine = *a.norm && random_int(r, 0, 3) == 0;
    if (random_int(r, 0, 1)) { /* a shortcut of the same shape */
        sfd_conv_attributes other = a;
        *other.norm = '\0';
        shortcut = sfd_graph_add_conv(&n->net.graph, "shortcut", &other, x, SFD_NO_TENSOR);
    }
    sfd_graph_add_conv(&n->net.graph, "tested", &a, x, shortcut);
}

/* Where a tap of the window around an output position reads; false outside the map. */
static bool tap_place(const sfd_map *x, const sfd_window *win, const int at[3], const int tap[3],
                      int from[3])
{
    bool inside = true;
    for (int axis = 0; axis < 3; axis++) {
        from[axis] =
            at[axis] * win->stride[axis] - win->padding[axis] + tap[axis] * win->dilation[axis];
        inside = inside && from[axis] >= 0 && from[axis] < x->size[axis];
    }
    return inside;
}

static double plain_sum(const sfd_node_view *v, const float *w, const int at[3], int co)
{
    const sfd_conv_attributes *a = v->node->attributes;
    const int *kernel = a->window.kernel;
    const int n = a->cin / a->groups, first = co / (a->cout / a->groups) * n;
    const int n_taps = kernel[0] * kernel[1] * kernel[2];
    double sum = 0;
    for (int i = 0; i < a->sums_parts; i++)
        sum += op_at(&v->in[0], at[0], at[1], at[2], i * a->cout + co);
    if (a->sums_parts)
        return sum;
    w += (size_t)co * (size_t)n * (size_t)n_taps;
    for (int t = 0; t < kernel[0]; t++)
        for (int h = 0; h < kernel[1]; h++)
            for (int x = 0; x < kernel[2]; x++, w++) {
                int from[3];
                if (!tap_place(&v->in[0], &a->window, at, (int[]){t, h, x}, from))
                    continue;
                const float *in = op_place(&v->in[0], from[0], from[1], from[2]) + first;
                for (int ci = 0; ci < n; ci++)
                    sum += (double)w[ci * n_taps] * (double)in[ci];
            }
    return sum;
}

/* What follows the convolution: [4] tensors of batch norm, NULL where there are none. */
typedef struct plain_rest {
    float *weight, *bias, *norm[4];
} plain_rest;

static plain_rest read_rest(const sfd_node_view *v, const sfd_weights *w)
{
    static const char *const fields[4] = {"weight", "bias", "running_mean", "running_var"};
    const sfd_conv_attributes *a = v->node->attributes;
    plain_rest rest = {0};
    if (!a->sums_parts)
        rest.weight = op_weights(w, v->node->name, "weight");
    if (a->bias)
        rest.bias = op_weights(w, v->node->name, "bias");
    for (int i = 0; *a->norm && i < (a->affine ? 2 : 4); i++)
        rest.norm[i] = op_weights(w, a->norm, fields[i]);
    return rest;
}

static double plain_value(const sfd_node_view *v, const plain_rest *r, const int at[3], int c)
{
    const sfd_conv_attributes *a = v->node->attributes;
    double y = plain_sum(v, r->weight, at, c) + (r->bias ? (double)r->bias[c] : 0);
    if (*a->norm && !a->affine)
        y = (y - (double)r->norm[2][c]) / sqrt((double)r->norm[3][c] + SFD_BN_EPS);
    if (*a->norm)
        y = y * (double)r->norm[0][c] + (double)r->norm[1][c];
    if (v->node->n_inputs > 1)
        y += op_at(&v->in[1], at[0], at[1], at[2], c);
    return a->activation == SFD_ACTIVATION_RELU ? fmax(y, 0) : y;
}

static void plain(const sfd_node_view *v, const sfd_weights *weights, double *y)
{
    plain_rest rest = read_rest(v, weights);
    for (int t = 0; t < v->out.size[0]; t++)
        for (int h = 0; h < v->out.size[1]; h++)
            for (int w = 0; w < v->out.size[2]; w++)
                for (int c = 0; c < v->out.channels; c++)
                    *y++ = plain_value(v, &rest, (int[]){t, h, w}, c);
    free(rest.weight);
    free(rest.bias);
    for (int i = 0; i < 4; i++)
        free(rest.norm[i]);
}

static void twin(void)
{
    op_check_twin(make, plain, (op_tolerance){.exact = 4e-6, .fast = 1e-4}, 60, 5);
}

/* ------------------------------------------------------------------ gradient */

/* Linear: finite differences are exact but for rounding. */
static void make_linear(op_net *n, test_random *r)
{
    sfd_conv_attributes a = random_conv(r);
    a.bias = random_int(r, 0, 1);
    sfd_graph_add_conv(&n->net.graph, "tested", &a, op_net_lead(n, 2 * random_int(r, 1, 9), NULL),
                       SFD_NO_TENSOR);
}

static void make_norm(op_net *n, test_random *r)
{
    sfd_conv_attributes a = random_conv(r);
    memcpy(a.window.stride, (int[]){1, 1, 1}, sizeof a.window.stride);
    memcpy(a.window.padding, (int[]){2, 3, 3}, sizeof a.window.padding);
    strcpy(a.norm, "tested.bn");
    sfd_graph_add_conv(&n->net.graph, "tested", &a, op_net_lead(n, 4, NULL), SFD_NO_TENSOR);
}

/* Batch norm of the sum of two convolutions. */
static void make_norm_of_sum(op_net *n, test_random *r)
{
    sfd_conv_attributes a = sfd_conv_defaults(random_int(r, 1, 9)), b = a;
    a.window.kernel[1] = b.window.kernel[2] = 3;
    a.window.padding[1] = b.window.padding[2] = 1;
    strcpy(a.sum_norm, "tested.bn");
    strcpy(b.norm, "tested.bn");
    b.norms_sum = true;
    const int x = op_net_lead(n, 4, NULL);
    const int first = sfd_graph_add_conv(&n->net.graph, "first", &a, x, SFD_NO_TENSOR);
    sfd_graph_add_conv(&n->net.graph, "second", &b, x, first);
}

/* A block as in the networks: two branches, batch norm, sum, ReLU. */
static void make_block(op_net *n, test_random *r)
{
    sfd_conv_attributes lead = sfd_conv_defaults(6), a = sfd_conv_defaults(4);
    sfd_conv_attributes b = sfd_conv_defaults(6);
    (void)r;
    lead.activation = SFD_ACTIVATION_RELU;
    lead.bias = true;
    a.window.kernel[0] = 3;
    a.window.padding[0] = 1;
    a.activation = b.activation = SFD_ACTIVATION_RELU;
    strcpy(a.norm, "a.bn");
    strcpy(b.norm, "b.bn");
    n->n_leads++;
    const int x = sfd_graph_add_conv(&n->net.graph, "lead0", &lead, 0, SFD_NO_TENSOR);
    const int y = sfd_graph_add_conv(&n->net.graph, "a", &a, x, SFD_NO_TENSOR);
    sfd_graph_add_conv(&n->net.graph, "b", &b, y, x);
}

static float *find(sfd_train_graph *g, const char *name, size_t *n)
{
    const sfd_param *p = sfd_params_find(g->params, name);
    assert_non_null(p);
    *n = p->n;
    return g->params->value + p->at;
}

static void set_norm(sfd_train_graph *g, const char *name, float scale, const float offsets[6],
                     test_random *r)
{
    char full[64];
    size_t n;
    snprintf(full, sizeof full, "%s.weight", name);
    float *v = find(g, full, &n);
    fill_away_from_zero(r, v, n, scale);
    snprintf(full, sizeof full, "%s.bias", name);
    v = find(g, full, &n);
    memcpy(v, offsets, n * sizeof *offsets);
}

/* Values of about 1 to 2 in magnitude, with signs that differ from position to position: one
 * channel of the picture is large, the others and the offsets are small. */
static void set_lead(sfd_train_graph *g, test_random *r)
{
    const sfd_batch_map picture = sfd_train_values(g, 0);
    size_t n;
    float *v = find(g, "lead0.weight", &n);
    for (size_t i = 0; i < n; i += OP_CHANNELS)
        fill_away_from_zero(r, v + i, 1, 1);
    v = find(g, "lead0.bias", &n);
    for (size_t i = 0; i < n; i++)
        v[i] *= 0.1f;
    for (size_t sample = 0; sample < g->batch; sample++)
        for (size_t p = 0; p < picture.positions; p++) {
            float *x = picture.x + sample * picture.sample_floats + p * picture.ld;
            fill_away_from_zero(r, x, 1, 1);
            x[1] *= 0.1f;
            x[2] *= 0.1f;
        }
}

/* Keeps every value away from ReLU's kink, where a finite difference means nothing: the lead-in's
 * signs are mixed, those of the branch's inner map differ by channel, and the sum has channels that
 * are all on, all off, and that follow the shortcut. */
static void arrange_block(op_net *n, sfd_train_graph *g, test_random *r)
{
    static const float inner[6] = {1, -1, 1, 1}, sum[6] = {-0.4f, 1, -0.4f, -4, -0.4f, 1};
    (void)n;
    set_lead(g, r);
    set_norm(g, "a.bn", 0.2f, inner, r);
    set_norm(g, "b.bn", 0.05f, sum, r);
}

static void gradient(void)
{
    op_check_gradient("convolution", make_linear, NULL, 0.25, 1e-5, 60, 6);
    op_check_gradient("batch norm", make_norm, NULL, 2e-2, 1e-4, 20, 7);
    op_check_gradient("batch norm of a sum", make_norm_of_sum, NULL, 2e-2, 1e-4, 10, 9);
    op_check_gradient("residual sum, ReLU", make_block, arrange_block, 2e-2, 2e-3, 10, 8);
}

static uint64_t sides(const sfd_train_graph *g, const sfd_train_node *n, uint64_t hash)
{
    const sfd_conv_attributes *a = n->node->attributes;
    const sfd_batch_map y = sfd_train_values(g, n->node->output);
    for (size_t i = 0; a->activation == SFD_ACTIVATION_RELU && i < g->batch * y.positions; i++)
        for (size_t c = 0; c < y.channels; c++) {
            const float *row = y.x + i / y.positions * y.sample_floats + i % y.positions * y.ld;
            hash = (hash ^ (row[c] > 0)) * HASH_PRIME;
        }
    return hash;
}

const op_test op_test_conv = {&sfd_op_conv, shapes, twin, gradient, sides};
