/* SPDX-License-Identifier: Apache-2.0 */
/* Timing of a model: the whole clip and every layer. */
#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/random.h"
#include "base/settings.h"
#include "base/utf8.h"
#include "detect/model.h"
#include "inspect/layer_info.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sfd_bench_settings_defaults_sized(sfd_bench_settings *s, size_t struct_size)
{
    const sfd_bench_settings defaults = {.n_boxes = 2, .n_runs = 5};
    sfd_settings_fill(s, struct_size, &defaults, sizeof defaults);
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

/* ------------------------------------------------------------------ the whole network */

/* What a run needs beside the state. */
typedef struct bench_input {
    uint8_t *pixels;        /* one noisy picture, used for every frame */
    const uint8_t **frames; /* [n_frames] */
    sfd_box_px *boxes;
    float *scores;
    double *total_s; /* [n_runs] */
    double *layer_s; /* [n_runs][n_layers] */
    double *sorted;  /* [n_runs] */
} bench_input;

static void free_input(bench_input *in)
{
    free(in->pixels);
    free(in->frames);
    free(in->boxes);
    free(in->scores);
    free(in->total_s);
    free(in->layer_s);
    free(in->sorted);
}

static bool make_input(bench_input *in, const sfd_bench *b, const sfd_model *m)
{
    const sfd_net_config *c = &m->net.config;
    const size_t n_pixels = (size_t)b->in_width * (size_t)b->in_height * 3;
    const size_t n_boxes = (size_t)b->n_boxes, n_runs = (size_t)b->n_runs;
    in->pixels = sfd_malloc_array(n_pixels, 1);
    in->frames = sfd_malloc_array((size_t)c->num_frames, sizeof *in->frames);
    in->boxes = sfd_malloc_array(n_boxes, sizeof *in->boxes);
    in->scores = sfd_malloc_array(n_boxes + 1, (size_t)c->num_classes * sizeof *in->scores);
    in->total_s = sfd_malloc_array(n_runs, sizeof *in->total_s);
    in->layer_s = sfd_malloc_array(n_runs * b->n_layers, sizeof *in->layer_s);
    in->sorted = sfd_malloc_array(n_runs, sizeof *in->sorted);
    if (!in->pixels || !in->frames || !in->boxes || !in->scores || !in->total_s || !in->layer_s ||
        !in->sorted)
        return false;
    sfd_random noise = sfd_random_init(1, 0);
    for (size_t i = 0; i < n_pixels; i++)
        in->pixels[i] = (uint8_t)sfd_random_bits(&noise);
    for (int i = 0; i < c->num_frames; i++)
        in->frames[i] = in->pixels;
    for (size_t i = 0; i < n_boxes; i++) {
        const float x = (float)(i % 7) * (float)b->in_width / 14;
        in->boxes[i] = (sfd_box_px){x, 10, x + (float)b->in_width / 3, (float)b->in_height - 10};
    }
    return true;
}

static size_t boxes_taken(const sfd_model *m, const sfd_bench *b)
{
    const size_t most = m->head.desc.kind->max_boxes;
    return (size_t)b->n_boxes < most ? (size_t)b->n_boxes : most;
}

static sfd_status run_all(sfd_bench *b, sfd_state *state, bench_input *in, sfd_error *err)
{
    const size_t stride = (size_t)b->in_width * 3;
    const size_t n_boxes = boxes_taken(state->model, b);
    for (int run = -1; run < b->n_runs; run++) { /* the first warms up */
        double *layer_s = in->layer_s + (size_t)(run < 0 ? 0 : run) * b->n_layers;
        const double start = sfd_clock_s();
        sfd_status status = sfd_state_run_timed(state, in->frames, stride, in->boxes, n_boxes,
                                                in->scores, layer_s, err);
        if (status != SFD_OK)
            return status;
        in->total_s[run < 0 ? 0 : run] = sfd_clock_s() - start;
    }
    return SFD_OK;
}

static void summarise(sfd_bench *b, const sfd_model *m, const sfd_state *state,
                      const bench_input *in)
{
    const size_t n = (size_t)b->n_runs;
    b->median_s = median(in->total_s, n, 1, in->sorted);
    b->min_s = in->sorted[0];
    for (size_t i = 0; i < b->n_layers; i++) {
        sfd_bench_layer *layer = &b->layers[i];
        const sfd_node *node = &m->net.graph.nodes[i];
        layer->info = sfd_describe_layer(&state->executor.plan, node);
        layer->algorithm = node->op->variant ? node->op->variant(m->executable.prepared[i]) : "";
        layer->seconds = median(in->layer_s + i, n, b->n_layers, in->sorted);
        b->macs += layer->info.macs;
    }
}

/* What is known before the run. */
static sfd_bench *make_bench(const sfd_model *m, const sfd_bench_settings *s)
{
    sfd_bench *b = sfd_calloc(1, sizeof *b);
    if (!b)
        return NULL;
    const sfd_model_info *info = sfd_model_get_info(m);
    const int side = info->short_side_px;
    *b = (sfd_bench){.name = info->name,
                     .cpu = info->cpu,
                     .in_width = s->in_width ? s->in_width : side * 4 / 3,
                     .in_height = s->in_height ? s->in_height : side,
                     .n_boxes = s->n_boxes,
                     .n_runs = s->n_runs,
                     .weights_bytes = info->weights_bytes,
                     .n_layers = m->net.graph.n_nodes};
    b->layers = sfd_calloc(b->n_layers, sizeof *b->layers);
    if (b->layers)
        return b;
    sfd_bench_free(b);
    return NULL;
}

static sfd_status run_bench(sfd_bench *b, const sfd_model *m, int n_threads, sfd_error *err)
{
    sfd_state *state;
    bench_input in = {0};
    sfd_status status = sfd_state_create(&state, m, b->in_width, b->in_height, n_threads, err);
    if (status != SFD_OK)
        return status;
    b->n_threads = sfd_team_size(state->team);
    status = make_input(&in, b, m) ? run_all(b, state, &in, err) : sfd_fail_nomem(err, "timing");
    b->state_bytes = sfd_state_bytes(state); /* with room for the boxes */
    if (status == SFD_OK)
        summarise(b, m, state, &in);
    free_input(&in);
    sfd_state_free(state);
    return status;
}

sfd_status sfd_bench_run(sfd_bench **out, const sfd_model *m, const sfd_bench_settings *settings,
                         sfd_error *err)
{
    sfd_bench_settings s;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_bench_settings, &s, settings, err);
    if (status != SFD_OK)
        return status;
    if (s.n_runs < 1 || s.n_boxes < 1)
        return sfd_fail(err, SFD_ERR_ARG, "%d runs with %d boxes: at least one of each is needed",
                        s.n_runs, s.n_boxes);
    sfd_bench *b = make_bench(m, &s);
    if (!b)
        return sfd_fail_nomem(err, "timing");
    status = run_bench(b, m, s.n_threads, err);
    if (status == SFD_OK)
        *out = b;
    else
        sfd_bench_free(b);
    return status;
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

/* ------------------------------------------------------------------ JSON */

/* [channels, T, H, W] */
static bool add_shape(cJSON *item, const char *name, int channels, const int size[3])
{
    const int shape[4] = {channels, size[0], size[1], size[2]};
    cJSON *list = cJSON_CreateIntArray(shape, 4);
    if (list && cJSON_AddItemToObject(item, name, list))
        return true;
    cJSON_Delete(list);
    return false;
}

static bool add_layer_json(cJSON *list, const sfd_bench_layer *layer)
{
    cJSON *item = cJSON_CreateObject();
    if (!item || !cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return false;
    }
    const double gflop = 2e-9 * layer->info.macs;
    bool ok = cJSON_AddStringToObject(item, "name", layer->info.name) &&
              cJSON_AddStringToObject(item, "kind", layer->info.kind) &&
              cJSON_AddStringToObject(item, "algorithm", layer->algorithm) &&
              add_shape(item, "in", layer->info.in_channels, layer->info.in_size) &&
              add_shape(item, "out", layer->info.out_channels, layer->info.out_size) &&
              cJSON_AddNumberToObject(item, "parameters", (double)layer->info.n_parameters) &&
              cJSON_AddNumberToObject(item, "median_ms", 1e3 * layer->seconds) &&
              cJSON_AddNumberToObject(item, "gflop", gflop) &&
              cJSON_AddNumberToObject(item, "gflop_per_s",
                                      layer->seconds > 0 ? gflop / layer->seconds : 0);
    cJSON *choices =
        ok && layer->n_choices > 0 ? cJSON_AddObjectToObject(item, "choices_ms") : NULL;
    for (size_t i = 0; choices && i < layer->n_choices; i++)
        ok = ok && cJSON_AddNumberToObject(choices, layer->choices[i].algorithm,
                                           1e3 * layer->choices[i].seconds);
    cJSON *rounding =
        ok && layer->n_choices > 0 ? cJSON_AddObjectToObject(item, "choices_rounding") : NULL;
    for (size_t i = 0; rounding && i < layer->n_choices; i++)
        ok = ok && cJSON_AddNumberToObject(rounding, layer->choices[i].algorithm,
                                           layer->choices[i].rounding);
    return ok;
}

static cJSON *bench_json(const sfd_bench *b)
{
    cJSON *root = cJSON_CreateObject();
    char *name = sfd_utf8_copy(b->name);
    bool ok = root && name && cJSON_AddStringToObject(root, "network", name) &&
              cJSON_AddStringToObject(root, "cpu", b->cpu) &&
              cJSON_AddNumberToObject(root, "width", b->in_width) &&
              cJSON_AddNumberToObject(root, "height", b->in_height) &&
              cJSON_AddNumberToObject(root, "boxes", b->n_boxes) &&
              cJSON_AddNumberToObject(root, "threads", b->n_threads) &&
              cJSON_AddNumberToObject(root, "runs", b->n_runs) &&
              cJSON_AddNumberToObject(root, "median_ms", 1e3 * b->median_s) &&
              cJSON_AddNumberToObject(root, "min_ms", 1e3 * b->min_s) &&
              cJSON_AddNumberToObject(root, "gflop", 2e-9 * b->macs) &&
              cJSON_AddNumberToObject(root, "weights_bytes", (double)b->weights_bytes) &&
              cJSON_AddNumberToObject(root, "state_bytes", (double)b->state_bytes);
    free(name);
    cJSON *layers = ok ? cJSON_AddArrayToObject(root, "layers") : NULL;
    for (size_t i = 0; layers && ok && i < b->n_layers; i++)
        ok = add_layer_json(layers, &b->layers[i]);
    if (!layers || !ok) {
        cJSON_Delete(root);
        return NULL;
    }
    return root;
}

sfd_status sfd_bench_write_json(const sfd_bench *b, const char *path, sfd_error *err)
{
    cJSON *root = bench_json(b);
    char *text = root ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (!text)
        return sfd_fail_nomem(err, path);
    sfd_outfile *f;
    sfd_status status = sfd_outfile_open(&f, path, err);
    if (status == SFD_OK) {
        fprintf(sfd_outfile_stream(f), "%s\n", text);
        status = sfd_outfile_commit(f, err);
    }
    cJSON_free(text);
    return status;
}
