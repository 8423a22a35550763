/* SPDX-License-Identifier: Apache-2.0 */
/* Time to channels: `frames` neighbouring frames become one, their channels side by side, those of
 * the first frame first. */
#ifndef SFD_GRAPH_OPS_TO_CHANNEL_H
#define SFD_GRAPH_OPS_TO_CHANNEL_H

#include "graph/op.h"

typedef struct sfd_to_channel_attributes {
    int frames;
} sfd_to_channel_attributes;

extern const sfd_op sfd_op_to_channel;

int sfd_graph_add_to_channel(sfd_graph *g, const char *name, int frames, int input);

#endif
