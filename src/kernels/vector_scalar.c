/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise and pooling kernels: scalar. */
#define SFD_SUFFIX scalar
#include "kernels/vector_tmpl.h"
