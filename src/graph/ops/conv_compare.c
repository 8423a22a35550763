/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in which a convolution could be computed: their time and their rounding. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "graph/ops/conv_impl.h"
#include "kernels/value.h"

#include <math.h>
#include <stdlib.h>

#define COMPARE_RUNS 3
/* Positions of the output, spread over the map, that are computed in double as well. */
#define N_SAMPLES 64

typedef struct layer_memory {
    void *x, *y, *residual; /* maps of the layer's types */
    float *w, *bias, *prepared, *scratch;
    double *exact; /* [N_SAMPLES][cout] */
} layer_memory;

static void free_memory(layer_memory *memory)
{
    free(memory->x);
    free(memory->y);
    free(memory->residual);
    free(memory->w);
    free(memory->bias);
    free(memory->prepared);
    free(memory->scratch);
    free(memory->exact);
}

static void *noise(size_t n, sfd_dtype type)
{
    void *p = sfd_malloc_aligned(n + 64, sizeof(float));
    sfd_random random = sfd_random_init(1, 0);
    for (size_t i = 0; p && i < n + 64; i++)
        sfd_value_set(p, i, type, sfd_random_unit_f32(&random) - 0.5f);
    return p;
}

typedef struct timed_run {
    const sfd_conv_algorithm *algorithm;
    const sfd_conv_shape *shape;
    sfd_conv_io io;
    float *scratch;
    size_t scratch_floats; /* of each thread */
} timed_run;

static void run_item(void *user, size_t tile, int thread)
{
    const timed_run *r = user;
    r->algorithm->run_tile(r->shape, &r->io, tile, r->scratch + (size_t)thread * r->scratch_floats);
}

static double time_once(timed_run *r, sfd_team *team)
{
    const double start = sfd_clock_s();
    sfd_team_for(team, r->algorithm->n_tiles(r->shape), run_item, r);
    return sfd_clock_s() - start;
}

static size_t sample_position(const sfd_conv_shape *s, size_t sample)
{
    return sample * (sfd_conv_positions(s) - 1) / (N_SAMPLES - 1);
}

/* One output value, summed in double. */
static double sum_exactly(const sfd_conv_shape *s, const void *x, const float *w, size_t position,
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
            sum += (double)sfd_value_get(x, from * s->x_ld + (size_t)(group * n + ci), s->x_type) *
                   (double)w[((size_t)co * (size_t)n + (size_t)ci) * taps + tap];
    }
    return sum;
}

typedef struct exact_run {
    const sfd_conv_shape *shape;
    const layer_memory *memory;
} exact_run;

static double activate_exactly(double x, sfd_activation a)
{
    return a == SFD_ACTIVATION_RELU ? fmax(x, 0) : a == SFD_ACTIVATION_SILU ? x / (1 + exp(-x)) : x;
}

static void compute_exactly(void *user, size_t item, int thread)
{
    const exact_run *r = user;
    const sfd_conv_shape *s = r->shape;
    const layer_memory *mem = r->memory;
    const int co = (int)(item % (size_t)s->cout);
    const double y =
        sum_exactly(s, mem->x, mem->w, sample_position(s, item / (size_t)s->cout), co) +
        (double)mem->bias[co];
    (void)thread;
    mem->exact[item] = activate_exactly(y, s->activation);
}

/* Largest difference of the samples from the exact values, relative to the largest of those. */
static double measure_rounding(const sfd_conv_shape *s, const layer_memory *mem)
{
    double largest = 0, difference = 0;
    for (int i = 0; i < N_SAMPLES * s->cout; i++) {
        const size_t position = sample_position(s, (size_t)(i / s->cout));
        const size_t at = position * s->y_ld + (size_t)(i % s->cout);
        const double y = (double)sfd_value_get(mem->y, at, s->y_type);
        largest = fmax(largest, fabs(mem->exact[i]));
        difference = fmax(difference, fabs(y - mem->exact[i]));
    }
    return largest > 0 ? difference / largest : 0;
}

static bool allocate(layer_memory *mem, const sfd_conv_algorithm *a, const sfd_conv_shape *s,
                     size_t scratch_floats)
{
    const size_t n_x = (size_t)s->in[0] * (size_t)s->in[1] * (size_t)s->in[2] * s->x_ld;
    const size_t n_w = (size_t)s->cout * (size_t)(s->cin / s->groups) * sfd_conv_taps(s);
    *mem = (layer_memory){
        .x = noise(n_x, s->x_type),
        .y = noise(sfd_conv_positions(s) * s->y_ld, s->y_type),
        .residual = noise(sfd_conv_positions(s) * s->residual_ld, s->residual_type),
        .w = noise(n_w, SFD_F32),
        .bias = noise((size_t)s->cout, SFD_F32),
        .prepared = sfd_malloc_aligned(a->weight_floats(s), sizeof(float)),
        .scratch = sfd_malloc_aligned(scratch_floats * (size_t)s->n_threads, sizeof(float)),
        .exact = sfd_malloc_array((size_t)s->cout, N_SAMPLES * sizeof(double))};
    return mem->x && mem->y && mem->residual && mem->w && mem->bias && mem->prepared &&
           mem->scratch && mem->exact;
}

/* Best time of COMPARE_RUNS; false when memory is out. The run before them tells the rounding. */
static bool time_algorithm(const sfd_conv_algorithm *a, const sfd_conv_shape *s, bool residual,
                           sfd_team *team, sfd_compare_fn fn, void *user)
{
    const size_t scratch_floats = (a->scratch_floats(s) + 15) / 16 * 16;
    layer_memory mem;
    const bool ok = allocate(&mem, a, s, scratch_floats);
    if (ok) {
        timed_run run = {
            a, s, {mem.x, mem.prepared, mem.bias, NULL, mem.y}, mem.scratch, scratch_floats};
        exact_run exact = {s, &mem};
        double best = INFINITY;
        a->prepare(s, mem.w, mem.prepared);
        sfd_team_for(team, (size_t)s->cout * N_SAMPLES, compute_exactly, &exact);
        time_once(&run, team);
        const double rounding = measure_rounding(s, &mem);
        run.io.residual = !residual ? NULL : s->residual_type == s->y_type ? mem.y : mem.residual;
        for (int i = 0; i < COMPARE_RUNS; i++)
            best = fmin(best, time_once(&run, team));
        fn(user, a->name, best, rounding);
    }
    free_memory(&mem);
    return ok;
}

sfd_status sfd_conv_compare(const sfd_node_view *v, const sfd_kernels *k, sfd_team *team,
                            sfd_compare_fn fn, void *user, sfd_error *err)
{
    sfd_conv_shape s = sfd_conv_node_shape(v, sfd_team_size(team));
    s.residual_ld = s.y_ld;
    for (size_t i = 1; i < k->n_conv; i++) /* the first is the oracle */
        if (k->conv[i]->can(&s) &&
            !time_algorithm(k->conv[i], &s, v->node->n_inputs > 1, team, fn, user))
            return sfd_fail_nomem(err, v->node->name);
    return SFD_OK;
}
