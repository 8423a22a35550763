/* SPDX-License-Identifier: Apache-2.0 */
/* The block of learned values: layout, first values, exchange with weight files. */
#include "train/params.h"

#include "base/alloc.h"
#include "base/error.h"
#include "detect/head.h"
#include "train/streams.h"
#include "weights/weights_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "s3_fuse.avs.ref_fc.weight", and all that s5_fuse has. */
static bool is_of_sync(const char *name)
{
    return strncmp(name, "s5_fuse.", 8) == 0 || strstr(name, "_fuse.avs.");
}

static sfd_status add_param(void *user, const sfd_param_desc *d, sfd_error *err)
{
    sfd_params *p = user;
    if (!sfd_grow(&p->items, &p->n_alloc, p->n, sizeof *p->items))
        return sfd_fail_nomem(err, d->name);
    sfd_param *item = &p->items[p->n++];
    *item = (sfd_param){.n_dims = d->n_dims,
                        .role = d->role,
                        .at = p->n_floats,
                        .n = sfd_param_elements(d),
                        .learned = sfd_param_is_learned(d)};
    const bool behind_gain = p->n > 1 && item[-1].role == SFD_PARAM_GAIN;
    item->of_sync = is_of_sync(d->name);
    item->of_norm = d->role == SFD_PARAM_GAIN || (d->role == SFD_PARAM_BIAS && behind_gain);
    snprintf(item->name, sizeof item->name, "%s", d->name);
    memcpy(item->dims, d->dims, (size_t)d->n_dims * sizeof *d->dims);
    p->n_floats += item->n;
    return SFD_OK;
}

static sfd_status allocate(sfd_params *p, const char *name, sfd_error *err)
{
    p->value = sfd_calloc(p->n_floats, sizeof *p->value);
    p->grad = sfd_calloc(p->n_floats, sizeof *p->grad);
    p->momentum = sfd_calloc(p->n_floats, sizeof *p->momentum);
    return p->value && p->grad && p->momentum ? SFD_OK : sfd_fail_nomem(err, name);
}

/* A projection of each of the two maps of a point. */
static sfd_status add_projection(sfd_params *p, const sfd_sync_point *point, const char *field,
                                 size_t n_in, size_t n_out, sfd_error *err)
{
    const size_t dims[2] = {n_out, n_in};
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.avs.%s.weight", point->name, field);
    sfd_status status = add_param(p, &(sfd_param_desc){name, 2, dims, SFD_PARAM_WEIGHT}, err);
    snprintf(name, sizeof name, "%s.avs.%s.bias", point->name, field);
    return status == SFD_OK ? add_param(p, &(sfd_param_desc){name, 1, dims, SFD_PARAM_BIAS}, err)
                            : status;
}

static sfd_status add_sync_params(sfd_params *p, const sfd_net *net, sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int i = 0; status == SFD_OK && i < net->n_sync_points; i++) {
        const sfd_sync_point *s = &net->sync_points[i];
        status = add_projection(p, s, "ref_fc", (size_t)sfd_graph_channels(&net->graph, s->seen),
                                (size_t)net->sync_width, err);
        if (status == SFD_OK)
            status =
                add_projection(p, s, "query_fc", (size_t)sfd_graph_channels(&net->graph, s->heard),
                               (size_t)net->sync_width, err);
    }
    return status;
}

sfd_status sfd_params_create(sfd_params *p, const sfd_net *net, sfd_error *err)
{
    *p = (sfd_params){0};
    sfd_head_desc head;
    sfd_head_describe(&head, net);
    sfd_status status = sfd_graph_each_param(&net->graph, add_param, p, err);
    if (status == SFD_OK)
        status = add_sync_params(p, net, err);
    p->first_head = p->n;
    if (status == SFD_OK)
        status = sfd_classifier_each_param(&head.classifier, add_param, p, err);
    return status == SFD_OK ? allocate(p, net->config.name, err) : status;
}

sfd_status sfd_params_create_for_graph(sfd_params *p, const sfd_graph *graph, sfd_error *err)
{
    *p = (sfd_params){0};
    sfd_status status = sfd_graph_each_param(graph, add_param, p, err);
    p->first_head = p->n;
    return status == SFD_OK ? allocate(p, graph->name, err) : status;
}

void sfd_params_free(sfd_params *p)
{
    free(p->items);
    free(p->value);
    free(p->grad);
    free(p->momentum);
    *p = (sfd_params){0};
}

/* "s3.pathway0_res1..." and "s3_fuse..." are of res3. */
static bool is_of_stages(const sfd_param *p, unsigned stages)
{
    return p->name[0] == 's' && p->name[1] >= '1' && p->name[1] <= '5' &&
           (stages >> (p->name[1] - '1') & 1);
}

void sfd_params_freeze(sfd_params *p, unsigned stages)
{
    for (size_t i = 0; i < p->first_head; i++)
        p->items[i].frozen = is_of_stages(&p->items[i], stages);
}

const sfd_param *sfd_params_find(const sfd_params *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->items[i].name, name) == 0)
            return &p->items[i];
    return NULL;
}

/* ------------------------------------------------------------------ first values */

static void fill(float *v, size_t n, float with)
{
    for (size_t i = 0; i < n; i++)
        v[i] = with;
}

void sfd_params_init_normal(sfd_params *p, size_t i, double deviation, uint64_t seed)
{
    sfd_random r = sfd_stream(seed, SFD_STREAM_INIT, i, 0);
    float *v = p->value + p->items[i].at;
    for (size_t j = 0; j < p->items[i].n; j++)
        v[j] = (float)(deviation * sfd_random_normal(&r));
}

/* Outputs that one input value reaches. */
static double fan_out(const sfd_param *p)
{
    return (double)p->dims[0] * (double)(p->n / (p->dims[0] * p->dims[1]));
}

static bool is_last_norm(const sfd_param *p)
{
    static const char *const ends[] = {".branch2.c_bn.weight", ".branch2.out_bn.weight"};
    const size_t n = strlen(p->name);
    bool last = false;
    for (size_t i = 0; i < 2; i++) {
        const size_t m = strlen(ends[i]);
        last |= n > m && strcmp(p->name + n - m, ends[i]) == 0;
    }
    return last;
}

void sfd_params_init_graph(sfd_params *p, uint64_t seed)
{
    for (size_t i = 0; i < p->n; i++) {
        const sfd_param *item = &p->items[i];
        if (item->role == SFD_PARAM_WEIGHT)
            sfd_params_init_normal(p, i, sqrt(2 / fan_out(item)), seed);
        else
            fill(p->value + item->at, item->n,
                 item->role == SFD_PARAM_GAIN || item->role == SFD_PARAM_VARIANCE ? 1.0f : 0.0f);
    }
}

void sfd_params_init(sfd_params *p, const sfd_net *net, bool zero_last_norm, uint64_t seed)
{
    const double first_score = 0.01;
    const size_t last = p->n - 2; /* the last layer's weights, and its bias */
    sfd_params_init_graph(p, seed);
    sfd_params_init_normal(p, last, 0.01, seed);
    if (net->config.head_act == SFD_HEAD_SIGMOID)
        fill(p->value + p->items[last + 1].at, p->items[last + 1].n,
             (float)log(first_score / (1 - first_score)));
    for (size_t i = 0; i < p->first_head; i++)
        if (p->items[i].of_sync && p->items[i].n_dims == 2)
            sfd_params_init_normal(p, i, 0.01, seed);
    for (size_t i = 0; i < p->n; i++)
        if (zero_last_norm && is_last_norm(&p->items[i]))
            fill(p->value + p->items[i].at, p->items[i].n, 0);
}

/* ------------------------------------------------------------------ weight files */

sfd_status sfd_params_load(sfd_params *p, const sfd_weights *weights, bool keep_head,
                           sfd_error *err)
{
    for (size_t i = 0; i < p->n; i++) {
        const sfd_param *item = &p->items[i];
        const sfd_tensor_info *info;
        if (keep_head && i >= p->first_head)
            break;
        if (item->of_sync)
            continue;
        const sfd_param_desc wanted = {item->name, item->n_dims, item->dims, item->role};
        sfd_status status = sfd_param_find(&info, weights, &wanted, err);
        if (status == SFD_OK && info->dtype == SFD_I8)
            return sfd_fail(err, SFD_ERR_MISMATCH,
                            "%s: the weights of %s are 8-bit integers, which do not learn: the "
                            "floats that they were made of do",
                            sfd_weights_origin(weights), item->name);
        if (status == SFD_OK)
            status = sfd_weights_read_f32(weights, info, p->value + item->at, err);
        if (status != SFD_OK)
            return status;
    }
    return SFD_OK;
}

static sfd_status copy_param(sfd_weights *w, const sfd_params *p, const sfd_param *item,
                             bool of_pictures, sfd_error *err)
{
    size_t dims[SFD_MAX_DIMS];
    int n = item->n_dims;
    float *data;
    memcpy(dims, item->dims, (size_t)n * sizeof *dims);
    if (of_pictures && n == 5 && dims[2] == 1)
        memmove(dims + 2, dims + 3, (size_t)(--n - 2) * sizeof *dims);
    sfd_status status = sfd_weights_add(w, item->name, n, dims, &data, err);
    if (status == SFD_OK)
        memcpy(data, p->value + item->at, item->n * sizeof *data);
    return status;
}

sfd_status sfd_params_copy(sfd_weights **out, const sfd_params *p, const char *name,
                           bool of_pictures, sfd_error *err)
{
    sfd_weights *w = NULL;
    *out = NULL;
    sfd_status status = sfd_weights_create(&w, name, err);
    for (size_t i = 0; status == SFD_OK && i < p->n; i++)
        status = p->items[i].of_sync ? SFD_OK : copy_param(w, p, &p->items[i], of_pictures, err);
    if (status != SFD_OK) {
        sfd_weights_close(w);
        return status;
    }
    *out = w;
    return SFD_OK;
}

sfd_status sfd_params_to_weights(sfd_weights **out, const sfd_params *p, const sfd_net *net,
                                 sfd_error *err)
{
    sfd_status status = sfd_params_copy(out, p, net->config.name, false, err);
    if (status == SFD_OK)
        status = sfd_weights_set_config(*out, &net->config, err);
    if (status != SFD_OK) {
        sfd_weights_close(*out);
        *out = NULL;
    }
    return status;
}
