/* SPDX-License-Identifier: Apache-2.0 */
/* OpenBLAS beside our own threads. */
#ifndef SFD_KERNELS_DENSE_BLAS_H
#define SFD_KERNELS_DENSE_BLAS_H

/* Products are called per tile by every thread of a team; OpenBLAS must not start threads of its
 * own. The setting is OpenBLAS's, for the whole process. */
void sfd_blas_use_one_thread(void);

#endif
