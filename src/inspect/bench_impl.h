/* SPDX-License-Identifier: Apache-2.0 */
/* What the timings of all kinds of models share. */
#ifndef SFD_INSPECT_BENCH_IMPL_H
#define SFD_INSPECT_BENCH_IMPL_H

#include "graph/executor.h"

#include <sfdet/inspect.h>

/* Seconds of every run. */
typedef struct sfd_bench_times {
    double *total_s; /* [n_runs] */
    double *layer_s; /* [n_runs][n_layers] */
    double *sorted;  /* [n_runs] */
} sfd_bench_times;

/* False when memory is out; freed in every case. */
bool sfd_bench_times_make(sfd_bench_times *t, const sfd_bench *b);
void sfd_bench_times_free(sfd_bench_times *t);

/* Where run number `run` puts its layers' seconds; -1, which warms up, is written over. */
double *sfd_bench_times_layers(const sfd_bench_times *t, const sfd_bench *b, int run);

/* Medians, and what the layers are. */
void sfd_bench_summarise(sfd_bench *b, const sfd_executor *e, const sfd_bench_times *t);

/* A copy of `facts` with room for its layers; NULL when memory is out. */
sfd_bench *sfd_bench_make(const sfd_bench *facts);

/* The end of a timing: hands *b out, or frees it when it failed, and returns `status`. */
sfd_status sfd_bench_hand_out(sfd_bench **out, sfd_bench *b, sfd_status status);

/* Checks and completes settings of a caller. Errors: SFD_ERR_ARG. */
sfd_status sfd_bench_take_settings(sfd_bench_settings *s, const sfd_bench_settings *settings,
                                   sfd_error *err);

/* Noise. */
uint8_t *sfd_bench_picture(int width, int height);

/* sfd_bench_choices for any graph. Errors: SFD_ERR_NOMEM. */
sfd_status sfd_bench_compare(sfd_bench *b, const sfd_executable *x, int height, int width,
                             sfd_error *err);

#endif
