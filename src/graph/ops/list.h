/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that networks are written with: SFD_OP(x) stands for sfd_op_x of ops/x.c. (Those
 * of bytes, qconv and bytes, only ever take others' places: quantise.h.) */
SFD_OP(conv)
SFD_OP(max_pool)
SFD_OP(attention)
SFD_OP(add)
SFD_OP(silu)
SFD_OP(space_to_depth)
SFD_OP(upsample)
SFD_OP(sample)
SFD_OP(to_channel)
SFD_OP(row_mean)
SFD_OP(add_to_frames)
