/* SPDX-License-Identifier: Apache-2.0 */
/* OpenBLAS beside our own threads. */
#ifndef SFD_KERNELS_DENSE_BLAS_H
#define SFD_KERNELS_DENSE_BLAS_H

#include <stdbool.h>

/* Products are called per tile by every thread of a team; OpenBLAS must not start threads of its
 * own. The setting is OpenBLAS's, for the whole process. */
void sfd_blas_use_one_thread(void);

/* Whether n_threads of them find the memory in which OpenBLAS packs its operands: where there is
 * none it asks again and again, for ever. To be asked once everything else is allocated. */
bool sfd_blas_has_room(int n_threads);

#endif
