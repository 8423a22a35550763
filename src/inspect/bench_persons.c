/* SPDX-License-Identifier: Apache-2.0 */
/* Timing of a person detector. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "inspect/bench_impl.h"
#include "persons/finder.h"

#include <stdlib.h>

#define WIDTH  1280
#define HEIGHT 720
/* Noise with random weights may look like thousands of persons, whom no video has. */
#define NOBODY 1.1

static sfd_bench *make_bench(const sfd_person_model *m, const sfd_bench_settings *s)
{
    const sfd_executable *x = sfd_person_model_executable(m);
    return sfd_bench_make(&(sfd_bench){.name = x->graph->name,
                                       .cpu = sfd_cpu_name(x->kernels->needs),
                                       .in_width = s->in_width ? s->in_width : WIDTH,
                                       .in_height = s->in_height ? s->in_height : HEIGHT,
                                       .n_runs = s->n_runs,
                                       .weights_bytes = x->weights_bytes,
                                       .n_layers = x->graph->n_nodes});
}

static sfd_status run_all(const sfd_bench *b, sfd_person_finder *f, const uint8_t *picture,
                          const sfd_bench_times *t, sfd_error *err)
{
    const sfd_found_person *persons;
    size_t n;
    sfd_status status = SFD_OK;
    for (int run = -1; status == SFD_OK && run < b->n_runs; run++) {
        const double start = sfd_clock_s();
        status = sfd_person_finder_run_timed(f, picture, b->in_width, b->in_height,
                                             (size_t)b->in_width * 3, NOBODY, &persons, &n,
                                             sfd_bench_times_layers(t, b, run), err);
        t->total_s[run < 0 ? 0 : run] = sfd_clock_s() - start;
    }
    return status;
}

static sfd_status run_bench(sfd_bench *b, const sfd_person_model *m, int n_threads, sfd_error *err)
{
    sfd_person_finder *f;
    sfd_bench_times t;
    sfd_status status = sfd_person_finder_create(&f, m, n_threads, err);
    if (status != SFD_OK)
        return status;
    uint8_t *picture = sfd_bench_picture(b->in_width, b->in_height);
    status = sfd_bench_times_make(&t, b) && picture ? run_all(b, f, picture, &t, err)
                                                    : sfd_fail_nomem(err, "timing");
    if (status == SFD_OK) {
        const sfd_executor *e = sfd_person_finder_executor(f);
        b->n_threads = sfd_team_size(e->team);
        b->state_bytes = sfd_executor_bytes(e);
        sfd_bench_summarise(b, e, &t);
    }
    sfd_bench_times_free(&t);
    free(picture);
    sfd_person_finder_free(f);
    return status;
}

sfd_status sfd_person_bench_run(sfd_bench **out, const sfd_person_model *m,
                                const sfd_bench_settings *settings, sfd_error *err)
{
    sfd_bench_settings s;
    *out = NULL;
    sfd_status status = sfd_bench_take_settings(&s, settings, err);
    if (status != SFD_OK)
        return status;
    sfd_bench *b = make_bench(m, &s);
    if (!b)
        return sfd_fail_nomem(err, "timing");
    return sfd_bench_hand_out(out, b, run_bench(b, m, s.n_threads, err));
}

sfd_status sfd_person_bench_choices(sfd_bench *b, const sfd_person_model *m, sfd_error *err)
{
    const sfd_executable *x = sfd_person_model_executable(m);
    int width, height;
    sfd_person_model_input_size(m, b->in_width, b->in_height, &width, &height);
    return sfd_bench_compare(b, x, height, width, err);
}
