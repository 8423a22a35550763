/* SPDX-License-Identifier: Apache-2.0 */
/* The tests that every operation must have: tests/graph/ops/x.c defines op_test_x for sfd_op_x. */
#ifndef SFD_TESTS_OP_TEST_H
#define SFD_TESTS_OP_TEST_H

#include "support/slopes.h"
#include "train/op.h"

typedef struct op_test {
    const sfd_op *op;
    /* Output sizes and errors worked out by hand. */
    void (*shapes)(void);
    /* Random nodes, run with all instruction sets, against plain loops (op_check_twin). */
    void (*twin)(void);
    /* Backward against finite differences (op_check_gradient). */
    void (*gradient)(void);
    /* For operations with kinks: which side of them the values are on, mixed into a hash. */
    uint64_t (*sides)(const sfd_train_graph *g, const sfd_train_node *n, uint64_t hash);
} op_test;

/* NULL where there is none. */
const op_test *op_test_find(const sfd_op *op);

/* ------------------------------------------------------------------ small networks */

#define OP_CHANNELS 3 /* of the picture */

/* A network around a node or two: the picture, and 1x1x1 convolutions of it as the node's inputs,
 * so that their weights' gradients tell the inputs'. */
typedef struct op_net {
    sfd_net net;
    int n_leads;
    int height, width;
} op_net;

void op_net_begin(op_net *n, int frames, int height, int width);

/* An input of so many channels: convolution "lead0", "lead1" ..., over windows of the picture. */
int op_net_lead(op_net *n, int channels, const sfd_window *window);

/* Out of the plan's sizes: fails with the message where there is one. */
void op_net_sizes(op_net *n, int tensor, int size[3]);

/* The message that planning gives; the caller frees. */
char *op_net_error(op_net *n);

void op_net_end(op_net *n);

/* ------------------------------------------------------------------ checks */

/* Puts together a random network whose last node is the one to be tested. */
typedef void (*op_make_fn)(op_net *n, test_random *r);

/* The last node's output from its inputs, y [positions][channels]. */
typedef void (*op_plain_fn)(const sfd_node_view *v, const sfd_weights *w, double *y);

/* Largest differences from the plain sums that are right, relative to the largest value. */
typedef struct op_tolerance {
    double exact, fast;
} op_tolerance;

void op_check_twin(op_make_fn make, op_plain_fn plain, op_tolerance tolerance, int n_cases,
                   uint64_t seed);

/* Values that random ones are replaced by, where kinks must be far away; may be NULL. */
typedef void (*op_arrange_fn)(op_net *n, sfd_train_graph *g, test_random *r);

void op_check_gradient(const char *what, op_make_fn make, op_arrange_fn arrange, double step,
                       double tolerance, int n_cases, uint64_t seed);

/* ------------------------------------------------------------------ data */

/* Values of all leads at least gap / 4 apart: pictures are permutations of multiples of `gap` in
 * one channel and next to nothing in the others. */
void op_spread_leads(op_net *n, sfd_train_graph *g, test_random *r, float gap);

/* The channels of one position of a map, in float32. */
static inline const float *op_place(const sfd_map *m, int t, int h, int w)
{
    const size_t p = ((size_t)t * (size_t)m->size[1] + (size_t)h) * (size_t)m->size[2] + (size_t)w;
    return (const float *)m->data + p * m->ld;
}

static inline double op_at(const sfd_map *m, int t, int h, int w, int c)
{
    return (double)op_place(m, t, h, w)[c];
}

/* The values of a weight tensor, which must be there; the caller frees. */
float *op_weights(const sfd_weights *w, const char *prefix, const char *field);

#endif
