/* SPDX-License-Identifier: Apache-2.0 */
/* Timings as JSON. */
#include "base/error.h"
#include "base/outfile.h"
#include "base/utf8.h"

#include <cjson/cJSON.h>
#include <sfdet/inspect.h>
#include <stdio.h>
#include <stdlib.h>

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
