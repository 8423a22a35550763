/* SPDX-License-Identifier: Apache-2.0 */
/* Batch norm in training: neon. */
#define SFD_SET neon
#include "kernels/norm/norm_tmpl.h"
