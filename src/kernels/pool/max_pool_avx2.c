/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling: avx2. */
#define SFD_SET avx2
#include "kernels/pool/max_pool_tmpl.h"
