/* SPDX-License-Identifier: Apache-2.0 */
/* What the timings of all kinds of models share: settings, seconds of runs and layers. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/random.h"
#include "base/settings.h"
#include "inspect/bench_impl.h"
#include "inspect/layer_info.h"

#include <stdlib.h>

void sfd_bench_settings_defaults_sized(sfd_bench_settings *s, size_t struct_size)
{
    const sfd_bench_settings defaults = {.n_boxes = 2, .n_runs = 5};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
}

sfd_status sfd_bench_take_settings(sfd_bench_settings *s, const sfd_bench_settings *settings,
                                   sfd_error *err)
{
    sfd_status status = SFD_SETTINGS_TAKE(sfd_bench_settings, s, settings, err);
    if (status == SFD_OK && (s->n_runs < 1 || s->n_boxes < 1))
        return sfd_fail(err, SFD_ERR_ARG, "%d runs with %d boxes: at least one of each is needed",
                        s->n_runs, s->n_boxes);
    return status;
}

sfd_bench *sfd_bench_make(const sfd_bench *facts)
{
    sfd_bench *b = sfd_calloc(1, sizeof *b);
    if (!b)
        return NULL;
    *b = *facts;
    b->layers = sfd_calloc(b->n_layers, sizeof *b->layers);
    if (b->layers)
        return b;
    sfd_bench_free(b);
    return NULL;
}

sfd_status sfd_bench_hand_out(sfd_bench **out, sfd_bench *b, sfd_status status)
{
    if (status == SFD_OK)
        *out = b;
    else
        sfd_bench_free(b);
    return status;
}

uint8_t *sfd_bench_picture(int width, int height)
{
    const size_t n = (size_t)width * (size_t)height * 3;
    uint8_t *pixels = sfd_malloc_array(n, 1);
    sfd_random noise = sfd_random_init(1, 0);
    for (size_t i = 0; pixels && i < n; i++)
        pixels[i] = (uint8_t)sfd_random_bits(&noise);
    return pixels;
}

/* ------------------------------------------------------------------ seconds */

bool sfd_bench_times_make(sfd_bench_times *t, const sfd_bench *b)
{
    const size_t n_runs = (size_t)b->n_runs;
    t->total_s = sfd_malloc_array(n_runs, sizeof *t->total_s);
    t->layer_s = sfd_malloc_array(n_runs * b->n_layers, sizeof *t->layer_s);
    t->sorted = sfd_malloc_array(n_runs, sizeof *t->sorted);
    return t->total_s && t->layer_s && t->sorted;
}

void sfd_bench_times_free(sfd_bench_times *t)
{
    free(t->total_s);
    free(t->layer_s);
    free(t->sorted);
}

double *sfd_bench_times_layers(const sfd_bench_times *t, const sfd_bench *b, int run)
{
    return t->layer_s + (size_t)(run < 0 ? 0 : run) * b->n_layers;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median of every stride-th of n values; sorts a copy in `sorted`. */
static double median(const double *values, size_t n, size_t stride, double *sorted)
{
    for (size_t i = 0; i < n; i++)
        sorted[i] = values[i * stride];
    qsort(sorted, n, sizeof *sorted, compare_doubles);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

void sfd_bench_summarise(sfd_bench *b, const sfd_executor *e, const sfd_bench_times *t)
{
    const size_t n = (size_t)b->n_runs;
    const sfd_executable *x = e->executable;
    b->median_s = median(t->total_s, n, 1, t->sorted);
    b->min_s = t->sorted[0];
    for (size_t i = 0; i < b->n_layers; i++) {
        sfd_bench_layer *layer = &b->layers[i];
        const sfd_node *node = &x->graph->nodes[i];
        layer->info = sfd_describe_layer(&e->plan, node);
        layer->algorithm = node->op->variant ? node->op->variant(x->prepared[i]) : "";
        layer->seconds = median(t->layer_s + i, n, b->n_layers, t->sorted);
        b->macs += layer->info.macs;
    }
}

void sfd_bench_free(sfd_bench *b)
{
    if (!b)
        return;
    for (size_t i = 0; b->layers && i < b->n_layers; i++)
        free(b->layers[i].choices);
    free(b->layers);
    free(b);
}
