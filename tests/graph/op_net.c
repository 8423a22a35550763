/* SPDX-License-Identifier: Apache-2.0 */
/* Small networks around an operation, and running them in all ways. */
#include "graph/executor.h"
#include "graph/op_test.h"
#include "graph/ops/conv.h"
#include "kernels/sets.h"

#include <stdio.h>

#define BATCH   3
#define THREADS 2

static void must_be_ok(sfd_status status, const sfd_error *err)
{
    if (status != SFD_OK)
        fail_msg("%s", err->message);
}

void op_net_begin(op_net *n, int frames, int height, int width)
{
    *n = (op_net){.height = height, .width = width};
    n->net.n_pathways = 1;
    n->net.config.num_frames = frames;
    n->net.config.num_classes = 1;
    n->net.config.roi_resolution = 1;
    n->net.config.spatial_scale_factor = 1;
    strcpy(n->net.config.name, "small");
    strcpy(n->net.graph.name, "small");
    sfd_graph_add_input(&n->net.graph, "picture", OP_CHANNELS, frames);
}

int op_net_lead(op_net *n, int channels, const sfd_window *window)
{
    sfd_conv_attributes conv = sfd_conv_defaults(channels);
    char name[SFD_MAX_NODE_NAME];
    snprintf(name, sizeof name, "lead%d", n->n_leads++);
    if (window)
        conv.window = *window;
    return sfd_graph_add_conv(&n->net.graph, name, &conv, 0, SFD_NO_TENSOR);
}

void op_net_sizes(op_net *n, int tensor, int size[3])
{
    sfd_plan plan;
    sfd_error err;
    must_be_ok(sfd_plan_make(&plan, &n->net.graph, n->height, n->width, SFD_PLAN_KEEP_ALL, &err),
               &err);
    memcpy(size, plan.tensors[tensor].size, sizeof plan.tensors[tensor].size);
    sfd_plan_free(&plan);
}

char *op_net_error(op_net *n)
{
    sfd_plan plan;
    sfd_error err = {0};
    if (sfd_plan_make(&plan, &n->net.graph, n->height, n->width, SFD_PLAN_SHARE, &err) == SFD_OK)
        fail_msg("planned, and should not be");
    sfd_plan_free(&plan);
    char *message = malloc(sizeof err.message);
    assert_non_null(message);
    memcpy(message, err.message, sizeof err.message);
    return message;
}

void op_net_end(op_net *n)
{
    sfd_graph_free(&n->net.graph);
}

/* The last node's output stays to the end. */
static const sfd_node *finish(op_net *n)
{
    const sfd_node *last = &n->net.graph.nodes[n->net.graph.n_nodes - 1];
    sfd_graph_add_output(&n->net.graph, "output", last->output);
    assert_false(n->net.graph.failed);
    return &n->net.graph.nodes[n->net.graph.n_nodes - 1];
}

float *op_weights(const sfd_weights *w, const char *prefix, const char *field)
{
    char name[SFD_MAX_TENSOR_NAME];
    sfd_error err;
    snprintf(name, sizeof name, "%s.%s", prefix, field);
    const sfd_tensor_info *info = sfd_weights_find(w, name);
    if (!info)
        fail_msg("%s is missing", name);
    float *data = malloc(info->n_elements * sizeof *data);
    assert_non_null(data);
    must_be_ok(sfd_weights_read_f32(w, info, data, &err), &err);
    return data;
}

/* ------------------------------------------------------------------ plain twins */

typedef struct weights_fill {
    sfd_weights *weights;
    test_random *random;
} weights_fill;

static sfd_status add_weights(void *user, const sfd_param_desc *p, sfd_error *err)
{
    weights_fill *f = user;
    float *data;
    must_be_ok(sfd_weights_add(f->weights, p->name, p->n_dims, p->dims, &data, err), err);
    random_fill_reals(f->random, data, sfd_param_elements(p));
    if (p->role == SFD_PARAM_VARIANCE || p->role == SFD_PARAM_GAIN)
        for (size_t i = 0; i < sfd_param_elements(p); i++)
            data[i] = 1 + data[i] / 2;
    return SFD_OK;
}

static sfd_weights *random_weights(const op_net *n, test_random *r)
{
    weights_fill f = {.random = r};
    sfd_error err;
    must_be_ok(sfd_weights_create(&f.weights, "small", &err), &err);
    must_be_ok(sfd_graph_each_param(&n->net.graph, add_weights, &f, &err), &err);
    return f.weights;
}

/* Runs once; all memory but the picture begins as NaN. */
static void run(sfd_executor *e, test_random *r)
{
    const sfd_map picture = sfd_executor_map(e, 0);
    float *arena = e->arena, *scratch = e->scratch;
    for (size_t i = 0; i < e->plan.arena_bytes / sizeof *arena; i++)
        arena[i] = NAN;
    for (size_t i = 0; i < THREADS * e->scratch_bytes / sizeof *scratch; i++)
        scratch[i] = NAN;
    random_fill_reals(r, picture.data, sfd_map_positions(&picture) * picture.ld);
    sfd_executor_run(e, NULL);
}

static void compare(const sfd_node_view *v, const sfd_weights *w, op_plain_fn plain,
                    double tolerance, const char *how)
{
    const size_t positions = sfd_map_positions(&v->out), n = (size_t)v->out.channels;
    double *want = calloc(positions * n, sizeof *want), largest = 0, worst = 0;
    assert_non_null(want);
    plain(v, w, want);
    for (size_t i = 0; i < positions * n; i++) {
        const double got = (double)((const float *)v->out.data)[i / n * v->out.ld + i % n];
        const double d = fabs(got - want[i]);
        largest = fmax(largest, fabs(want[i]));
        worst = !(d <= worst) ? d : worst; /* NaN stays */
    }
    if (!(worst <= tolerance * largest))
        fail_msg("%s, %s: differs by %g of %g", v->node->name, how, worst, largest);
    free(want);
}

static void check_set(op_net *n, const sfd_node *node, const sfd_weights *w, op_plain_fn plain,
                      op_tolerance tolerance, const sfd_kernels *set, sfd_team *team,
                      test_random *r)
{
    for (int exact = 0; exact <= 1; exact++) {
        const sfd_prepare_settings settings = {w, set, exact, SFD_PRECISION_F32};
        sfd_executable x;
        sfd_executor e;
        sfd_error err;
        char how[32];
        must_be_ok(sfd_executable_create(&x, &n->net.graph, n->height, n->width, &settings, &err),
                   &err);
        must_be_ok(sfd_executor_create(&e, &x, n->height, n->width, SFD_PLAN_KEEP_ALL, team, &err),
                   &err);
        run(&e, r);
        const sfd_node_view v = sfd_plan_view(&e.plan, node, e.arena);
        snprintf(how, sizeof how, "%s%s", sfd_cpu_name(set->needs), exact ? ", exact" : "");
        compare(&v, w, plain, exact ? tolerance.exact : tolerance.fast, how);
        sfd_executor_free(&e);
        sfd_executable_free(&x);
    }
}

void op_check_twin(op_make_fn make, op_plain_fn plain, op_tolerance tolerance, int n_cases,
                   uint64_t seed)
{
    test_random r = sfd_random_init(seed, 0);
    sfd_team *team;
    sfd_error err;
    must_be_ok(sfd_team_create(&team, THREADS, &err), &err);
    for (int i = 0; i < n_cases; i++) {
        op_net n;
        op_net_begin(&n, random_int(&r, 5, 8), random_int(&r, 7, 12), random_int(&r, 7, 14));
        make(&n, &r);
        const sfd_node *node = finish(&n);
        sfd_weights *w = random_weights(&n, &r);
        size_t next = 0;
        for (const sfd_kernels *set; (set = next_float_set(&next));)
            check_set(&n, node, w, plain, tolerance, set, team, &r);
        sfd_weights_close(w);
        op_net_end(&n);
    }
    sfd_team_destroy(team);
}

/* ------------------------------------------------------------------ gradients */

typedef struct learning {
    op_net *net;
    sfd_params params;
    sfd_train_graph graph;
    sfd_team *team;
    float *weights; /* of the loss, one for every output value */
} learning;

/* Weighted sum of the outputs; gradient: of the outputs into the graph. */
static double forward(void *user)
{
    learning *l = user;
    const int output = l->net->net.graph.outputs[0].tensor;
    const sfd_batch_map y = sfd_train_values(&l->graph, output);
    const sfd_batch_map d = sfd_train_grads(&l->graph, output);
    const float *weight = l->weights;
    double loss = 0;
    sfd_train_graph_forward(&l->graph);
    sfd_train_graph_clear_grads(&l->graph);
    for (size_t n = 0; n < BATCH; n++)
        for (size_t p = 0; p < y.positions; p++)
            for (size_t c = 0; c < y.channels; c++, weight++) {
                loss += (double)*weight * (double)y.x[n * y.sample_floats + p * y.ld + c];
                d.x[n * d.sample_floats + p * d.ld + c] = *weight;
            }
    return loss;
}

static void backward(void *user)
{
    learning *l = user;
    sfd_train_graph_backward(&l->graph);
}

static uint64_t sides(void *user)
{
    const learning *l = user;
    uint64_t hash = 0;
    for (size_t i = 0; i < l->graph.graph->n_nodes; i++) {
        const op_test *t = op_test_find(l->graph.graph->nodes[i].op);
        if (t && t->sides)
            hash = t->sides(&l->graph, &l->graph.nodes[i], hash);
    }
    return hash;
}

static void prepare(learning *l, op_net *n, test_random *r)
{
    sfd_error err;
    finish(n);
    *l = (learning){.net = n};
    must_be_ok(sfd_params_create(&l->params, &n->net, &err), &err);
    random_fill_reals(r, l->params.value, l->params.n_floats);
    must_be_ok(sfd_team_create(&l->team, THREADS, &err), &err);
    must_be_ok(sfd_train_graph_create(&l->graph, &n->net.graph, &l->params,
                                      sfd_kernels_get(sfd_cpu_detect()), BATCH, n->height, n->width,
                                      l->team, &err),
               &err);
    const sfd_batch_map picture = sfd_train_values(&l->graph, 0);
    const sfd_batch_map out = sfd_train_values(&l->graph, n->net.graph.outputs[0].tensor);
    const size_t n_out = BATCH * out.positions * out.channels;
    for (size_t i = 0; i < BATCH; i++)
        random_fill_reals(r, picture.x + i * picture.sample_floats, picture.positions * picture.ld);
    l->weights = malloc(n_out * sizeof *l->weights);
    assert_non_null(l->weights);
    random_fill_reals(r, l->weights, n_out);
}

void op_check_gradient(const char *what, op_make_fn make, op_arrange_fn arrange, double step,
                       double tolerance, int n_cases, uint64_t seed)
{
    test_random r = sfd_random_init(seed, 0);
    double worst = 0;
    for (int i = 0; i < n_cases; i++) {
        op_net n;
        learning l;
        op_net_begin(&n, random_int(&r, 5, 6), random_int(&r, 7, 10), random_int(&r, 7, 12));
        make(&n, &r);
        prepare(&l, &n, &r);
        if (arrange)
            arrange(&n, &l.graph, &r);
        const slope_check check = {.what = what,
                                   .params = &l.params,
                                   .forward = forward,
                                   .backward = backward,
                                   .sides = sides,
                                   .user = &l,
                                   .step = step,
                                   .tolerance = tolerance,
                                   .floor_size = 1};
        worst = fmax(worst, check_slopes(&check, &r));
        free(l.weights);
        sfd_train_graph_free(&l.graph);
        sfd_team_destroy(l.team);
        sfd_params_free(&l.params);
        op_net_end(&n);
    }
    print_message("%s: %.2g\n", what, worst);
}

void op_spread_leads(op_net *n, sfd_train_graph *g, test_random *r, float gap)
{
    const sfd_batch_map picture = sfd_train_values(g, 0);
    for (int i = 0; i < n->n_leads; i++) {
        char name[SFD_MAX_NODE_NAME];
        snprintf(name, sizeof name, "lead%d.weight", i);
        const sfd_param *w = sfd_params_find(g->params, name);
        for (size_t j = 0; j < w->n; j += OP_CHANNELS)
            fill_away_from_zero(r, g->params->value + w->at + j, 1, 0.5f);
    }
    for (size_t i = 0; i < BATCH; i++)
        spread_positions(r, picture.x + i * picture.sample_floats, picture.positions, picture.ld,
                         gap);
}
