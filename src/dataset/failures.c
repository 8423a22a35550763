/* SPDX-License-Identifier: Apache-2.0 */
/* What failed, to be listed at the end. */
#include "base/alloc.h"
#include "dataset/work.h"

#include <stdlib.h>

void sfd_dataset_note_failure(sfd_dataset *d, const char *message)
{
    if (d->s.on_failure)
        d->s.on_failure(d->s.user, message);
    char *copy = sfd_strdup(message);
    if (copy && sfd_grow(&d->failures, &d->n_alloc, d->n_failures, sizeof copy))
        d->failures[d->n_failures++] = copy;
    else
        free(copy); /* it was told */
}

const char *sfd_dataset_failure(const sfd_dataset *d, size_t i)
{
    return i < d->n_failures ? d->failures[i] : NULL;
}
