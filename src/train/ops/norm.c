/* SPDX-License-Identifier: Apache-2.0 */
/* Batch norm in training, with what follows it: residual sum and ReLU. */
#include "train/ops/conv_impl.h"

#include <math.h>
#include <string.h>

#define BN_MOMENTUM 0.1f

sfd_batch_map sfd_conv_output(const sfd_train_graph *g, const sfd_train_node *n, bool gradient)
{
    const sfd_conv_train *t = n->own;
    sfd_batch_map m =
        gradient ? sfd_train_grads(g, n->node->output) : sfd_train_values(g, n->node->output);
    if (*t->attributes->norm) {
        m.x = sfd_train_kept_sample(g, n, 0);
        m.sample_floats = g->totals.kept_sample / sizeof(float);
        m.ld = m.channels;
    }
    return m;
}

/* ------------------------------------------------------------------ a node's maps */

/* What one node's elementwise part reads and writes. In a narrow map `fold` neighbouring
 * positions are taken as one with fold times the channels C, which vectors fill better; what is
 * known of each channel, [fold][C], then repeats. */
typedef struct norm_maps {
    const sfd_kernels *kernels;
    sfd_batch_map z, y, dy, residual, d_residual; /* residual: only where there is one */
    bool norm, sum, relu;
    bool sum_first; /* of z and the residual, which is then what is normed; else `sum`, after it */
    float *mean, *scale, *shift, *slope; /* of the norm, as in sfd_norm_rows */
    double *sums;                        /* [n_parts][2][fold * C] */
    size_t batch, n_parts, fold;
} norm_maps;

static size_t find_fold(const norm_maps *m)
{
    const sfd_batch_map *all[] = {&m->z, &m->y, &m->dy, &m->residual, &m->d_residual};
    const size_t channels = m->z.channels, positions = m->z.positions;
    size_t fold = 1;
    for (size_t i = 0; i < (m->sum || m->sum_first ? 5 : 3); i++)
        if (all[i]->ld != channels)
            return 1;
    while (2 * fold * channels <= SFD_NORM_FOLD && positions % (2 * fold) == 0)
        fold *= 2;
    return fold;
}

static void fold_map(sfd_batch_map *m, size_t fold)
{
    m->ld *= fold;
    m->channels *= fold;
    m->positions /= fold;
}

static norm_maps get_maps(const sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    const sfd_node *node = n->node;
    norm_maps m = {.kernels = g->kernels,
                   .z = sfd_conv_output(g, n, false),
                   .y = sfd_train_values(g, node->output),
                   .dy = sfd_train_grads(g, node->output),
                   .norm = *t->attributes->norm != '\0',
                   .sum = node->n_inputs > 1 && !t->attributes->norms_sum,
                   .sum_first = t->attributes->norms_sum,
                   .relu = t->attributes->activation == SFD_ACTIVATION_RELU,
                   .sums = sfd_conv_shared(g, t->sums),
                   .batch = g->batch,
                   .n_parts = (size_t)sfd_team_size(g->team)};
    if (m.sum || m.sum_first) {
        m.residual = sfd_train_values(g, node->inputs[1]);
        m.d_residual = sfd_train_grads(g, node->inputs[1]);
    }
    float **rows[] = {&m.mean, &m.scale, &m.shift, &m.slope};
    for (size_t i = 0; i < SFD_NORM_ROWS; i++)
        *rows[i] = (float *)sfd_conv_shared(g, t->norm_rows) + i * t->width;
    sfd_batch_map *all[] = {&m.z, &m.y, &m.dy, &m.residual, &m.d_residual};
    m.fold = find_fold(&m);
    for (size_t i = 0; i < 5; i++)
        fold_map(all[i], m.fold);
    return m;
}

static sfd_norm_map map_at(const sfd_batch_map *m, const sfd_batch_span *s)
{
    return (sfd_norm_map){m->x + s->sample * m->sample_floats + s->first * m->ld, m->ld};
}

/* The maps at a span of positions. */
static sfd_norm_rows rows_at(const norm_maps *m, const sfd_batch_span *s)
{
    sfd_norm_rows r = {.rows = s->end - s->first,
                       .n = m->z.channels,
                       .y = map_at(&m->y, s),
                       .dy = map_at(&m->dy, s),
                       .mean = m->mean,
                       .scale = m->scale,
                       .shift = m->shift,
                       .slope = m->slope,
                       .relu = m->relu};
    if (m->norm)
        r.z = map_at(&m->z, s);
    if (m->sum) {
        r.residual = map_at(&m->residual, s);
        r.d_residual = map_at(&m->d_residual, s);
    }
    return r;
}

/* Makes a row of C values one for every position that is folded into one. */
static void repeat(const norm_maps *m, float *row)
{
    const size_t n = m->z.channels / m->fold;
    for (size_t f = 1; f < m->fold; f++)
        memcpy(row + f * n, row, n * sizeof *row);
}

/* Adds the parts' sums of two kinds, [n_parts][2][fold][C], in order into sums [2][C]. */
static void reduce(const norm_maps *m)
{
    double *sums = m->sums;
    const size_t width = m->z.channels, n = width / m->fold;
    for (size_t part = 1; part < m->n_parts; part++)
        for (size_t i = 0; i < 2 * width; i++)
            sums[i] += sums[part * 2 * width + i];
    for (size_t kind = 0; kind < 2; kind++)
        for (size_t c = 0; c < n; c++) {
            double sum = 0;
            for (size_t f = 0; f < m->fold; f++)
                sum += sums[kind * width + f * n + c];
            sums[kind * n + c] = sum;
        }
}

/* A kernel that sums, over part `part` of all positions, into [2][fold * C]. */
static void sum_part(const norm_maps *m, size_t part,
                     void (*kernel)(const sfd_norm_rows *r, double *one, double *two))
{
    const size_t n = m->z.channels;
    double *sums = m->sums + part * 2 * n;
    memset(sums, 0, 2 * n * sizeof *sums);
    for (sfd_batch_span s = {0};
         sfd_batch_next_span(&s, m->batch, m->z.positions, part, m->n_parts);) {
        const sfd_norm_rows r = rows_at(m, &s);
        kernel(&r, sums, sums + n);
    }
}

/* One that does not. */
static void run_part(const norm_maps *m, size_t part, void (*kernel)(const sfd_norm_rows *r))
{
    for (sfd_batch_span s = {0};
         sfd_batch_next_span(&s, m->batch, m->z.positions, part, m->n_parts);) {
        const sfd_norm_rows r = rows_at(m, &s);
        kernel(&r);
    }
}

/* ------------------------------------------------------------------ forward */

static void moments_part(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    (void)thread;
    sum_part(m, part, m->kernels->norm_moments);
}

/* Batch mean and deviation into stats; the running ones follow with PyTorch's unbiased variance.
 * Moments are taken about the first position's values, which are a few deviations from the mean:
 * the difference of squares loses nothing. */
static void take_stats(const sfd_train_graph *g, const sfd_train_node *node, const norm_maps *m)
{
    const sfd_conv_train *t = node->own;
    const size_t n = m->z.channels / m->fold;
    const double count = (double)(m->batch * m->z.positions * m->fold);
    float *mean = sfd_train_kept(g, node), *inverse = mean + n;
    float *running_mean = g->params->value + t->mean, *running_var = g->params->value + t->var;
    memcpy(mean, m->z.x, n * sizeof *mean);
    memcpy(m->mean, mean, n * sizeof *mean);
    repeat(m, m->mean);
    sfd_team_for(g->team, m->n_parts, moments_part, (void *)m);
    reduce(m);
    for (size_t c = 0; c < n; c++) {
        const double shift = m->sums[c] / count;
        const double var = fmax(m->sums[n + c] / count - shift * shift, 0);
        const double unbiased = var * count / fmax(count - 1, 1);
        mean[c] += (float)shift;
        inverse[c] = (float)(1 / sqrt(var + t->attributes->eps));
        running_mean[c] += BN_MOMENTUM * (mean[c] - running_mean[c]);
        running_var[c] += BN_MOMENTUM * ((float)unbiased - running_var[c]);
    }
}

/* Those of inference. */
static void use_running_stats(const sfd_train_graph *g, const sfd_train_node *node)
{
    const sfd_conv_train *t = node->own;
    const size_t n = (size_t)t->attributes->cout;
    const float *running_var = g->params->value + t->var;
    float *mean = sfd_train_kept(g, node), *inverse = mean + n;
    memcpy(mean, g->params->value + t->mean, n * sizeof *mean);
    for (size_t c = 0; c < n; c++)
        inverse[c] = (float)(1 / sqrt((double)running_var[c] + t->attributes->eps));
}

/* y = (z - mean) / deviation * gamma + beta */
static void set_forward(const sfd_train_graph *g, const sfd_train_node *node, const norm_maps *m)
{
    const sfd_conv_train *t = node->own;
    const size_t n = m->z.channels / m->fold;
    const float *mean = sfd_train_kept(g, node), *inverse = mean + n;
    const float *gamma = g->params->value + t->gamma, *beta = g->params->value + t->beta;
    for (size_t c = 0; c < n; c++) {
        m->mean[c] = mean[c];
        m->scale[c] = inverse[c] * gamma[c];
        m->shift[c] = beta[c];
    }
    repeat(m, m->mean);
    repeat(m, m->scale);
    repeat(m, m->shift);
}

static void forward_part(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    (void)thread;
    run_part(m, part, m->kernels->norm_forward);
}

static void add_part(const norm_maps *m, size_t part, const sfd_batch_map *to,
                     const sfd_batch_map *what)
{
    for (sfd_batch_span s = {0};
         sfd_batch_next_span(&s, m->batch, m->z.positions, part, m->n_parts);)
        for (size_t p = s.first; p < s.end; p++)
            m->kernels->add(to->x + s.sample * to->sample_floats + p * to->ld,
                            what->x + s.sample * what->sample_floats + p * what->ld, to->channels);
}

static void add_residual(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    (void)thread;
    add_part(m, part, &m->z, &m->residual);
}

void sfd_norm_forward(sfd_train_graph *g, const sfd_train_node *n)
{
    norm_maps m = get_maps(g, n);
    if (m.sum_first)
        sfd_team_for(g->team, m.n_parts, add_residual, &m);
    if (m.norm && n->frozen)
        use_running_stats(g, n);
    else if (m.norm)
        take_stats(g, n, &m);
    if (m.norm)
        set_forward(g, n, &m);
    if (m.norm || m.sum || m.relu)
        sfd_team_for(g->team, m.n_parts, forward_part, &m);
}

/* ------------------------------------------------------------------ backward */

static void mask_part(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    (void)thread;
    sum_part(m, part, m->kernels->norm_mask);
}

/* dz = gamma / deviation * (dy - mean of dy - normal * mean of dy * normal), where normal is (z -
 * mean) / deviation; constants of a frozen norm have no part in it. The sums are also those of beta
 * and gamma. */
static void set_backward(const sfd_train_graph *g, const sfd_train_node *node, const norm_maps *m)
{
    const sfd_conv_train *t = node->own;
    const size_t n = m->z.channels / m->fold;
    const double count = (double)(m->batch * m->z.positions * m->fold);
    const float *inverse = (const float *)sfd_train_kept(g, node) + n;
    const float *gamma = g->params->value + t->gamma;
    float *d_gamma = g->params->grad + t->gamma, *d_beta = g->params->grad + t->beta;
    reduce(m);
    for (size_t c = 0; c < n; c++) {
        const double factor = (double)gamma[c] * (double)inverse[c];
        const double sum = node->frozen ? 0 : m->sums[c];
        const double product = node->frozen ? 0 : m->sums[n + c] * (double)inverse[c];
        m->scale[c] = (float)factor;
        m->shift[c] = (float)(-factor * sum / count);
        m->slope[c] = (float)(-factor * (double)inverse[c] * product / count);
        d_beta[c] += (float)sum;
        d_gamma[c] += (float)product;
    }
    repeat(m, m->scale);
    repeat(m, m->shift);
    repeat(m, m->slope);
}

static void normalise_part(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    (void)thread;
    run_part(m, part, m->kernels->norm_backward);
}

/* z has become its gradient, which is that of a residual in it, too. */
static void add_to_residual(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    (void)thread;
    add_part(m, part, &m->d_residual, &m->z);
}

void sfd_norm_backward(sfd_train_graph *g, const sfd_train_node *n)
{
    norm_maps m = get_maps(g, n);
    if (m.norm)
        set_forward(g, n, &m);
    if (m.norm || m.sum || m.relu)
        sfd_team_for(g->team, m.n_parts, mask_part, &m);
    if (!m.norm)
        return;
    set_backward(g, n, &m);
    sfd_team_for(g->team, m.n_parts, normalise_part, &m);
    if (m.sum_first)
        sfd_team_for(g->team, m.n_parts, add_to_residual, &m);
}
