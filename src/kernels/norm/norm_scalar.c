/* SPDX-License-Identifier: Apache-2.0 */
/* Batch norm in training: scalar. */
#define SFD_SET scalar
#include "kernels/norm/norm_tmpl.h"
