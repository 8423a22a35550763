/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation that graph/ops/list.h names: shapes, plain twin, gradient. One whose tests are
 * missing fails by name. */
#include "graph/op_test.h"
#include "graph/ops/conv.h"
#include "kernels/sets.h"

#include <stdio.h>

#define SFD_OP(name) extern const op_test op_test_##name __attribute__((weak));
#include "graph/ops/list.h"
#undef SFD_OP

typedef struct entry {
    const char *file; /* in tests/graph/ops */
    const sfd_op *op;
    const op_test *test;
} entry;

#define SFD_OP(name) extern const sfd_op sfd_op_##name;
#include "graph/ops/list.h"
#undef SFD_OP

#define SFD_OP(name) {#name ".c", &sfd_op_##name, &op_test_##name},
static const entry entries[] = {
#include "graph/ops/list.h"
};
#undef SFD_OP

enum { N_ENTRIES = sizeof entries / sizeof *entries, N_KINDS = 3 };

const op_test *op_test_find(const sfd_op *op)
{
    for (size_t i = 0; i < N_ENTRIES; i++)
        if (entries[i].op == op)
            return entries[i].test;
    return NULL;
}

static const op_test *find(void **state)
{
    const entry *e = *state;
    if (!e->test)
        fail_msg("operation \"%s\" has no tests: tests/graph/ops/%s is missing", e->op->name,
                 e->file);
    assert_ptr_equal(e->test->op, e->op);
    return e->test;
}

static void test_shapes(void **state)
{
    const op_test *t = find(state);
    if (!t->shapes)
        fail_msg("operation \"%s\" has no test of its shapes", t->op->name);
    t->shapes();
}

static void test_twin(void **state)
{
    const op_test *t = find(state);
    if (!t->twin)
        fail_msg("operation \"%s\" has no plain twin", t->op->name);
    t->twin();
}

static void test_gradient(void **state)
{
    const op_test *t = find(state);
    if (!t->gradient)
        fail_msg("operation \"%s\" has no test of its gradient", t->op->name);
    if (!sfd_train_op_find(t->op))
        fail_msg("operation \"%s\" is not listed in train/ops/list.h", t->op->name);
    t->gradient();
}

/* Two convolutions write one map's channels; another reads all of it. */
static void make_concatenation(op_net *n, test_random *r)
{
    const sfd_conv_attributes left = sfd_conv_defaults(5), reader = sfd_conv_defaults(6);
    sfd_conv_attributes right = sfd_conv_defaults(3);
    sfd_graph *g = &n->net.graph;
    const int x = op_net_lead(n, 4, NULL);
    (void)r;
    right.window.kernel[0] = 3;
    right.window.padding[0] = 1;
    strcpy(right.norm, "right.bn");
    const int a = sfd_graph_add_conv(g, "left", &left, x, SFD_NO_TENSOR);
    const int b = sfd_graph_add_conv(g, "right", &right, x, SFD_NO_TENSOR);
    sfd_graph_add_conv(g, "reader", &reader, sfd_graph_concat(g, 2, (int[]){a, b}), SFD_NO_TENSOR);
}

static void test_concatenation(void **state)
{
    (void)state;
    op_check_gradient("concatenation", make_concatenation, NULL, 2e-2, 1e-4, 3, 9);
}

/* Slices of one map must have one size. */
static void test_slices(void **state)
{
    (void)state;
    op_net n;
    sfd_window half = sfd_window_one;
    op_net_begin(&n, 4, 8, 6);
    half.stride[1] = 2;
    const int a = op_net_lead(&n, 4, NULL);
    sfd_graph_concat(&n.net.graph, 2, (int[]){a, op_net_lead(&n, 4, &half)});
    char *message = op_net_error(&n);
    assert_string_equal(message, "small: maps of 4x8x6 and 4x4x6 (TxHxW) cannot lie side by side");
    free(message);
    op_net_end(&n);
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction test;
    } kinds[N_KINDS] = {{"shapes", test_shapes}, {"twin", test_twin}, {"gradient", test_gradient}};
    print_sets();
    static char names[N_ENTRIES * N_KINDS][64];
    struct CMUnitTest tests[N_ENTRIES * N_KINDS + 2];
    for (size_t i = 0; i < N_ENTRIES * N_KINDS; i++) {
        const entry *e = &entries[i / N_KINDS];
        snprintf(names[i], sizeof names[i], "%s: %s", e->op->name, kinds[i % N_KINDS].name);
        tests[i] = (struct CMUnitTest){
            .name = names[i], .test_func = kinds[i % N_KINDS].test, .initial_state = (void *)e};
    }
    tests[N_ENTRIES * N_KINDS] = (struct CMUnitTest)cmocka_unit_test(test_concatenation);
    tests[N_ENTRIES * N_KINDS + 1] = (struct CMUnitTest)cmocka_unit_test(test_slices);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
