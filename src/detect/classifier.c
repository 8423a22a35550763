/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of classifiers, and running them. */
#include "detect/classifier.h"

#include "weights/names/pyslowfast.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>

/* Names of the layers; all but the last put out as much as they take in. */
static const struct {
    int n_layers;
    const char *names[SFD_MAX_CLASSIFIER_LAYERS];
} kinds[] = {
    [SFD_CLASSIFIER_LINEAR] = {1, {SFD_NAME_HEAD}},
    [SFD_CLASSIFIER_MLP] = {2, {SFD_NAME_HEAD ".0", SFD_NAME_HEAD ".2"}},
};

void sfd_classifier_describe(sfd_classifier_desc *d, const sfd_net_config *c, size_t n_features)
{
    *d = (sfd_classifier_desc){.n_layers = kinds[c->classifier].n_layers};
    for (int i = 0; i < d->n_layers; i++) {
        sfd_classifier_layer *l = &d->layers[i];
        snprintf(l->name, sizeof l->name, "%s", kinds[c->classifier].names[i]);
        l->n_in = n_features;
        l->n_out = i + 1 < d->n_layers ? n_features : (size_t)c->num_classes;
    }
}

sfd_status sfd_classifier_each_param(const sfd_classifier_desc *d, sfd_param_fn fn, void *user,
                                     sfd_error *err)
{
    sfd_status status = SFD_OK;
    for (int i = 0; status == SFD_OK && i < d->n_layers; i++) {
        const sfd_classifier_layer *l = &d->layers[i];
        const size_t dims[2] = {l->n_out, l->n_in};
        char name[SFD_MAX_TENSOR_NAME];
        snprintf(name, sizeof name, "%s.weight", l->name);
        const sfd_param_desc weight = {name, 2, dims, SFD_PARAM_WEIGHT};
        status = fn(user, &weight, err);
        snprintf(name, sizeof name, "%s.bias", l->name);
        const sfd_param_desc bias = {name, 1, dims, SFD_PARAM_BIAS};
        if (status == SFD_OK)
            status = fn(user, &bias, err);
    }
    return status;
}

size_t sfd_classifier_hidden_floats(const sfd_classifier_desc *d)
{
    size_t n = 0;
    for (int i = 0; i + 1 < d->n_layers; i++)
        n += d->layers[i].n_out;
    return n;
}

static void run_layer(const sfd_classifier *c, int i, const float *x, size_t n, float *y)
{
    const size_t n_in = c->desc.layers[i].n_in, n_out = c->desc.layers[i].n_out;
    for (size_t row = 0; row < n; row++)
        memcpy(y + row * n_out, c->bias[i], n_out * sizeof *y);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)n, (blasint)n_out, (blasint)n_in,
                1, x, (blasint)n_in, c->weight[i], (blasint)n_in, 1, y, (blasint)n_out);
}

void sfd_classifier_project(const sfd_classifier *c, const float *rows, size_t n, float *hidden,
                            float *logits)
{
    const int last = c->desc.n_layers - 1;
    if (n == 0)
        return;
    for (int i = 0; i < last; i++) {
        const size_t n_values = n * c->desc.layers[i].n_out;
        run_layer(c, i, rows, n, hidden);
        for (size_t j = 0; j < n_values; j++)
            hidden[j] = hidden[j] < 0 ? 0 : hidden[j];
        rows = hidden;
        hidden += n_values;
    }
    run_layer(c, last, rows, n, logits);
}
