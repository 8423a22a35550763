/* SPDX-License-Identifier: Apache-2.0 */
/* A network as a graph: operations on numbered tensors, before any weights, picture size or memory.
 * The plan (plan.h), the weights (executable.h), training and `sfmodel info` all read this one
 * list.
 *
 * Every node has an output tensor of its own; a tensor that is a channel slice of another (two maps
 * side by side, concatenated) says so by `parent`. */
#ifndef SFD_GRAPH_GRAPH_H
#define SFD_GRAPH_GRAPH_H

#include "base/dtype.h"

#include <sfdet/common.h>

#define SFD_MAX_NODE_NAME   64
#define SFD_MAX_NODE_INPUTS 4
#define SFD_MAX_PORT_NAME   32
#define SFD_NO_TENSOR       (-1)

typedef struct sfd_op sfd_op; /* op.h */

typedef struct sfd_node {
    const sfd_op *op;
    char name[SFD_MAX_NODE_NAME]; /* with which its parameters' names begin */
    void *attributes;             /* of the operation's own type; owned by the graph */
    int n_inputs;
    int inputs[SFD_MAX_NODE_INPUTS], output; /* tensors */
    int skip; /* k: training may leave it out, its output is then its k-th input; 0: it may not */
} sfd_node;

typedef struct sfd_graph_tensor {
    int channels;
    sfd_dtype dtype;    /* float32 until sfd_graph_set_types (types.h) */
    int parent;         /* tensor that it is a channel slice of, or SFD_NO_TENSOR */
    int parent_channel; /* first channel in it */
    float scale;        /* of bytes (SFD_U8): they mean scale * (byte - zero) */
    int zero;
} sfd_graph_tensor;

/* Where pictures come in: `frames` maps of the picture's size, divided by `shrink`, or of a size of
 * their own. */
typedef struct sfd_graph_input {
    char name[SFD_MAX_PORT_NAME];
    int tensor;
    int frames, shrink;
    int height, width; /* 0, 0: the picture's */
    bool takes_bytes;  /* who fills it looks at the tensor's type */
} sfd_graph_input;

/* A tensor with the name under which others find it: an output, a stage. */
typedef struct sfd_graph_port {
    char name[SFD_MAX_PORT_NAME];
    int tensor;
} sfd_graph_port;

typedef struct sfd_graph {
    char name[64]; /* for messages */
    size_t n_tensors, n_nodes, n_inputs, n_outputs, n_stages;
    sfd_graph_tensor *tensors;
    sfd_node *nodes;
    size_t *order; /* [n_nodes] in which they run, for least memory */
    sfd_graph_input *inputs;
    sfd_graph_port *outputs; /* kept to the end of a run */
    sfd_graph_port *stages;  /* what else has a name */
    size_t tensors_alloc, nodes_alloc, order_alloc, inputs_alloc, outputs_alloc, stages_alloc;
    bool failed; /* an allocation did */
} sfd_graph;

void sfd_graph_free(sfd_graph *g);

/* ------------------------------------------------------------------ building
 *
 * The functions return tensors' numbers. After a failed allocation they do nothing: `failed` is
 * looked at once, at the end. Operations have functions of their own over sfd_graph_add_node:
 * ops/conv.h and so on. */

int sfd_graph_add_input(sfd_graph *g, const char *name, int channels, int frames);
void sfd_graph_shrink_input(sfd_graph *g, int tensor, int by);
/* An input of this size whatever the picture's is. */
void sfd_graph_fix_input(sfd_graph *g, int tensor, int height, int width);
/* An input may be bytes where its readers want that; otherwise inputs stay float32. */
void sfd_graph_let_input_be_bytes(sfd_graph *g, int tensor);
void sfd_graph_add_output(sfd_graph *g, const char *name, int tensor);
void sfd_graph_add_stage(sfd_graph *g, const char *name, int tensor);

/* Appends a node with a new tensor as output. *attributes, NULL for an operation without any, is
 * copied. Inputs that are SFD_NO_TENSOR are left out. */
int sfd_graph_add_node(sfd_graph *g, const sfd_op *op, const char *name, const void *attributes,
                       int n_inputs, const int *inputs);

/* Training may leave out the node behind `tensor`: its output is then `input`, one of its inputs.
 */
void sfd_graph_let_skip(sfd_graph *g, int tensor, int input);

/* A map of the channels of parts[n], one after the other, which become slices of it: each is some
 * node's output and part of one map only. */
int sfd_graph_concat(sfd_graph *g, int n, const int *parts);

/* Lets the nodes from `second` on, which do not need those from `first` on, run before them. */
void sfd_graph_run_second_first(sfd_graph *g, size_t first, size_t second);

/* Lets nodes do the work of those after them where their operations can (op.h: absorb) and nobody
 * else reads the map between. For running: training wants every node by itself. */
void sfd_graph_fuse(sfd_graph *g);

/* Puts a node without attributes, of one input and a new tensor of its channels, beside the node
 * number `at`: before it, or after it, in the list and in running order. */
int sfd_graph_insert_node(sfd_graph *g, size_t at, bool after, const sfd_op *op, const char *name,
                          int input);

/* Takes a node off both lists. */
void sfd_graph_remove_node(sfd_graph *g, size_t node);

/* The nodes that `nodes` [g->n_nodes] marks, in their order, as a graph of their own whose tensors
 * have the numbers that they have in g, and whose outputs, without names, are those that `outputs`
 * [g->n_tensors] marks. (part.c) */
void sfd_graph_take_part(sfd_graph *out, const sfd_graph *g, const bool *nodes,
                         const bool *outputs);

/* Channels of a tensor; 0 after a failed allocation. */
int sfd_graph_channels(const sfd_graph *g, int tensor);

/* ------------------------------------------------------------------ questions */

/* Number of the input that a tensor is, n_inputs when it is none. */
size_t sfd_graph_find_input(const sfd_graph *g, int tensor);

/* The only node that reads a tensor, when nobody else looks at it either; n_nodes if there is none.
 */
size_t sfd_graph_find_only_reader(const sfd_graph *g, int tensor);

#endif
