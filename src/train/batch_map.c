/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of all samples of a batch. */
#include "train/op.h"

static sfd_batch_map batch_map(const sfd_plan *plan, char *arena, int tensor)
{
    const sfd_map m = sfd_plan_map(plan, tensor, arena);
    return (sfd_batch_map){m.data, plan->arena_bytes / sizeof(float), m.ld, sfd_map_positions(&m),
                           (size_t)m.channels};
}

sfd_batch_map sfd_train_values(const sfd_train_graph *g, int tensor)
{
    return batch_map(&g->plan, g->value, tensor);
}

sfd_batch_map sfd_train_grads(const sfd_train_graph *g, int tensor)
{
    return batch_map(&g->grads, g->grad, tensor);
}

bool sfd_batch_next_span(sfd_batch_span *span, size_t batch, size_t positions, size_t part,
                         size_t n_parts)
{
    const size_t total = batch * positions, begin = total * part / n_parts;
    const size_t stop = total * (part + 1) / n_parts;
    const size_t at = span->end == 0 ? begin : span->sample * positions + span->end;
    if (at >= stop)
        return false;
    span->sample = at / positions;
    span->first = at % positions;
    const size_t left = stop - span->sample * positions;
    span->end = left < positions ? left : positions;
    return true;
}
