/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels over floats side by side: scalar. */
#define SFD_SET scalar
#include "kernels/dense/vector_tmpl.h"
