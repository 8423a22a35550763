/* SPDX-License-Identifier: Apache-2.0 */
/* A layer of a plan as users see it. */
#ifndef SFD_INSPECT_LAYER_INFO_H
#define SFD_INSPECT_LAYER_INFO_H

#include "graph/plan.h"

#include <sfdet/inspect.h>

/* The name is the node's own and lives as long as the network. */
sfd_layer_info sfd_describe_layer(const sfd_plan *plan, const sfd_node *node);

#endif
