/* SPDX-License-Identifier: Apache-2.0 */
/* The start of a network that learns behind it alone: run as inference runs it, batch norm folded
 * and maps shared, and nothing of it kept but what the rest reads. */
#ifndef SFD_TRAIN_START_H
#define SFD_TRAIN_START_H

#include "graph/executor.h"
#include "train/params.h"

typedef struct sfd_train_start {
    int height, width;         /* of the picture */
    sfd_graph graph;           /* of its nodes; none: everything learns */
    sfd_executable executable; /* from the parameters as they were when it was prepared */
    sfd_executor executor;
} sfd_train_start;

/* Of the nodes that `before` [whole->n_nodes] marks. Errors: SFD_ERR_NOMEM. Freed by
 * sfd_train_start_free, also after failure. */
sfd_status sfd_train_start_create(sfd_train_start *s, const sfd_graph *whole, const bool *before,
                                  int height, int width, sfd_error *err);
void sfd_train_start_free(sfd_train_start *s);

/* Takes the parameters as they are, in place of those that it had. Errors: SFD_ERR_NOMEM,
 * SFD_ERR_FORMAT (a variance that is none). */
sfd_status sfd_train_start_prepare(sfd_train_start *s, const sfd_params *params,
                                   const sfd_kernels *kernels, sfd_team *team, sfd_error *err);

/* Runs one sample, whose tensors `whole` has in `arena`, from its inputs to what others read. */
void sfd_train_start_run(sfd_train_start *s, const sfd_plan *whole, void *arena);

#endif
