/* SPDX-License-Identifier: Apache-2.0 */
/* Dropout, fully connected layers and cross-entropy, forward and backward in one step. */
#include "train/classifier.h"

#include "base/alloc.h"
#include "base/error.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The parameters of a head are the last ones: weights and bias of each layer. */
static const sfd_param *layer_param(const sfd_params *p, int layer, int which)
{
    return &p->items[p->first_head + 2 * (size_t)layer + (size_t)which];
}

sfd_classifier sfd_params_classifier(const sfd_params *params, const sfd_head_desc *d)
{
    sfd_classifier c = {.desc = d->classifier};
    for (int i = 0; i < c.desc.n_layers; i++) {
        c.weight[i] = params->value + layer_param(params, i, 0)->at;
        c.bias[i] = params->value + layer_param(params, i, 1)->at;
    }
    return c;
}

sfd_status sfd_train_classifier_create(sfd_train_classifier *c, const sfd_head_desc *d,
                                       sfd_params *params, double dropout,
                                       const sfd_loss_settings *loss, sfd_error *err)
{
    *c = (sfd_train_classifier){.params = params,
                                .layers = sfd_params_classifier(params, d),
                                .n_features = d->n_features,
                                .n_hidden = sfd_classifier_hidden_floats(&d->classifier),
                                .n_classes = (size_t)d->config->num_classes,
                                .softmax = d->config->head_act == SFD_HEAD_SOFTMAX,
                                .loss = *loss,
                                .dropout = (float)dropout};
    for (int i = 0; i < d->classifier.n_layers; i++) {
        c->d_weight[i] = params->grad + layer_param(params, i, 0)->at;
        c->d_bias[i] = params->grad + layer_param(params, i, 1)->at;
    }
    if (d->config->head_act == SFD_HEAD_NONE)
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: a head without activation cannot be trained; HEAD_ACT is sigmoid or "
                        "softmax",
                        d->config->name);
    if (c->softmax && (loss->focal_gamma != 0 || loss->focal_alpha != 1))
        return sfd_fail(err, SFD_ERR_UNSUPPORTED,
                        "%s: the focal loss is one of sigmoids, the head has a softmax",
                        d->config->name);
    return SFD_OK;
}

static void free_rows(sfd_train_classifier *c)
{
    free(c->dropped);
    free(c->hidden);
    free(c->d_hidden);
    free(c->logits);
    c->rows_alloc = 0;
}

void sfd_train_classifier_free(sfd_train_classifier *c)
{
    free_rows(c);
    *c = (sfd_train_classifier){0};
}

static sfd_status reserve(sfd_train_classifier *c, size_t n, sfd_error *err)
{
    if (n <= c->rows_alloc)
        return SFD_OK;
    free_rows(c);
    c->dropped = sfd_malloc_aligned(n * c->n_features, sizeof *c->dropped);
    c->hidden = sfd_malloc_aligned(n * c->n_hidden, sizeof *c->hidden);
    c->d_hidden = sfd_malloc_aligned(n * c->n_hidden, sizeof *c->d_hidden);
    c->logits = sfd_malloc_aligned(n * c->n_classes, sizeof *c->logits);
    if (!c->dropped || !c->hidden || !c->d_hidden || !c->logits)
        return sfd_fail(err, SFD_ERR_NOMEM, "out of memory for %zu box%s", n, n == 1 ? "" : "es");
    c->rows_alloc = n;
    return SFD_OK;
}

/* Scaled copies of what stays. */
static void drop_out(const sfd_train_classifier *c, const float *features, size_t n,
                     sfd_random random)
{
    const float scale = 1 / (1 - c->dropout);
    for (size_t i = 0; i < n * c->n_features; i++)
        c->dropped[i] = sfd_random_unit(&random) < (double)c->dropout ? 0 : features[i] * scale;
}

/* The same stream again tells which features were dropped. */
static void drop_out_gradient(const sfd_train_classifier *c, float *d, size_t n, sfd_random random)
{
    const float scale = 1 / (1 - c->dropout);
    for (size_t i = 0; i < n * c->n_features; i++)
        d[i] = sfd_random_unit(&random) < (double)c->dropout ? 0 : d[i] * scale;
}

static double class_weight(const sfd_train_classifier *c, size_t k)
{
    return c->loss.class_weights ? (double)c->loss.class_weights[k] : 1;
}

/* Cross-entropy and its derivative, made focal: with q = 1 - p of what is true, the loss becomes
 * alpha q^gamma times it. */
static void make_focal(const sfd_loss_settings *s, double *loss, double *slope)
{
    if (s->focal_gamma == 0 && s->focal_alpha == 1)
        return;
    const double p = exp(-*loss), q = -expm1(-*loss);
    const double factor = pow(q, s->focal_gamma);
    const double change = q > 0 ? s->focal_gamma * pow(q, s->focal_gamma - 1) * p * *loss : 0;
    *slope *= s->focal_alpha * (factor + change);
    *loss *= s->focal_alpha * factor;
}

/* Replaces logits by the loss's gradient; returns the row's share of the loss. */
static double sigmoid_row(const sfd_train_classifier *c, float *logits, const float *targets,
                          double weight)
{
    double sum = 0;
    for (size_t i = 0; i < c->n_classes; i++) {
        const double z = (double)logits[i], t = (double)targets[i], w = class_weight(c, i);
        double loss = fmax(z, 0) - z * t + log1p(exp(-fabs(z))), slope = 1 / (1 + exp(-z)) - t;
        make_focal(&c->loss, &loss, &slope);
        sum += w * loss;
        logits[i] = (float)(weight * (w * slope));
    }
    return sum * weight;
}

/* The weight that a row has in the mean. */
static double row_mass(const sfd_train_classifier *c, const float *targets)
{
    double mass = 0;
    for (size_t i = 0; i < c->n_classes; i++)
        mass += class_weight(c, i) * (double)targets[i];
    return mass;
}

static double softmax_row(const sfd_train_classifier *c, float *logits, const float *targets,
                          double weight)
{
    const size_t n = c->n_classes;
    const double mass = row_mass(c, targets);
    double top = (double)logits[0], sum = 0, loss = 0;
    for (size_t i = 1; i < n; i++)
        top = (double)logits[i] > top ? (double)logits[i] : top;
    for (size_t i = 0; i < n; i++)
        sum += exp((double)logits[i] - top);
    for (size_t i = 0; i < n; i++) {
        const double log_p = (double)logits[i] - top - log(sum);
        const double target = class_weight(c, i) * (double)targets[i];
        loss -= target * log_p;
        logits[i] = (float)(weight * (mass * exp(log_p) - target));
    }
    return loss * weight;
}

/* What the sum over rows is divided by: their number, or their weights. */
static double total_weight(const sfd_train_classifier *c, const float *targets, size_t n)
{
    if (!c->softmax)
        return (double)n * (double)c->n_classes;
    double total = 0;
    for (size_t i = 0; c->loss.class_weights && i < n; i++)
        total += row_mass(c, targets + i * c->n_classes);
    return total > 0 ? total : (double)n;
}

static double take_loss(const sfd_train_classifier *c, const float *targets, size_t n)
{
    const size_t k = c->n_classes;
    const double weight = 1 / total_weight(c, targets, n);
    double loss = 0;
    for (size_t i = 0; i < n; i++)
        loss +=
            (c->softmax ? softmax_row : sigmoid_row)(c, c->logits + i * k, targets + i * k, weight);
    return loss;
}

/* From dy [n][n_out], the gradient of layer i's output, to those of its weights and bias, which are
 * summed into, and of its input x [n][n_in], dx (NULL: not wanted). */
static void layer_backward(const sfd_train_classifier *c, int i, const float *x, const float *dy,
                           size_t n, float *dx)
{
    const sfd_classifier_layer *l = &c->layers.desc.layers[i];
    const blasint rows = (blasint)n, n_out = (blasint)l->n_out, n_in = (blasint)l->n_in;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_out, n_in, rows, 1, dy, n_out, x, n_in,
                1, c->d_weight[i], n_in);
    for (size_t j = 0; j < n * l->n_out; j++)
        c->d_bias[i][j % l->n_out] += dy[j];
    if (dx)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, n_in, n_out, 1, dy, n_out,
                    c->layers.weight[i], n_in, 0, dx, n_in);
}

static void backward(const sfd_train_classifier *c, size_t n, float *d_features)
{
    const sfd_classifier_desc *d = &c->layers.desc;
    const float *dy = c->logits, *x = c->hidden + n * c->n_hidden;
    float *dx = c->d_hidden + n * c->n_hidden;
    for (int i = d->n_layers - 1; i > 0; i--) {
        const size_t n_values = n * d->layers[i].n_in;
        x -= n_values;
        dx -= n_values;
        layer_backward(c, i, x, dy, n, dx);
        for (size_t j = 0; j < n_values; j++) /* ReLU's */
            dx[j] = x[j] > 0 ? dx[j] : 0;
        dy = dx;
    }
    layer_backward(c, 0, c->dropped, dy, n, d_features);
}

sfd_status sfd_train_classifier_step(sfd_train_classifier *c, const float *features,
                                     const float *targets, size_t n, sfd_random random,
                                     float *d_features, double *loss, sfd_error *err)
{
    *loss = 0;
    sfd_status status = reserve(c, n, err);
    if (status != SFD_OK || n == 0)
        return status;
    if (c->dropout > 0)
        drop_out(c, features, n, random);
    else
        memcpy(c->dropped, features, n * c->n_features * sizeof *features);
    sfd_classifier_project(&c->layers, c->dropped, n, c->hidden, c->logits);
    *loss = take_loss(c, targets, n);
    backward(c, n, d_features);
    if (d_features && c->dropout > 0)
        drop_out_gradient(c, d_features, n, random);
    return SFD_OK;
}
