/* SPDX-License-Identifier: Apache-2.0 */
/* OpenBLAS beside our own threads. */
#include "kernels/dense/blas.h"

#include <cblas.h>
#include <sys/mman.h>

/* OpenBLAS's BUFFER_SIZE on 64-bit machines, one for each thread that calls it. */
#define BUFFER_BYTES ((size_t)128 << 20)

void sfd_blas_use_one_thread(void)
{
    openblas_set_num_threads(1);
}

bool sfd_blas_has_room(int n_threads)
{
    const size_t n_bytes = (size_t)n_threads * BUFFER_BYTES;
    void *room = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return false;
    munmap(room, n_bytes);
    return true;
}
