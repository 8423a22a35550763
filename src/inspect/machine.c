/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine could do: the two limits of a roofline. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/team.h"
#include "kernels/kernels.h"

#include <sfdet/inspect.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_RUNS      5
#define N_STEPS     20000000    /* of multiply-add chains: some tens of milliseconds */
#define COPY_FLOATS (16u << 20) /* a thread's share: far more than its caches hold */

typedef struct measuring {
    const sfd_kernels *kernels;
    float *from, *to; /* [parts][COPY_FLOATS] */
    double *flop;     /* [parts] */
} measuring;

static void run_chains(void *user, size_t part, int thread)
{
    const measuring *m = user;
    (void)thread;
    m->flop[part] = m->kernels->fma_chains(N_STEPS);
}

/* Multiply-adds per second, best of several runs. */
static double measure_flops(measuring *m, sfd_team *team)
{
    const size_t parts = (size_t)sfd_team_size(team);
    double best = 0;
    for (int run = 0; run < N_RUNS; run++) {
        double flop = 0;
        const double start = sfd_clock_s();
        sfd_team_for(team, parts, run_chains, m);
        const double seconds = sfd_clock_s() - start;
        for (size_t i = 0; i < parts; i++)
            flop += m->flop[i];
        best = fmax(best, flop / seconds);
    }
    return best;
}

static void touch(void *user, size_t part, int thread)
{
    const measuring *m = user;
    (void)thread;
    memset(m->from + part * COPY_FLOATS, 0, COPY_FLOATS * sizeof *m->from);
    memset(m->to + part * COPY_FLOATS, 0, COPY_FLOATS * sizeof *m->to);
}

static void copy(void *user, size_t part, int thread)
{
    const measuring *m = user;
    (void)thread;
    memcpy(m->to + part * COPY_FLOATS, m->from + part * COPY_FLOATS, COPY_FLOATS * sizeof *m->from);
}

/* Bytes read and written per second by copying. */
static double measure_copy(measuring *m, sfd_team *team)
{
    const size_t parts = (size_t)sfd_team_size(team);
    double best = 0;
    sfd_team_for(team, parts, touch, m);
    for (int run = 0; run < N_RUNS; run++) {
        const double start = sfd_clock_s();
        sfd_team_for(team, parts, copy, m);
        const double bytes = 2.0 * (double)parts * COPY_FLOATS * sizeof *m->from;
        best = fmax(best, bytes / (sfd_clock_s() - start));
    }
    return best;
}

static sfd_status measure(sfd_machine *out, const sfd_kernels *k, sfd_team *team, sfd_error *err)
{
    const size_t parts = (size_t)sfd_team_size(team), n = COPY_FLOATS * parts;
    measuring m = {.kernels = k};
    m.from = sfd_malloc_aligned(n, sizeof *m.from);
    m.to = sfd_malloc_aligned(n, sizeof *m.to);
    m.flop = sfd_calloc(parts, sizeof *m.flop);
    const bool ok = m.from && m.to && m.flop;
    if (ok) {
        out->flops = measure_flops(&m, team);
        out->copy_bytes_per_s = measure_copy(&m, team);
    }
    free(m.from);
    free(m.to);
    free(m.flop);
    return ok ? SFD_OK : sfd_fail_nomem(err, "measuring the machine");
}

sfd_status sfd_measure_machine(sfd_machine *out, const char *cpu, int n_threads, sfd_error *err)
{
    unsigned features;
    sfd_team *team = NULL;
    *out = (sfd_machine){.n_threads = n_threads > 0 ? n_threads : sfd_usable_cores()};
    sfd_status status = sfd_cpu_choose(&features, cpu, err);
    if (status == SFD_OK)
        status = sfd_team_create(&team, out->n_threads, err);
    if (status == SFD_OK)
        status = measure(out, sfd_kernels_get(features), team, err);
    sfd_team_destroy(team);
    out->cpu = status == SFD_OK ? sfd_cpu_name(features) : NULL;
    return status;
}
