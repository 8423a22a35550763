/* SPDX-License-Identifier: Apache-2.0 */
/* OpenBLAS beside our own threads. */
#include "kernels/dense/blas.h"

#include <cblas.h>

void sfd_blas_use_one_thread(void)
{
    openblas_set_num_threads(1);
}
