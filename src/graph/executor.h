/* SPDX-License-Identifier: Apache-2.0 */
/* An executable at one picture size, with memory and threads to run in. */
#ifndef SFD_GRAPH_EXECUTOR_H
#define SFD_GRAPH_EXECUTOR_H

#include "graph/executable.h"
#include "graph/plan.h"
#include "graph/still.h"

/* A node's turn. */
typedef struct sfd_step {
    const sfd_op *op;
    size_t node; /* its number */
    void *bound; /* the operation's own */
    size_t n_tiles;
} sfd_step;

typedef struct sfd_steps {
    sfd_step *turns; /* [graph->n_nodes] in running order; NULL: none */
    void *bound;     /* of all of them */
} sfd_steps;

typedef struct sfd_executor {
    const sfd_executable *executable; /* borrowed, as the team */
    sfd_team *team;
    sfd_plan plan;
    sfd_steps all;     /* that compute everything */
    sfd_steps changed; /* that leave out what `still` keeps */
    sfd_still still;
    bool kept;     /* it was filled */
    void *arena;   /* [plan.arena_bytes] */
    void *scratch; /* [team's size][scratch_bytes] */
    size_t scratch_bytes;
} sfd_executor;

/* Errors: as sfd_plan_make. Freed by sfd_executor_free, also after failure. */
sfd_status sfd_executor_create(sfd_executor *e, const sfd_executable *x, int height, int width,
                               sfd_plan_mode mode, sfd_team *team, sfd_error *err);
void sfd_executor_free(sfd_executor *e);

/* From now on only the first `rows` rows of the inputs change from run to run: what others alone
 * lead to is computed once. To be called before the first run; results have the same bits. Errors:
 * SFD_ERR_NOMEM. */
sfd_status sfd_executor_expect_still(sfd_executor *e, int rows, sfd_error *err);

/* A tensor: inputs are filled before a run, outputs read after it (and before the next). */
sfd_map sfd_executor_map(const sfd_executor *e, int tensor);

/* Runs all nodes. node_s [n_nodes], if not NULL, gets the seconds of each. Allocates nothing. */
void sfd_executor_run(sfd_executor *e, double *node_s);

size_t sfd_executor_bytes(const sfd_executor *e);

#endif
