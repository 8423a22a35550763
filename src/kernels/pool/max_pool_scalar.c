/* SPDX-License-Identifier: Apache-2.0 */
/* Max pooling: scalar. */
#define SFD_SET scalar
#include "kernels/pool/max_pool_tmpl.h"
