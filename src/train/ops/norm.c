/* SPDX-License-Identifier: Apache-2.0 */
/* Batch norm in training, with what follows it: residual sum and ReLU. */
#include "train/ops/conv_impl.h"

#include <math.h>
#include <string.h>

#define BN_MOMENTUM 0.1f
#define BLOCK_ROWS  64 /* summed in float before they are added to a double */
#define LANES       16 /* channels that are summed side by side */

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

static float *row_at(const sfd_batch_map *m, size_t sample, size_t position)
{
    return m->x + sample * m->sample_floats + position * m->ld;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* ------------------------------------------------------------------ a node's maps */

/* What one node's elementwise part reads and writes. In a narrow map `fold` neighbouring
 * positions are taken as one with fold times the channels C, which vectors fill better; what is
 * known of each channel, [fold][C], then repeats. */
typedef struct norm_maps {
    sfd_batch_map z, y, dy, residual, d_residual; /* residual: only where there is one */
    bool norm, sum, relu;
    float *mean, *inverse, *gamma, *beta; /* of the norm */
    float *mean_dy, *mean_product;        /* backward: of dy and of dy * normalised z */
    double *sums;                         /* [n_parts][2][fold * C] */
    size_t batch, n_parts, fold;
} norm_maps;

static size_t find_fold(const norm_maps *m)
{
    const sfd_batch_map *all[] = {&m->z, &m->y, &m->dy, &m->residual, &m->d_residual};
    const size_t channels = m->z.channels, positions = m->z.positions;
    size_t fold = 1;
    for (size_t i = 0; i < (m->sum ? 5 : 3); i++)
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

/* A row for every position that is folded into one. */
static void repeat(const norm_maps *m, const float *from, float *to)
{
    const size_t n = m->z.channels / m->fold;
    for (size_t f = 0; f < m->fold; f++)
        memcpy(to + f * n, from, n * sizeof *to);
}

static norm_maps get_maps(const sfd_train_graph *g, const sfd_train_node *n)
{
    const sfd_conv_train *t = n->own;
    const sfd_node *node = n->node;
    norm_maps m = {.z = sfd_conv_output(g, n, false),
                   .y = sfd_train_values(g, node->output),
                   .dy = sfd_train_grads(g, node->output),
                   .norm = *t->attributes->norm != '\0',
                   .sum = node->n_inputs > 1,
                   .relu = t->attributes->activation == SFD_ACTIVATION_RELU,
                   .sums = sfd_conv_shared(g, t->sums),
                   .batch = g->batch,
                   .n_parts = (size_t)sfd_team_size(g->team)};
    if (m.sum) {
        m.residual = sfd_train_values(g, node->inputs[1]);
        m.d_residual = sfd_train_grads(g, node->inputs[1]);
    }
    float **rows[] = {&m.mean, &m.inverse, &m.gamma, &m.beta, &m.mean_dy, &m.mean_product};
    for (size_t i = 0; i < SFD_NORM_ROWS; i++)
        *rows[i] = (float *)sfd_conv_shared(g, t->norm_rows) + i * t->width;
    sfd_batch_map *all[] = {&m.z, &m.y, &m.dy, &m.residual, &m.d_residual};
    m.fold = find_fold(&m);
    for (size_t i = 0; i < 5; i++)
        fold_map(all[i], m.fold);
    return m;
}

static void get_stats(const sfd_train_graph *g, const sfd_train_node *n, const norm_maps *m)
{
    const sfd_conv_train *t = n->own;
    const float *mean = sfd_train_kept(g, n);
    repeat(m, mean, m->mean);
    repeat(m, mean + t->attributes->cout, m->inverse);
    repeat(m, g->params->value + t->gamma, m->gamma);
    repeat(m, g->params->value + t->beta, m->beta);
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

/* ------------------------------------------------------------------ forward */

/* Adds the sums of `width` channels of (x - shift) and of its square. */
static inline void add_moments(const float *x, size_t ld, size_t rows, size_t width,
                               const float *shift, double *sum, double *square)
{
    float one[LANES] = {0}, two[LANES] = {0};
    for (size_t r = 0; r < rows; r++, x += ld)
        for (size_t c = 0; c < width; c++) {
            const float d = x[c] - shift[c];
            one[c] += d;
            two[c] += d * d;
        }
    for (size_t c = 0; c < width; c++) {
        sum[c] += (double)one[c];
        square[c] += (double)two[c];
    }
}

/* Sums of a part, [2][fold * C]: of (z - mean), and of its square. */
static void moments_part(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    const size_t n = m->z.channels;
    double *sums = m->sums + part * 2 * n;
    (void)thread;
    memset(sums, 0, 2 * n * sizeof *sums);
    for (sfd_batch_span s = {0};
         sfd_batch_next_span(&s, m->batch, m->z.positions, part, m->n_parts);)
        for (size_t p = s.first; p < s.end; p += BLOCK_ROWS)
            for (size_t c = 0; c < n; c += LANES) {
                const float *x = row_at(&m->z, s.sample, p) + c;
                const size_t rows = smaller(BLOCK_ROWS, s.end - p);
                if (n - c >= LANES)
                    add_moments(x, m->z.ld, rows, LANES, m->mean + c, sums + c, sums + n + c);
                else
                    add_moments(x, m->z.ld, rows, n - c, m->mean + c, sums + c, sums + n + c);
            }
}

/* Batch mean and deviation into stats; the running ones follow with PyTorch's unbiased variance.
 * Moments are taken about the first position's values, which are a few deviations from the mean:
 * the difference of squares loses nothing. */
static void take_stats(const sfd_train_graph *g, const sfd_train_node *node, norm_maps *m)
{
    const sfd_conv_train *t = node->own;
    const size_t n = m->z.channels / m->fold;
    const double count = (double)(m->batch * m->z.positions * m->fold);
    const double eps = ((const sfd_conv_attributes *)node->node->attributes)->eps;
    float *mean = sfd_train_kept(g, node), *inverse = mean + n;
    float *running_mean = g->params->value + t->mean, *running_var = g->params->value + t->var;
    memcpy(mean, m->z.x, n * sizeof *mean);
    repeat(m, mean, m->mean);
    sfd_team_for(g->team, m->n_parts, moments_part, m);
    reduce(m);
    for (size_t c = 0; c < n; c++) {
        const double shift = m->sums[c] / count;
        const double var = fmax(m->sums[n + c] / count - shift * shift, 0);
        const double unbiased = var * count / fmax(count - 1, 1);
        mean[c] += (float)shift;
        inverse[c] = (float)(1 / sqrt(var + eps));
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

static void forward_part(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    (void)thread;
    for (sfd_batch_span s = {0};
         sfd_batch_next_span(&s, m->batch, m->z.positions, part, m->n_parts);)
        for (size_t p = s.first; p < s.end; p++)
            forward_row(m, s.sample, p);
}

void sfd_norm_forward(sfd_train_graph *g, const sfd_train_node *n)
{
    norm_maps m = get_maps(g, n);
    if (m.norm && n->frozen)
        use_running_stats(g, n);
    else if (m.norm)
        take_stats(g, n, &m);
    if (m.norm)
        get_stats(g, n, &m);
    sfd_team_for(g->team, m.n_parts, forward_part, &m);
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

/* Adds the sums of `width` channels of dy and of dy * normalised z. */
static inline void add_products(const float *dy, size_t dy_ld, const float *z, size_t z_ld,
                                size_t rows, size_t width, const float *mean, const float *inverse,
                                double *sum, double *product)
{
    float one[LANES] = {0}, two[LANES] = {0};
    for (size_t r = 0; r < rows; r++, dy += dy_ld, z += z_ld)
        for (size_t c = 0; c < width; c++) {
            one[c] += dy[c];
            two[c] += dy[c] * ((z[c] - mean[c]) * inverse[c]);
        }
    for (size_t c = 0; c < width; c++) {
        sum[c] += (double)one[c];
        product[c] += (double)two[c];
    }
}

static void sum_rows(const norm_maps *m, size_t sample, size_t first, size_t rows, double *sums)
{
    const size_t n = m->dy.channels;
    for (size_t c = 0; c < n; c += LANES) {
        const float *dy = row_at(&m->dy, sample, first) + c, *z = row_at(&m->z, sample, first) + c;
        if (n - c >= LANES)
            add_products(dy, m->dy.ld, z, m->z.ld, rows, LANES, m->mean + c, m->inverse + c,
                         sums + c, sums + n + c);
        else
            add_products(dy, m->dy.ld, z, m->z.ld, rows, n - c, m->mean + c, m->inverse + c,
                         sums + c, sums + n + c);
    }
}

/* Masks a part and takes its sums [2][fold * C]: dy, dy * normalised z. */
static void mask_part(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    double *sums = m->sums + part * 2 * m->dy.channels;
    (void)thread;
    memset(sums, 0, 2 * m->dy.channels * sizeof *sums);
    for (sfd_batch_span s = {0};
         sfd_batch_next_span(&s, m->batch, m->dy.positions, part, m->n_parts);)
        for (size_t p = s.first; p < s.end; p += BLOCK_ROWS) {
            const size_t rows = smaller(BLOCK_ROWS, s.end - p);
            for (size_t r = 0; r < rows; r++)
                mask_row(m, s.sample, p + r);
            if (m->norm)
                sum_rows(m, s.sample, p, rows, sums);
        }
}

/* Replaces z by its gradient. */
static void normalise_part(void *user, size_t part, int thread)
{
    const norm_maps *m = user;
    (void)thread;
    const size_t n = m->dy.channels;
    for (sfd_batch_span s = {0};
         sfd_batch_next_span(&s, m->batch, m->dy.positions, part, m->n_parts);)
        for (size_t p = s.first; p < s.end; p++) {
            const float *dy = row_at(&m->dy, s.sample, p);
            float *z = row_at(&m->z, s.sample, p);
            for (size_t c = 0; c < n; c++) {
                const float normal = (z[c] - m->mean[c]) * m->inverse[c];
                z[c] = m->gamma[c] * m->inverse[c] *
                       (dy[c] - m->mean_dy[c] - normal * m->mean_product[c]);
            }
        }
}

/* Constants have no part in the gradient. */
static void use_no_sums(const norm_maps *m)
{
    memset(m->mean_dy, 0, m->z.channels * sizeof *m->mean_dy);
    memset(m->mean_product, 0, m->z.channels * sizeof *m->mean_product);
}

/* From the sums to the gradients of beta and gamma, and the means of all positions. */
static void use_sums(sfd_train_graph *g, const sfd_train_node *node, const norm_maps *m)
{
    const sfd_conv_train *t = node->own;
    const size_t n = m->z.channels / m->fold;
    const double count = (double)(m->batch * m->dy.positions * m->fold);
    float *beta = g->params->grad + t->beta, *gamma = g->params->grad + t->gamma;
    reduce(m);
    for (size_t c = 0; c < n; c++) {
        beta[c] += (float)m->sums[c];
        gamma[c] += (float)m->sums[n + c];
        for (size_t f = 0; f < m->fold; f++) {
            m->mean_dy[f * n + c] = (float)(m->sums[c] / count);
            m->mean_product[f * n + c] = (float)(m->sums[n + c] / count);
        }
    }
}

void sfd_norm_backward(sfd_train_graph *g, const sfd_train_node *n)
{
    norm_maps m = get_maps(g, n);
    if (m.norm)
        get_stats(g, n, &m);
    sfd_team_for(g->team, m.n_parts, mask_part, &m);
    if (!m.norm)
        return;
    if (n->frozen)
        use_no_sums(&m);
    else
        use_sums(g, n, &m);
    sfd_team_for(g->team, m.n_parts, normalise_part, &m);
}
