/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic of the original to the last bit, on which its order of equal tubes depends. */
#ifndef SFD_TUBES_NUMPY_H
#define SFD_TUBES_NUMPY_H

#include <stddef.h>

/* NumPy's sum of an array in pairs of halves, in float64 and in float32, divided by n. */
double sfd_numpy_mean(const double *v, size_t n);
float sfd_numpy_mean_f32(const float *v, size_t n);

#endif
