/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes and names of element types. */
#include "base/dtype.h"

size_t sfd_dtype_size(sfd_dtype dtype)
{
    static const unsigned char size[] = {
        [SFD_F32] = 4, [SFD_F16] = 2, [SFD_BF16] = 2, [SFD_F64] = 8, [SFD_I64] = 8,
        [SFD_I32] = 4, [SFD_I16] = 2, [SFD_I8] = 1,   [SFD_U8] = 1,  [SFD_BOOL] = 1,
    };
    return size[dtype];
}

const char *sfd_dtype_name(sfd_dtype dtype)
{
    static const char *const name[] = {
        [SFD_F32] = "F32", [SFD_F16] = "F16",   [SFD_BF16] = "BF16", [SFD_F64] = "F64",
        [SFD_I64] = "I64", [SFD_I32] = "I32",   [SFD_I16] = "I16",   [SFD_I8] = "I8",
        [SFD_U8] = "U8",   [SFD_BOOL] = "BOOL",
    };
    return name[dtype];
}
