/* SPDX-License-Identifier: Apache-2.0 */
/* The interface of an operation. Whatever reads a graph (plan, weights, run, `sfmodel`, training)
 * asks these functions and knows no operation by name, so that a new one is one file in ops/ and
 * one line in ops/list.h; train/ops/ has its counterpart for training. */
#ifndef SFD_GRAPH_OP_H
#define SFD_GRAPH_OP_H

#include "base/team.h"
#include "graph/graph.h"
#include "graph/params.h"
#include "kernels/kernels.h"

/* A tensor at one picture size: positions [T][H][W] of `channels` elements, ld elements apart (ld >
 * channels where the map is a slice of a wider one). */
typedef struct sfd_map {
    int size[3];
    int channels;
    sfd_dtype dtype;
    size_t ld;
    void *data;  /* NULL where only sizes matter */
    float scale; /* of bytes, as in sfd_graph_tensor */
    int zero;
} sfd_map;

static inline size_t sfd_map_positions(const sfd_map *m)
{
    return (size_t)m->size[0] * (size_t)m->size[1] * (size_t)m->size[2];
}

/* Copies `bytes` of each of n positions, which are x_step and y_step bytes apart. */
void sfd_copy_positions(void *y, size_t y_step, const void *x, size_t x_step, size_t n,
                        size_t bytes);

/* A node with its maps. */
typedef struct sfd_node_view {
    const sfd_node *node;
    sfd_map in[SFD_MAX_NODE_INPUTS], out;
} sfd_node_view;

/* The window that an output position sees of the input; T, H, W. */
typedef struct sfd_window {
    int kernel[3], stride[3], padding[3], dilation[3];
} sfd_window;

extern const sfd_window sfd_window_one; /* one position, stride 1 */

/* Size of what a window leaves of a map, <= 0 along an axis where the map is too small. */
void sfd_window_out_size(const sfd_window *w, const int in[3], int out[3]);

/* sfd_op's rows_reached and rows_read, of a window that moves along H and of what takes position by
 * position. */
int sfd_window_rows_reached(const sfd_window *w, int out_rows, int rows);
int sfd_window_rows_read(const sfd_window *w, int in_rows, int rows);
int sfd_same_rows_reached(const sfd_node_view *v, const void *prepared, int rows);
int sfd_same_rows_read(const sfd_node_view *v, int rows);
/* sfd_op's out_size, of the same. */
sfd_status sfd_same_out_size(const sfd_node_view *v, int out[3], sfd_error *err);

typedef struct sfd_prepare_settings {
    const sfd_weights *weights;
    const sfd_kernels *kernels;
    bool exact; /* no algorithms that round more than a plain sum */
    sfd_precision precision;
} sfd_prepare_settings;

/* One way to compute a node, reported by `compare`: its seconds, and its largest difference from
 * sums in double, relative to the largest value. */
typedef void (*sfd_compare_fn)(void *user, const char *variant, double seconds, double rounding);

/* Element types of a node's maps. */
typedef struct sfd_node_types {
    sfd_dtype in[SFD_MAX_NODE_INPUTS], out;
} sfd_node_types;

/* For operations that only move values: float32 unless all maps have one type. */
void sfd_types_alike(sfd_node_types *t, int n_inputs);
/* sfd_op's limit_types, of those with one input. */
void sfd_alike_limit_types(const sfd_node_view *v, const sfd_prepare_settings *s,
                           sfd_node_types *t);

/* Functions marked (may be NULL) may be NULL. Views passed in have maps of float32 but for those
 * that limit_types left others. */
struct sfd_op {
    const char *name; /* as `sfmodel` prints it */
    size_t attributes_bytes;

    /* Input that the output may be written over where nobody reads it afterwards: of the same
     * shape, and each of its values is read before that place is written. -1: none. */
    int overwrites;

    /* Whether it moves values or chooses among them: maps of bytes of one scale stay so. */
    bool moves;

    /* Channels of the output (may be NULL: those of the first input). */
    int (*out_channels)(const void *attributes, const int *in_channels);

    /* Size of the output from v->in, <= 0 along an axis where the input is too small. Errors: maps
     * that do not fit together or the attributes, named without the network. */
    sfd_status (*out_size)(const sfd_node_view *v, int out[3], sfd_error *err);

    /* Of element types that *t asks for, puts SFD_F32 where the operation cannot, or had better
     * not, read or write others (may be NULL: everywhere); v has the maps' sizes. */
    void (*limit_types)(const sfd_node_view *v, const sfd_prepare_settings *s, sfd_node_types *t);

    /* Takes over the work of `next`, the only node that reads this one's output, whose output
     * becomes this one's (may be NULL: nothing is taken over). False: it cannot. */
    bool (*absorb)(sfd_node *node, const sfd_node *next);

    /* Hands out the parameters in the order of weight files (may be NULL: there are none). */
    sfd_status (*each_param)(const sfd_node *node, sfd_param_fn fn, void *user, sfd_error *err);

    /* Makes of the weights what running needs (may be NULL: nothing): the algorithm is chosen for
     * the view's sizes, the result serves all sizes. *n_bytes is its memory; `release` takes it
     * back, also NULL. Errors: a missing or misshapen tensor, what reading gives, SFD_ERR_NOMEM. */
    sfd_status (*prepare)(void **prepared, size_t *n_bytes, const sfd_node_view *v,
                          const sfd_prepare_settings *s, sfd_error *err);
    void (*release)(void *prepared);

    /* Running: what is known before (`step`, of step_bytes) is worked out once; then independent
     * tiles are run, any thread any tile, with scratch_bytes of private memory (64-byte aligned,
     * content arbitrary). scratch_bytes (may be NULL: none). */
    size_t step_bytes;
    void (*bind)(void *step, const sfd_node_view *v, const void *prepared, const sfd_kernels *k,
                 int n_threads);
    size_t (*n_tiles)(const void *step);
    size_t (*scratch_bytes)(const void *step);
    void (*run_tile)(const void *step, size_t tile, void *scratch);

    /* For maps of one frame (may be NULL, both: all): rows of the output, from the first on, of
     * which any bit depends on the first `rows` rows of the inputs; rows of the inputs that are
     * read for the first `rows` of the output. An operation that has these can be bound to a view
     * whose output has fewer rows, and computes the same bits for them. */
    int (*rows_reached)(const sfd_node_view *v, const void *prepared, int rows);
    int (*rows_read)(const sfd_node_view *v, int rows);

    /* For looking at: multiply-adds (may be NULL: none), the window (may be NULL: one position),
     * the algorithm in use (may be NULL), and every algorithm's time and rounding on random values
     * (may be NULL: there is no choice). */
    double (*macs)(const sfd_node_view *v);
    const sfd_window *(*window)(const void *attributes);
    const char *(*variant)(const void *prepared);
    sfd_status (*compare)(const sfd_node_view *v, const sfd_kernels *k, sfd_team *team,
                          sfd_compare_fn fn, void *user, sfd_error *err);
};

/* All operations, ops/list.h. */
extern const sfd_op *const sfd_ops[];
extern const size_t sfd_n_ops;

#endif
