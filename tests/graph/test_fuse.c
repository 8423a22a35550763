/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes do the work of those after them, and what the graph is then. */
#include "graph/op.h"
#include "graph/ops/conv.h"
#include "graph/ops/silu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int add_conv(sfd_graph *g, const char *name, sfd_activation activation, int input)
{
    sfd_conv_attributes a = sfd_conv_defaults(4);
    a.activation = activation;
    return sfd_graph_add_conv(g, name, &a, input, SFD_NO_TENSOR);
}

static sfd_activation activation_of(const sfd_graph *g, size_t node)
{
    const sfd_conv_attributes *a = g->nodes[node].attributes;
    assert_ptr_equal(g->nodes[node].op, &sfd_op_conv);
    return a->activation;
}

static void silu_becomes_part_of_its_convolution(void **state)
{
    (void)state;
    sfd_graph g = {0};
    int x = sfd_graph_add_input(&g, "picture", 3, 1);
    x = add_conv(&g, "first", SFD_ACTIVATION_NONE, x);
    x = sfd_graph_add_silu(&g, "first.act", x);
    x = add_conv(&g, "second", SFD_ACTIVATION_NONE, x);
    const int y = sfd_graph_add_silu(&g, "second.act", x);
    sfd_graph_add_output(&g, "out", y);
    sfd_graph_fuse(&g);
    assert_int_equal(g.n_nodes, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(activation_of(&g, i), SFD_ACTIVATION_SILU);
        assert_int_equal(g.order[i], i);
    }
    assert_string_equal(g.nodes[1].name, "second");
    assert_int_equal(g.nodes[1].inputs[0], g.nodes[0].output);
    assert_int_equal(g.nodes[1].output, y);
    sfd_graph_free(&g);
}

/* A map that somebody else wants stays. */
static void what_others_read_is_kept(void **state)
{
    (void)state;
    for (int who = 0; who < 5; who++) {
        sfd_graph g = {0};
        const int in = sfd_graph_add_input(&g, "picture", 3, 1);
        const int x =
            add_conv(&g, "conv", who == 0 ? SFD_ACTIVATION_RELU : SFD_ACTIVATION_NONE, in);
        sfd_graph_add_silu(&g, "act", x);
        if (who == 1)
            add_conv(&g, "reader", SFD_ACTIVATION_NONE, x);
        if (who == 2)
            sfd_graph_add_output(&g, "out", x);
        if (who == 3)
            sfd_graph_add_stage(&g, "stage", x);
        if (who == 4)
            sfd_graph_concat(&g, 2, (int[]){x, add_conv(&g, "other", SFD_ACTIVATION_NONE, in)});
        const size_t n = g.n_nodes;
        sfd_graph_fuse(&g);
        assert_int_equal(g.n_nodes, n);
        assert_int_not_equal(activation_of(&g, 0), SFD_ACTIVATION_SILU);
        sfd_graph_free(&g);
    }
}

/* Nodes that run in another order than they were added. */
static void order_is_kept(void **state)
{
    (void)state;
    sfd_graph g = {0};
    const int in = sfd_graph_add_input(&g, "picture", 3, 1);
    sfd_graph_add_silu(&g, "a.act", add_conv(&g, "a", SFD_ACTIVATION_NONE, in));
    sfd_graph_add_silu(&g, "b.act", add_conv(&g, "b", SFD_ACTIVATION_NONE, in));
    sfd_graph_run_second_first(&g, 0, 2);
    sfd_graph_fuse(&g);
    assert_int_equal(g.n_nodes, 2);
    assert_string_equal(g.nodes[g.order[0]].name, "b");
    assert_string_equal(g.nodes[g.order[1]].name, "a");
    sfd_graph_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silu_becomes_part_of_its_convolution),
        cmocka_unit_test(what_others_read_is_kept),
        cmocka_unit_test(order_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
