/* SPDX-License-Identifier: Apache-2.0 */
/* Which head a network has, and its values. */
#include "detect/head.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static const sfd_head_kind *const kinds[] = {&sfd_relation_head, &sfd_roi_head, &sfd_clip_head};

void sfd_head_describe(sfd_head_desc *d, const sfd_net *net)
{
    const sfd_net_config *c = &net->config;
    size_t n_channels = 0, i = 0;
    for (int p = 0; p < net->n_pathways + sfd_net_config_listens(c); p++)
        n_channels += (size_t)sfd_graph_channels(&net->graph, net->graph.outputs[p].tensor);
    while (!kinds[i]->fits(c))
        i++;
    *d = (sfd_head_desc){.kind = kinds[i],
                         .config = c,
                         .n_pathways = net->n_pathways,
                         .n_features = kinds[i]->n_features(c, n_channels)};
    for (int p = 0; p < net->n_pathways; p++)
        d->shrink[p] = net->input.pathways[p].shrink;
    if (sfd_net_config_listens(c))
        d->n_heard =
            (size_t)sfd_graph_channels(&net->graph, net->graph.outputs[net->n_pathways].tensor);
    sfd_classifier_describe(&d->classifier, c, d->n_features);
}

void sfd_head_hear(const sfd_head_desc *d, const sfd_head_run *run, float *features, size_t n)
{
    if (d->n_heard == 0 || n == 0)
        return;
    const sfd_map *map = &run->maps[d->n_pathways];
    const size_t positions = (size_t)map->size[1] * (size_t)map->size[2];
    float *heard = features + d->n_features - d->n_heard;
    memset(heard, 0, d->n_heard * sizeof *heard);
    for (size_t p = 0; p < positions; p++)
        run->kernels->add(heard, (const float *)map->data + p * map->ld, d->n_heard);
    for (size_t i = 0; i < d->n_heard; i++)
        heard[i] /= (float)positions;
    for (size_t row = 1; row < n; row++)
        memcpy(heard + row * d->n_features, heard, d->n_heard * sizeof *heard);
}

void sfd_head_features(const sfd_head_desc *d, const sfd_head_run *run, float *features, size_t n)
{
    d->kind->features(d, run, features);
    sfd_head_hear(d, run, features, n);
}

/* ------------------------------------------------------------------ values */

typedef struct reader {
    const sfd_weights *weights;
    sfd_head *head;
    int n; /* values read */
} reader;

static sfd_status read_values(void *user, const sfd_param_desc *p, sfd_error *err)
{
    reader *r = user;
    float **values = &r->head->values[r->n];
    sfd_status status = sfd_param_read(values, r->weights, p, err);
    r->head->weights_bytes += sfd_param_elements(p) * sizeof **values;
    if (p->role == SFD_PARAM_WEIGHT)
        r->head->classifier.weight[r->n / 2] = *values;
    else
        r->head->classifier.bias[r->n / 2] = *values;
    r->n++;
    return status;
}

typedef struct search {
    const sfd_weights *weights;
    bool *found;
} search;

static sfd_status find_any(void *user, const sfd_param_desc *p, sfd_error *err)
{
    const search *s = user;
    (void)err;
    *s->found = *s->found || sfd_weights_find(s->weights, p->name);
    return SFD_OK;
}

sfd_status sfd_head_create(sfd_head *h, const sfd_net *net, const sfd_weights *weights,
                           sfd_error *err)
{
    bool found = false;
    *h = (sfd_head){0};
    sfd_head_describe(&h->desc, net);
    sfd_status status =
        sfd_classifier_each_param(&h->desc.classifier, find_any, &(search){weights, &found}, err);
    if (status == SFD_OK && !found)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: has no classifier (%s.weight): a backbone alone, which training can "
                        "give one",
                        sfd_weights_origin(weights), h->desc.classifier.layers[0].name);
    h->classifier.desc = h->desc.classifier;
    reader r = {weights, h, 0};
    return sfd_classifier_each_param(&h->desc.classifier, read_values, &r, err);
}

void sfd_head_free(sfd_head *h)
{
    for (size_t i = 0; i < sizeof h->values / sizeof *h->values; i++)
        free(h->values[i]);
    *h = (sfd_head){0};
}
