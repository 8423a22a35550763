/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in which each layer could be computed: their time and their rounding. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "detect/model.h"

#include <sfdet/inspect.h>

#include <math.h>
#include <omp.h>
#include <stdlib.h>

#define CHOICE_RUNS 3
/* Positions of the output, spread over the map, that are computed in double as well. */
#define N_SAMPLES 64

typedef struct layer_memory {
    float *x, *y, *w, *bias, *prepared, *scratch;
    double *exact; /* [N_SAMPLES][cout] */
} layer_memory;

static void free_memory(layer_memory *memory)
{
    free(memory->x);
    free(memory->y);
    free(memory->w);
    free(memory->bias);
    free(memory->prepared);
    free(memory->scratch);
    free(memory->exact);
}

static float *noise(size_t n)
{
    float *p = sfd_malloc_aligned(n + 64, sizeof *p);
    sfd_random random = sfd_random_init(1, 0);
    for (size_t i = 0; p && i < n + 64; i++)
        p[i] = sfd_random_unit_f32(&random) - 0.5f;
    return p;
}

static double time_once(const sfd_conv_algorithm *a, const sfd_conv_shape *s, const sfd_conv_io *io,
                        float *scratch, size_t scratch_floats, int n_threads)
{
    const double start = sfd_clock_s();
    const size_t n = a->n_tiles(s);
#pragma omp parallel num_threads(n_threads)
    {
        float *own = scratch + (size_t)omp_get_thread_num() * scratch_floats;
#pragma omp for schedule(dynamic)
        for (size_t tile = 0; tile < n; tile++)
            a->run_tile(s, io, tile, own);
    }
    return sfd_clock_s() - start;
}

static size_t sample_position(const sfd_conv_shape *s, size_t sample)
{
    return sample * (sfd_conv_positions(s) - 1) / (N_SAMPLES - 1);
}

/* One output value, summed in double. */
static double sum_exactly(const sfd_conv_shape *s, const float *x, const float *w, size_t position,
                          int co)
{
    const size_t width = (size_t)s->out[2], frame = (size_t)s->out[1] * width;
    const int at[3] = {(int)(position / frame), (int)(position % frame / width),
                       (int)(position % width)};
    const int n = s->cin / s->groups, group = co / (s->cout / s->groups);
    const size_t taps = sfd_conv_taps(s);
    double sum = 0;
    for (size_t tap = 0; tap < taps; tap++) {
        const int k[3] = {(int)tap / (s->kernel[1] * s->kernel[2]),
                          (int)tap / s->kernel[2] % s->kernel[1], (int)tap % s->kernel[2]};
        size_t from = 0;
        bool inside = true;
        for (int axis = 0; axis < 3; axis++) {
            const int p =
                at[axis] * s->stride[axis] - s->padding[axis] + k[axis] * s->dilation[axis];
            inside = inside && p >= 0 && p < s->in[axis];
            from = from * (size_t)s->in[axis] + (size_t)p;
        }
        for (int ci = 0; inside && ci < n; ci++)
            sum += (double)x[from * s->x_ld + (size_t)(group * n + ci)] *
                   (double)w[((size_t)co * (size_t)n + (size_t)ci) * taps + tap];
    }
    return sum;
}

static void compute_exactly(const sfd_conv_shape *s, const layer_memory *mem, int n_threads)
{
#pragma omp parallel for num_threads(n_threads) schedule(dynamic)
    for (int i = 0; i < N_SAMPLES * s->cout; i++) {
        const size_t position = sample_position(s, (size_t)(i / s->cout));
        const double y =
            sum_exactly(s, mem->x, mem->w, position, i % s->cout) + (double)mem->bias[i % s->cout];
        mem->exact[i] = s->relu && y < 0 ? 0 : y;
    }
}

/* Largest difference of the samples from the exact values, relative to the largest of those. */
static double measure_rounding(const sfd_conv_shape *s, const layer_memory *mem)
{
    double largest = 0, difference = 0;
    for (int i = 0; i < N_SAMPLES * s->cout; i++) {
        const size_t position = sample_position(s, (size_t)(i / s->cout));
        const double y = (double)mem->y[position * s->y_ld + (size_t)(i % s->cout)];
        largest = fmax(largest, fabs(mem->exact[i]));
        difference = fmax(difference, fabs(y - mem->exact[i]));
    }
    return largest > 0 ? difference / largest : 0;
}

/* Best time of CHOICE_RUNS; false when memory is out. The run before them tells the rounding. */
static bool time_choice(sfd_bench_choice *choice, const sfd_conv_algorithm *a,
                        const sfd_conv_shape *s, bool residual, int n_threads)
{
    const size_t n_x = (size_t)s->in[0] * (size_t)s->in[1] * (size_t)s->in[2] * s->x_ld;
    const size_t n_w = (size_t)s->cout * (size_t)(s->cin / s->groups) * sfd_conv_taps(s);
    const size_t scratch_floats = (a->scratch_floats(s) + 15) / 16 * 16;
    layer_memory mem = {.x = noise(n_x),
                        .y = noise(sfd_conv_positions(s) * s->y_ld),
                        .w = noise(n_w),
                        .bias = noise((size_t)s->cout),
                        .prepared = sfd_malloc_aligned(a->weight_floats(s), sizeof(float)),
                        .scratch =
                            sfd_malloc_aligned(scratch_floats * (size_t)n_threads, sizeof(float)),
                        .exact = sfd_malloc_array((size_t)s->cout, N_SAMPLES * sizeof(double))};
    const bool ok = mem.x && mem.y && mem.w && mem.bias && mem.prepared && mem.scratch && mem.exact;
    *choice = (sfd_bench_choice){.algorithm = a->name, .seconds = INFINITY};
    if (ok) {
        sfd_conv_io io = {mem.x, mem.prepared, mem.bias, NULL, mem.y};
        a->prepare(s, mem.w, mem.prepared);
        compute_exactly(s, &mem, n_threads);
        time_once(a, s, &io, mem.scratch, scratch_floats, n_threads);
        choice->rounding = measure_rounding(s, &mem);
        io.residual = residual ? mem.y : NULL;
        for (int run = 0; run < CHOICE_RUNS; run++)
            choice->seconds =
                fmin(choice->seconds, time_once(a, s, &io, mem.scratch, scratch_floats, n_threads));
    }
    free_memory(&mem);
    return ok;
}

static bool time_choices(sfd_bench_layer *layer, const sfd_kernels *k, const sfd_conv_shape *s,
                         bool residual, int n_threads)
{
    layer->n_choices = 0;
    for (size_t i = 1; i < k->n_conv && layer->n_choices < SFD_MAX_BENCH_CHOICES; i++) {
        if (!k->conv[i]->can(s))
            continue;
        if (!time_choice(&layer->choices[layer->n_choices++], k->conv[i], s, residual, n_threads))
            return false;
    }
    return true;
}

sfd_status sfd_bench_choices(sfd_bench *b, const sfd_model *m, sfd_error *err)
{
    const sfd_graph *graph = &m->net.graph;
    sfd_plan plan;
    sfd_status status = sfd_plan_make(&plan, graph, b->in_height, b->in_width, SFD_PLAN_SHARE, err);
    for (size_t i = 0; status == SFD_OK && i < graph->n_layers; i++) {
        const sfd_layer *l = &graph->layers[i];
        if (l->kind != SFD_LAYER_CONV)
            continue;
        sfd_conv_shape s = sfd_plan_conv_shape(&plan, l, b->n_threads);
        s.residual_ld = s.y_ld;
        if (!time_choices(&b->layers[i], m->executable.kernels, &s, l->residual != SFD_NO_TENSOR,
                          b->n_threads))
            status = sfd_fail_nomem(err, l->name);
    }
    sfd_plan_free(&plan);
    return status;
}
