/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout, linear layer and cross-entropy, forward and backward in one step. */
#include "train/classifier.h"

#include "base/alloc.h"
#include "base/error.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

sfd_status sfd_classifier_create(sfd_classifier *c, const sfd_net *net, sfd_params *params,
                                 double dropout, sfd_error *err)
{
    *c = (sfd_classifier){.params = params,
                          .weight = sfd_params_find(params, "head.projection.weight")->at,
                          .bias = sfd_params_find(params, "head.projection.bias")->at,
                          .n_features = (size_t)net->n_features,
                          .n_classes = (size_t)net->config.num_classes,
                          .softmax = net->config.head_act == SFD_HEAD_SOFTMAX,
                          .dropout = (float)dropout};
    if (net->config.head_act == SFD_HEAD_NONE)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: a head without activation cannot be trained; HEAD_ACT is sigmoid or "
                        "softmax",
                        net->config.name);
    return SFD_OK;
}

void sfd_classifier_free(sfd_classifier *c)
{
    free(c->dropped);
    free(c->logits);
    *c = (sfd_classifier){0};
}

static sfd_status reserve(sfd_classifier *c, size_t n, sfd_error *err)
{
    if (n <= c->rows_alloc)
        return SFD_OK;
    free(c->dropped);
    free(c->logits);
    c->rows_alloc = 0;
    c->dropped = sfd_malloc_aligned(n * c->n_features, sizeof *c->dropped);
    c->logits = sfd_malloc_aligned(n * c->n_classes, sizeof *c->logits);
    if (!c->dropped || !c->logits)
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for %zu boxes", n);
    c->rows_alloc = n;
    return SFD_OK;
}

/* Scaled copies of what stays. */
static void drop_out(const sfd_classifier *c, const float *features, size_t n, sfd_random random)
{
    const float scale = 1 / (1 - c->dropout);
    for (size_t i = 0; i < n * c->n_features; i++)
        c->dropped[i] = sfd_random_unit(&random) < (double)c->dropout ? 0 : features[i] * scale;
}

/* The same stream again tells which features were dropped. */
static void drop_out_gradient(const sfd_classifier *c, float *d, size_t n, sfd_random random)
{
    const float scale = 1 / (1 - c->dropout);
    for (size_t i = 0; i < n * c->n_features; i++)
        d[i] = sfd_random_unit(&random) < (double)c->dropout ? 0 : d[i] * scale;
}

/* Replaces logits by the loss's gradient; returns the row's share of the loss. */
static double sigmoid_row(float *logits, const float *targets, size_t n, double weight)
{
    double loss = 0;
    for (size_t i = 0; i < n; i++) {
        const double z = (double)logits[i], t = (double)targets[i];
        loss += fmax(z, 0) - z * t + log1p(exp(-fabs(z)));
        logits[i] = (float)(weight * (1 / (1 + exp(-z)) - t));
    }
    return loss * weight;
}

static double softmax_row(float *logits, const float *targets, size_t n, double weight)
{
    double top = (double)logits[0], sum = 0, loss = 0, mass = 0;
    for (size_t i = 1; i < n; i++)
        top = (double)logits[i] > top ? (double)logits[i] : top;
    for (size_t i = 0; i < n; i++) {
        sum += exp((double)logits[i] - top);
        mass += (double)targets[i];
    }
    for (size_t i = 0; i < n; i++) {
        const double log_p = (double)logits[i] - top - log(sum);
        loss -= (double)targets[i] * log_p;
        logits[i] = (float)(weight * (mass * exp(log_p) - (double)targets[i]));
    }
    return loss * weight;
}

static double take_loss(const sfd_classifier *c, const float *targets, size_t n)
{
    const size_t k = c->n_classes;
    const double weight = 1 / ((double)n * (c->softmax ? 1 : (double)k));
    double loss = 0;
    for (size_t i = 0; i < n; i++)
        loss += c->softmax ? softmax_row(c->logits + i * k, targets + i * k, k, weight)
                           : sigmoid_row(c->logits + i * k, targets + i * k, k, weight);
    return loss;
}

sfd_status sfd_classifier_step(sfd_classifier *c, const float *features, const float *targets,
                               size_t n, sfd_random random, float *d_features, double *loss,
                               sfd_error *err)
{
    const blasint rows = (blasint)n, classes = (blasint)c->n_classes, k = (blasint)c->n_features;
    const float *w = c->params->value + c->weight, *bias = c->params->value + c->bias;
    float *dw = c->params->grad + c->weight, *d_bias = c->params->grad + c->bias;
    *loss = 0;
    sfd_status status = reserve(c, n, err);
    if (status != SFD_OK || n == 0)
        return status;

    if (c->dropout > 0)
        drop_out(c, features, n, random);
    else
        memcpy(c->dropped, features, n * c->n_features * sizeof *features);
    for (size_t i = 0; i < n; i++)
        memcpy(c->logits + i * c->n_classes, bias, c->n_classes * sizeof *bias);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, classes, k, 1, c->dropped, k, w, k,
                1, c->logits, classes);
    *loss = take_loss(c, targets, n);

    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, classes, k, rows, 1, c->logits, classes,
                c->dropped, k, 1, dw, k);
    for (size_t i = 0; i < n * c->n_classes; i++)
        d_bias[i % c->n_classes] += c->logits[i];
    if (!d_features)
        return SFD_OK;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, k, classes, 1, c->logits, classes,
                w, k, 0, d_features, k);
    if (c->dropout > 0)
        drop_out_gradient(c, d_features, n, random);
    return SFD_OK;
}
