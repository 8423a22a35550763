/* SPDX-License-Identifier: Apache-2.0 */
/* Which share of a data set this process does, and which parts belong to which share. */
#ifndef SFD_DATASET_SHARD_H
#define SFD_DATASET_SHARD_H

#include <sfdet/dataset.h>

typedef char *sfd_getenv_fn(const char *name);

/* sfd_shard_read's auto, `told` of them (0: the engine knows). Errors: SFD_ERR_MISMATCH. */
sfd_status sfd_shard_find(sfd_shard *out, size_t told, sfd_getenv_fn *env, sfd_error *err);

/* owner[n]: the share, below n_shares, that does the piece; the same for the same weights (0 or
 * more) everywhere. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_share_out(size_t *owner, const double *weights, size_t n, size_t n_shares,
                         sfd_error *err);

#endif
