/* SPDX-License-Identifier: Apache-2.0 */
/* Batch norm in training, with what follows it: residual sum and ReLU. */
#include "train/layers.h"

#include <math.h>
#include <string.h>

static float *row_at(const sfd_batch_map *m, size_t sample, size_t position)
{
    return m->x + sample * m->sample_floats + position * m->ld;
}

/* Adds the parts' sums of n values in order; the result is parts[0..n - 1]. */
static void reduce(double *parts, size_t n, size_t n_parts)
{
    for (size_t part = 1; part < n_parts; part++)
        for (size_t i = 0; i < n; i++)
            parts[i] += parts[part * n + i];
}

/* ------------------------------------------------------------------ forward */

/* sum [C] of (x - mean), or of its square. */
static void sum_part(const sfd_batch_map *x, size_t batch, const float *mean, bool square,
                     size_t part, size_t n_parts, double *sum)
{
    memset(sum, 0, x->channels * sizeof *sum);
    for (sfd_batch_span s = {0}; sfd_batch_next_span(&s, batch, x->positions, part, n_parts);)
        for (size_t p = s.first; p < s.end; p++) {
            const float *row = row_at(x, s.sample, p);
            for (size_t c = 0; c < x->channels; c++) {
                const double d = (double)row[c] - (double)mean[c];
                sum[c] += square ? d * d : d;
            }
        }
}

static void sum_batch(const sfd_graph *g, const sfd_batch_map *x, const float *mean, bool square)
{
    const size_t n_parts = (size_t)g->n_threads;
#pragma omp parallel for num_threads(g->n_threads) schedule(static, 1)
    for (size_t part = 0; part < n_parts; part++)
        sum_part(x, g->batch, mean, square, part, n_parts, g->sums + part * x->channels);
    reduce(g->sums, x->channels, n_parts);
}

/* Batch mean and deviation into stats; the running ones follow with PyTorch's unbiased variance. */
static void take_stats(const sfd_graph *g, size_t layer, const sfd_batch_map *z)
{
    const sfd_train_layer *t = &g->layers[layer];
    const size_t n = z->channels;
    const double count = (double)g->batch * (double)z->positions;
    float *mean = g->stats + t->stats, *inverse = mean + n;
    float *running_mean = g->params->value + t->mean, *running_var = g->params->value + t->var;
    sum_batch(g, z, g->zeros, false);
    for (size_t c = 0; c < n; c++)
        mean[c] = (float)(g->sums[c] / count);
    sum_batch(g, z, mean, true);
    for (size_t c = 0; c < n; c++) {
        const double var = g->sums[c] / count, unbiased = g->sums[c] / fmax(count - 1, 1);
        inverse[c] = (float)(1 / sqrt(var + SFD_BN_EPS));
        running_mean[c] += SFD_BN_MOMENTUM * (mean[c] - running_mean[c]);
        running_var[c] += SFD_BN_MOMENTUM * ((float)unbiased - running_var[c]);
    }
}

/* What one layer's elementwise part reads and writes. */
typedef struct norm_maps {
    sfd_batch_map z, y, dy, residual, d_residual; /* residual: only where the layer has one */
    bool norm, sum, relu;
    const float *mean, *inverse, *gamma, *beta; /* norm only */
    size_t batch, n_parts;
} norm_maps;

static norm_maps get_maps(const sfd_graph *g, size_t layer)
{
    const sfd_layer *l = &g->net->layers[layer];
    const sfd_train_layer *t = &g->layers[layer];
    norm_maps m = {.z = sfd_conv_output(g, layer, false),
                   .y = sfd_graph_map(g, g->value, l->output),
                   .dy = sfd_graph_map(g, g->grad, l->output),
                   .norm = *l->norm != '\0',
                   .sum = l->residual != SFD_NO_TENSOR,
                   .relu = l->relu,
                   .batch = g->batch,
                   .n_parts = (size_t)g->n_threads};
    if (m.sum) {
        m.residual = sfd_graph_map(g, g->value, l->residual);
        m.d_residual = sfd_graph_map(g, g->grad, l->residual);
    }
    if (m.norm) {
        m.mean = g->stats + t->stats;
        m.inverse = m.mean + l->cout;
        m.gamma = g->params->value + t->gamma;
        m.beta = g->params->value + t->beta;
    }
    return m;
}

static void forward_row(const norm_maps *m, size_t sample, size_t p)
{
    const size_t n = m->z.channels;
    const float *z = row_at(&m->z, sample, p);
    float *y = row_at(&m->y, sample, p);
    if (m->norm)
        for (size_t c = 0; c < n; c++)
            y[c] = (z[c] - m->mean[c]) * m->inverse[c] * m->gamma[c] + m->beta[c];
    if (m->sum) {
        const float *residual = row_at(&m->residual, sample, p);
        for (size_t c = 0; c < n; c++)
            y[c] += residual[c];
    }
    if (m->relu)
        for (size_t c = 0; c < n; c++)
            y[c] = y[c] < 0 ? 0 : y[c]; /* NaN stays */
}

void sfd_norm_forward(sfd_graph *g, size_t layer)
{
    const norm_maps m = get_maps(g, layer);
    if (m.norm)
        take_stats(g, layer, &m.z);
#pragma omp parallel for num_threads(g->n_threads)
    for (size_t part = 0; part < m.n_parts; part++)
        for (sfd_batch_span s = {0};
             sfd_batch_next_span(&s, m.batch, m.z.positions, part, m.n_parts);)
            for (size_t p = s.first; p < s.end; p++)
                forward_row(&m, s.sample, p);
}

/* ------------------------------------------------------------------ backward */

/* The gradient before ReLU, handed on to the residual. */
static void mask_row(const norm_maps *m, size_t sample, size_t p)
{
    const size_t n = m->dy.channels;
    const float *y = row_at(&m->y, sample, p);
    float *dy = row_at(&m->dy, sample, p);
    if (m->relu)
        for (size_t c = 0; c < n; c++)
            dy[c] = y[c] > 0 ? dy[c] : 0;
    if (m->sum) {
        float *d_residual = row_at(&m->d_residual, sample, p);
        for (size_t c = 0; c < n; c++)
            d_residual[c] += dy[c];
    }
}

/* Masks a part and takes its sums: dy [C], dy * normalised z [C]. */
static void mask_part(const norm_maps *m, size_t part, double *sums)
{
    const size_t n = m->dy.channels;
    memset(sums, 0, 2 * n * sizeof *sums);
    for (sfd_batch_span s = {0};
         sfd_batch_next_span(&s, m->batch, m->dy.positions, part, m->n_parts);)
        for (size_t p = s.first; p < s.end; p++) {
            mask_row(m, s.sample, p);
            if (!m->norm)
                continue;
            const float *dy = row_at(&m->dy, s.sample, p), *z = row_at(&m->z, s.sample, p);
            for (size_t c = 0; c < n; c++) {
                sums[c] += (double)dy[c];
                sums[n + c] += (double)(dy[c] * ((z[c] - m->mean[c]) * m->inverse[c]));
            }
        }
}

/* Replaces z by its gradient. means [2 * C]: of dy, and of dy * normalised z. */
static void normalise_part(const norm_maps *m, size_t part, const double *means)
{
    const size_t n = m->dy.channels;
    for (sfd_batch_span s = {0};
         sfd_batch_next_span(&s, m->batch, m->dy.positions, part, m->n_parts);)
        for (size_t p = s.first; p < s.end; p++) {
            const float *dy = row_at(&m->dy, s.sample, p);
            float *z = row_at(&m->z, s.sample, p);
            for (size_t c = 0; c < n; c++) {
                const float normal = (z[c] - m->mean[c]) * m->inverse[c];
                z[c] = m->gamma[c] * m->inverse[c] *
                       (dy[c] - (float)means[c] - normal * (float)means[n + c]);
            }
        }
}

void sfd_norm_backward(sfd_graph *g, size_t layer)
{
    const sfd_train_layer *t = &g->layers[layer];
    const norm_maps m = get_maps(g, layer);
    const size_t n = m.dy.channels;
#pragma omp parallel for num_threads(g->n_threads) schedule(static, 1)
    for (size_t part = 0; part < m.n_parts; part++)
        mask_part(&m, part, g->sums + part * 2 * n);
    if (!m.norm)
        return;
    reduce(g->sums, 2 * n, m.n_parts);
    for (size_t c = 0; c < n; c++) {
        g->params->grad[t->beta + c] += (float)g->sums[c];
        g->params->grad[t->gamma + c] += (float)g->sums[n + c];
    }
    const double count = (double)m.batch * (double)m.dy.positions;
    for (size_t i = 0; i < 2 * n; i++)
        g->sums[i] /= count;
#pragma omp parallel for num_threads(g->n_threads)
    for (size_t part = 0; part < m.n_parts; part++)
        normalise_part(&m, part, g->sums);
}
