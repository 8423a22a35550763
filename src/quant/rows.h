/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of weights, those of one output channel, as steps of signed bytes. A factor of the row, as
 * batch norm's, is one of its scale: it may be folded in before or afterwards. */
#ifndef SFD_QUANT_ROWS_H
#define SFD_QUANT_ROWS_H

#include <stddef.h>

/* The scale whose rounding to -127 to 127 steps costs least, and *cost, the sum of its squares. Of
 * zeros, or of next to nothing, 1. */
float sfd_row_scale(const float *w, size_t n, double *cost);

/* What the bytes of a row mean. */
void sfd_row_round(float *out, const float *w, size_t n);

#endif
