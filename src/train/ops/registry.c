/* SPDX-License-Identifier: Apache-2.0 */
/* The table of operations in training. */
#include "train/op.h"

#define SFD_TRAIN_OP(name) extern const sfd_train_op sfd_train_op_##name;
#include "train/ops/list.h"
#undef SFD_TRAIN_OP

#define SFD_TRAIN_OP(name) &sfd_train_op_##name,
static const sfd_train_op *const all[] = {
#include "train/ops/list.h"
};
#undef SFD_TRAIN_OP

const sfd_train_op *sfd_train_op_find(const sfd_op *op)
{
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->op == op)
            return all[i];
    return NULL;
}
