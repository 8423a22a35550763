/* SPDX-License-Identifier: Apache-2.0 */
/* Element types: conversion to and from float32, gathering from strided views. */
#ifndef SFD_WEIGHTS_FORMATS_ELEMENTS_H
#define SFD_WEIGHTS_FORMATS_ELEMENTS_H

#include "weights/weights_impl.h"

/* Product of dims; false when it overflows. */
bool sfd_count_elements(int n_dims, const size_t *dims, size_t *n);

/* Elements first .. first + n - 1 in C order, in native byte order, to dst. Those that lie in
 * `file` are read from it; false when it has become too short for that. */
bool sfd_tensor_gather(const sfd_mapping *file, const sfd_tensor *t, size_t first, size_t n,
                       void *dst);

/* n elements of `dtype`, native byte order and any alignment, to float32. */
void sfd_elements_to_f32(sfd_dtype dtype, const void *src, size_t n, float *dst);

/* n float32 to `dtype` (SFD_F32, SFD_F16 or SFD_BF16), rounded to nearest even. */
void sfd_elements_from_f32(sfd_dtype dtype, const float *src, size_t n, void *dst);

#endif
