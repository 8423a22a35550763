/* SPDX-License-Identifier: Apache-2.0 */
/* Conversion between a map of floats and one of bytes; the maps' types say which way. */
#ifndef SFD_GRAPH_OPS_BYTES_H
#define SFD_GRAPH_OPS_BYTES_H

#include "graph/op.h"

extern const sfd_op sfd_op_bytes;

#endif
