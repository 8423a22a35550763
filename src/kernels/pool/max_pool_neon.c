/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling: neon. */
#define SFD_SET neon
#include "kernels/pool/max_pool_tmpl.h"
