/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine could do: the two limits of a roofline. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "kernels/kernels.h"

#include <sfdet/inspect.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define N_RUNS      5
#define N_STEPS     20000000    /* of multiply-add chains: some tens of milliseconds */
#define COPY_FLOATS (16u << 20) /* a thread's share: far more than its caches hold */

/* Multiply-adds per second, best of several runs. */
static double measure_flops(const sfd_kernels *k, int n_threads)
{
    double best = 0;
    for (int run = 0; run < N_RUNS; run++) {
        double flop = 0;
        const double start = sfd_clock_s();
#pragma omp parallel num_threads(n_threads) reduction(+ : flop)
        flop += k->fma_chains(N_STEPS);
        best = fmax(best, flop / (sfd_clock_s() - start));
    }
    return best;
}

/* Bytes read and written per second by copying; 0 when memory is out. */
static double measure_copy(int n_threads)
{
    const size_t n = COPY_FLOATS * (size_t)n_threads;
    float *from = sfd_malloc_aligned(n, sizeof *from), *to = sfd_malloc_aligned(n, sizeof *to);
    double best = 0;
    for (int run = -1; from && to && run < N_RUNS; run++) { /* the first touches the pages */
        const double start = sfd_clock_s();
#pragma omp parallel num_threads(n_threads)
        {
            const size_t own = COPY_FLOATS * (size_t)omp_get_thread_num();
            if (run < 0)
                memset(from + own, 0, COPY_FLOATS * sizeof *from);
            memcpy(to + own, from + own, COPY_FLOATS * sizeof *from);
        }
        if (run >= 0)
            best = fmax(best, 2 * (double)n * sizeof *from / (sfd_clock_s() - start));
    }
    free(from);
    free(to);
    return best;
}

sfd_status sfd_measure_machine(sfd_machine *out, const char *cpu, int n_threads, sfd_error *err)
{
    unsigned features;
    *out = (sfd_machine){.n_threads = n_threads > 0 ? n_threads : omp_get_num_procs()};
    sfd_status status = sfd_cpu_choose(&features, cpu, err);
    if (status != SFD_OK)
        return status;
    out->cpu = sfd_cpu_name(features);
    out->flops = measure_flops(sfd_kernels_get(features), out->n_threads);
    out->copy_bytes_per_s = measure_copy(out->n_threads);
    return out->copy_bytes_per_s > 0 ? SFD_OK : sfd_fail_nomem(err, "measuring the machine");
}
