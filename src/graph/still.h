/* SPDX-License-Identifier: Apache-2.0 */
/* What is the same in every picture of one size, as a detector's border is: of every map the rows
 * from some number on, which no row of the picture above the border reaches. They are computed for
 * the first picture; of them is kept what rows above read, a small part, and put back for others,
 * since maps share memory. */
#ifndef SFD_GRAPH_STILL_H
#define SFD_GRAPH_STILL_H

#include "graph/executable.h"
#include "graph/plan.h"

/* Of a map: rows before `from` are computed for every picture, those up to `to` are kept, others
 * not needed. */
typedef struct sfd_still_rows {
    int from, to;
    char *kept; /* NULL where from == to */
} sfd_still_rows;

typedef struct sfd_still {
    sfd_still_rows *rows; /* [graph->n_tensors] */
    size_t n_tensors, n_bytes;
} sfd_still;

/* Of a plan of x's graph whose inputs change in the first `rows` rows only, as of a picture of full
 * size. Errors: SFD_ERR_NOMEM. Freed by sfd_still_free, also after failure. */
sfd_status sfd_still_make(sfd_still *s, const sfd_executable *x, const sfd_plan *plan, int rows,
                          sfd_error *err);
void sfd_still_free(sfd_still *s);

/* A node's view for what is computed for every picture. */
sfd_node_view sfd_still_view(const sfd_still *s, const sfd_plan *plan, const sfd_node *node,
                             void *arena);

/* Keep a tensor's rows; put them back. */
void sfd_still_keep(const sfd_still *s, const sfd_plan *plan, int tensor, void *arena);
void sfd_still_put_back(const sfd_still *s, const sfd_plan *plan, int tensor, void *arena);

#endif
