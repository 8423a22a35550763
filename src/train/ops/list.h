/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that can be trained: SFD_TRAIN_OP(x) stands for sfd_train_op_x of ops/x.c. */
SFD_TRAIN_OP(conv)
SFD_TRAIN_OP(max_pool)
SFD_TRAIN_OP(attention)
SFD_TRAIN_OP(add)
SFD_TRAIN_OP(silu)
SFD_TRAIN_OP(space_to_depth)
SFD_TRAIN_OP(upsample)
SFD_TRAIN_OP(sample)
SFD_TRAIN_OP(to_channel)
SFD_TRAIN_OP(row_mean)
SFD_TRAIN_OP(add_to_frames)
