/* SPDX-License-Identifier: Apache-2.0 */
/* The ways in which a convolution of bytes could be computed: their time. None of them rounds. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "graph/ops/conv_impl.h"
#include "graph/ops/qconv.h"

#include <math.h>
#include <stdlib.h>

#define COMPARE_RUNS 3
#define SCALE        1e-4f /* of sums: results that differ */

typedef struct layer_memory {
    uint8_t *x, *y;
    int8_t *w;
    float *scale, *bias;
} layer_memory;

typedef struct timed_run {
    const sfd_qconv_algorithm *algorithm;
    const sfd_conv_shape *shape;
    sfd_qconv_io io;
    char *scratch;
    size_t scratch_bytes; /* of each thread */
} timed_run;

static void free_memory(layer_memory *m)
{
    free(m->x);
    free(m->y);
    free(m->w);
    free(m->scale);
    free(m->bias);
}

static void *noise(size_t n)
{
    uint8_t *p = sfd_malloc_aligned(n, 1);
    sfd_random random = sfd_random_init(1, 0);
    for (size_t i = 0; p && i < n; i++)
        p[i] = (uint8_t)sfd_random_bits(&random);
    return p;
}

static bool allocate(layer_memory *m, const sfd_conv_shape *s)
{
    const size_t channels = sfd_conv_cout(s);
    *m = (layer_memory){.x = noise((size_t)s->in[0] * sfd_conv_in_frame(s) * s->x_ld + 64),
                        .y = noise(sfd_conv_positions(s) * s->y_ld),
                        .w = noise(channels * sfd_conv_cin(s) * sfd_conv_taps(s)),
                        .scale = sfd_malloc_array(channels, sizeof(float)),
                        .bias = sfd_calloc(channels, sizeof(float))};
    for (size_t c = 0; m->scale && c < channels; c++)
        m->scale[c] = SCALE;
    return m->x && m->y && m->w && m->scale && m->bias;
}

static void run_item(void *user, size_t tile, int thread)
{
    const timed_run *r = user;
    r->algorithm->run_tile(r->shape, &r->io, tile, r->scratch + (size_t)thread * r->scratch_bytes);
}

static double time_once(timed_run *r, sfd_team *team)
{
    const double start = sfd_clock_s();
    sfd_team_for(team, r->algorithm->n_tiles(r->shape), run_item, r);
    return sfd_clock_s() - start;
}

/* Best time of COMPARE_RUNS, after one that does not count; false when memory is out. */
static bool time_algorithm(const sfd_qconv_algorithm *a, const sfd_conv_shape *s, bool residual,
                           bool silu, const layer_memory *m, sfd_team *team, sfd_compare_fn fn,
                           void *user)
{
    const size_t scratch_bytes = (a->scratch_bytes(s) + 63) / 64 * 64;
    void *prepared = sfd_malloc_aligned(a->weight_bytes(s), 1);
    char *scratch = sfd_malloc_aligned((size_t)s->n_threads, scratch_bytes);
    const bool ok = prepared && scratch;
    timed_run run = {.algorithm = a,
                     .shape = s,
                     .io = {.x = m->x,
                            .weights = prepared,
                            .residual = residual ? m->y : NULL,
                            .residual_type = SFD_U8,
                            .y_type = SFD_U8,
                            .residual_scale = 1,
                            .high = 255,
                            .silu = silu,
                            .silu_scale = 1,
                            .y = m->y},
                     .scratch = scratch,
                     .scratch_bytes = scratch_bytes};
    double best = INFINITY;
    if (ok) {
        a->prepare(s, &(sfd_qconv_params){m->w, m->scale, m->bias, 0}, prepared);
        time_once(&run, team);
        for (int i = 0; i < COMPARE_RUNS; i++)
            best = fmin(best, time_once(&run, team));
        fn(user, a->name, best, 0);
    }
    free(prepared);
    free(scratch);
    return ok;
}

sfd_status sfd_qconv_compare(const sfd_node_view *v, const sfd_kernels *k, sfd_team *team,
                             sfd_compare_fn fn, void *user, sfd_error *err)
{
    sfd_conv_shape s = sfd_conv_node_shape(v, sfd_team_size(team));
    layer_memory m;
    s.residual_ld = s.y_ld;
    bool ok = allocate(&m, &s);
    for (size_t i = 0; ok && i < k->n_qconv; i++)
        if (k->qconv[i] != &sfd_qconv_plain && k->qconv[i]->can(&s, m.w))
            ok = time_algorithm(k->qconv[i], &s, v->node->n_inputs > 1,
                                s.activation == SFD_ACTIVATION_SILU, &m, team, fn, user);
    free_memory(&m);
    return ok ? SFD_OK : sfd_fail_nomem(err, v->node->name);
}
