/* SPDX-License-Identifier: Apache-2.0 */
/* The running order and the memory plan of every preset, checked the slow way: a tensor keeps its
 * memory to itself from the layer that writes it to the last one that reads it. */
#include "backbone/net.h"
#include "config/config.h"
#include "config/load.h"
#include "graph/plan.h"
#include "support/sanitized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sfdet/inspect.h>

#define SIDE 32 /* of small pictures: classification heads are not part of the plan */

static void open_preset(sfd_net *net, const char *name)
{
    sfd_net_config config;
    sfd_error err;
    if (sfd_net_config_load(&config, name, NULL, &err) != SFD_OK ||
        sfd_net_build(net, &config, &err) != SFD_OK)
        fail_msg("%s", err.message);
}

/* Owner of every place of the arena, and of which channel of it; -1: nobody's. */
typedef struct ownership {
    const sfd_graph *graph;
    const sfd_plan *plan;
    int *owner; /* [arena_bytes / 4], places of a float */
} ownership;

/* Some channels of one position, which lie side by side. */
typedef void (*place_fn)(ownership *o, int tensor, size_t place, size_t n_channels);

static void each_place(ownership *o, int tensor, place_fn fn)
{
    const sfd_plan_tensor *t = &o->plan->tensors[tensor];
    const size_t n = (size_t)t->size[0] * (size_t)t->size[1] * (size_t)t->size[2];
    for (size_t p = 0; p < n; p++)
        fn(o, tensor, t->offset / sizeof(float) + p * t->ld, (size_t)t->channels);
}

static void take(ownership *o, int tensor, size_t place, size_t n_channels)
{
    for (size_t i = place; i < place + n_channels; i++)
        o->owner[i] = tensor;
}

/* What is read is what was written last: by the tensor itself or by a slice of it. */
static void check(ownership *o, int tensor, size_t place, size_t n_channels)
{
    for (size_t i = place; i < place + n_channels; i++) {
        const int owner = o->owner[i];
        if (owner != tensor && (owner < 0 || o->graph->tensors[owner].parent != tensor))
            fail_msg("tensor %d is read after tensor %d was written over it", tensor, owner);
    }
}

static void run_node(ownership *o, const sfd_node *node)
{
    for (int i = 0; i < node->n_inputs; i++)
        each_place(o, node->inputs[i], check);
    each_place(o, node->output, take);
    /* while it is written the inputs are still read, but for the one that may lie under it */
    for (int i = 0; i < node->n_inputs; i++)
        if (i != node->op->overwrites)
            each_place(o, node->inputs[i], check);
}

static void check_plan(const sfd_graph *graph, sfd_plan_mode mode)
{
    sfd_plan plan;
    sfd_error err;
    if (sfd_plan_make(&plan, graph, SIDE, SIDE + 16, mode, &err) != SFD_OK)
        fail_msg("%s", err.message);
    ownership o = {graph, &plan, malloc(plan.arena_bytes)};
    assert_non_null(o.owner);
    memset(o.owner, 0xFF, plan.arena_bytes);
    for (size_t i = 0; i < graph->n_inputs; i++)
        each_place(&o, graph->inputs[i].tensor, take);
    for (size_t turn = 0; turn < graph->n_nodes; turn++)
        run_node(&o, &graph->nodes[graph->order[turn]]);
    for (size_t i = 0; i < graph->n_outputs; i++)
        each_place(&o, graph->outputs[i].tensor, check);
    free(o.owner);
    sfd_plan_free(&plan);
}

static int root_of(const sfd_graph *graph, int tensor)
{
    while (graph->tensors[tensor].parent != SFD_NO_TENSOR)
        tensor = graph->tensors[tensor].parent;
    return tensor;
}

static void check_root(ownership *o, int tensor, size_t place, size_t n_channels)
{
    for (size_t i = place; i < place + n_channels; i++)
        if (o->owner[i] != root_of(o->graph, tensor))
            fail_msg("the gradient of tensor %d is needed after that of tensor %d was begun",
                     tensor, o->owner[i]);
}

/* Maps whose gradients begin in a turn. */
static void begin_gradients(ownership *o, size_t turn)
{
    for (size_t i = 0; i < o->graph->n_tensors; i++)
        if (root_of(o->graph, (int)i) == (int)i && sfd_plan_last_read(o->graph, (int)i) == turn)
            each_place(o, (int)i, take);
}

/* On the way back a map has its memory from the last layer that reads it to the one that writes it.
 */
static void check_gradients(const sfd_graph *graph)
{
    sfd_plan plan;
    sfd_error err;
    if (sfd_plan_make(&plan, graph, SIDE, SIDE + 16, SFD_PLAN_GRADIENTS, &err) != SFD_OK)
        fail_msg("%s", err.message);
    assert_true(plan.arena_bytes < plan.unshared_bytes / 2);
    ownership o = {graph, &plan, malloc(plan.arena_bytes)};
    assert_non_null(o.owner);
    memset(o.owner, 0xFF, plan.arena_bytes);
    begin_gradients(&o, graph->n_nodes + 1);
    for (size_t turn = graph->n_nodes; turn > 0; turn--) {
        const sfd_node *node = &graph->nodes[graph->order[turn - 1]];
        begin_gradients(&o, turn);
        each_place(&o, node->output, check_root);
        for (int i = 0; i < node->n_inputs; i++)
            each_place(&o, node->inputs[i], check_root);
    }
    free(o.owner);
    sfd_plan_free(&plan);
}

/* Memory for what the first stage ends with alone. */
static void check_wanted(const sfd_graph *graph)
{
    sfd_plan plan;
    sfd_error err;
    bool *wanted = calloc(graph->n_tensors, sizeof *wanted);
    assert_non_null(wanted);
    const int tensor = graph->stages[0].tensor;
    wanted[tensor] = true;
    if (sfd_plan_make_for(&plan, graph, SIDE, SIDE + 16, SFD_PLAN_KEEP_ALL, wanted, &err) != SFD_OK)
        fail_msg("%s", err.message);
    const sfd_map m = sfd_plan_map(&plan, tensor, NULL);
    assert_in_range(plan.arena_bytes, sfd_map_positions(&m) * m.ld * sizeof(float),
                    sfd_map_positions(&m) * m.ld * sizeof(float) + 512);
    sfd_plan_free(&plan);
    free(wanted);
}

static void check_order(const sfd_graph *graph)
{
    bool *ran = calloc(graph->n_nodes, sizeof *ran);
    assert_non_null(ran);
    for (size_t turn = 0; turn < graph->n_nodes; turn++) {
        assert_in_range(graph->order[turn], 0, graph->n_nodes - 1);
        assert_false(ran[graph->order[turn]]);
        ran[graph->order[turn]] = true;
    }
    free(ran);
}

static void test_presets(void **state)
{
    (void)state;
    for (size_t i = 0; sfd_preset_name(i); i += SANITIZED ? 4 : 1) {
        sfd_net net;
        open_preset(&net, sfd_preset_name(i));
        check_order(&net.graph);
        check_plan(&net.graph, SFD_PLAN_SHARE);
        check_plan(&net.graph, SFD_PLAN_KEEP_ALL);
        check_gradients(&net.graph);
        check_wanted(&net.graph);
        sfd_net_free(&net);
    }
}

/* With a wide fast pathway the concatenated input of res5 has as many channels as its output: it is
 * the first block's residual, so that slices lie in what lies in another tensor. */
static void test_nested_slices(void **state)
{
    (void)state;
    sfd_net_config config;
    sfd_net net;
    sfd_error err;
    assert_int_equal(sfd_net_config_load(&config, "slowfast_r50_8x8_ava", NULL, &err), SFD_OK);
    config.beta_inv = 2;
    assert_int_equal(sfd_net_build(&net, &config, &err), SFD_OK);
    check_plan(&net.graph, SFD_PLAN_SHARE);
    check_plan(&net.graph, SFD_PLAN_KEEP_ALL);
    sfd_net_free(&net);
}

/* The figure that docs/performance.md states: it grows only on purpose. */
static void test_memory(void **state)
{
    (void)state;
    sfd_net net;
    sfd_plan plan;
    sfd_error err;
    open_preset(&net, "slowfast_r50_8x8_ava");
    assert_int_equal(sfd_plan_make(&plan, &net.graph, 256, 256, SFD_PLAN_SHARE, &err), SFD_OK);
    assert_in_range(plan.arena_bytes, 60000000, 76500000);
    sfd_plan_free(&plan);
    sfd_net_free(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_presets),
                                       cmocka_unit_test(test_nested_slices),
                                       cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
