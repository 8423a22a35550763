/* SPDX-License-Identifier: Apache-2.0 */
/* A small graph whose convolutions can be of bytes, and weights for it: every way in which floats
 * and bytes meet.
 *
 *   picture -> stem (float) -> a -> b (+ stem's map) -> pool -+-> join -> d -> out
 *                         \-> c (2x2 stride) -----------------+
 *
 * a, b, c, d are quantised; stem's map is bytes for a and c, whatever wrote it; b's is floats for
 * the pool, whose output is a slice of join, which is bytes again. */
#ifndef SFD_TESTS_GRAPH_QUANTISED_NET_H
#define SFD_TESTS_GRAPH_QUANTISED_NET_H

#include "graph/graph.h"
#include "weights/weights.h"

#define NET_HEIGHT 12
#define NET_WIDTH  14

void quantised_net_build(sfd_graph *g);

/* Weights that are quantised; the caller closes them. `change`, NULL for none, is the name of a
 * tensor of one element that has the value given instead, or is left out where that is NaN. */
sfd_weights *quantised_net_weights(const char *change, double value);

#endif
