/* SPDX-License-Identifier: Apache-2.0 */
/* What operations have in common. */
#include "graph/op.h"

void sfd_types_alike(sfd_node_types *t, int n_inputs)
{
    for (int i = 0; i < n_inputs; i++)
        if (t->in[i] != t->out)
            *t = (sfd_node_types){.out = SFD_F32};
}

void sfd_alike_limit_types(const sfd_node_view *v, const sfd_prepare_settings *s, sfd_node_types *t)
{
    (void)v, (void)s;
    sfd_types_alike(t, 1);
}
