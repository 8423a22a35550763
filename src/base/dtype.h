/* SPDX-License-Identifier: Apache-2.0 */
/* Element types of tensors, and how large tensors' names and shapes may be. */
#ifndef SFD_BASE_DTYPE_H
#define SFD_BASE_DTYPE_H

#include <stddef.h>

#define SFD_MAX_DIMS        8
#define SFD_MAX_TENSOR_NAME 256

typedef enum sfd_dtype {
    SFD_F32,
    SFD_F16,
    SFD_BF16,
    SFD_F64,
    SFD_I64,
    SFD_I32,
    SFD_I16,
    SFD_I8,
    SFD_U8,
    SFD_BOOL
} sfd_dtype;

size_t sfd_dtype_size(sfd_dtype dtype);
const char *sfd_dtype_name(sfd_dtype dtype); /* as safetensors spells it */

#endif
