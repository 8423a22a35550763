/* SPDX-License-Identifier: Apache-2.0 */
/* The operations: SFD_OP(x) stands for sfd_op_x of ops/x.c. */
SFD_OP(conv)
SFD_OP(max_pool)
SFD_OP(attention)
SFD_OP(add)
SFD_OP(silu)
SFD_OP(space_to_depth)
SFD_OP(upsample)
SFD_OP(sample)
SFD_OP(to_channel)
SFD_OP(qconv)
SFD_OP(bytes)
