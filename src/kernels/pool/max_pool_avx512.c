/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling: avx512. */
#define SFD_SET avx512
#include "kernels/pool/max_pool_tmpl.h"
