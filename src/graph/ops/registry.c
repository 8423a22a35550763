/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations. */
#include "graph/op.h"

#define SFD_OP(name) extern const sfd_op sfd_op_##name;
#include "graph/ops/list.h"
#undef SFD_OP

#define SFD_OP(name) &sfd_op_##name,
const sfd_op *const sfd_ops[] = {
#include "graph/ops/list.h"
};
#undef SFD_OP

const size_t sfd_n_ops = sizeof sfd_ops / sizeof *sfd_ops;
