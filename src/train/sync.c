/* SPDX-License-Identifier: Apache-2.0 */
#include "train/sync.h"

#include "base/alloc.h"
#include "base/error.h"
#include "train/op.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 0.99
#define TINY   1e-12 /* of F.normalize */

enum { SEEN, OWN, OTHER, N_MAPS };

sfd_status sfd_train_sync_create(sfd_train_sync *s, const sfd_net *net,
                                 const sfd_train_graph *graph, const sfd_sync_limits *limits,
                                 sfd_error *err)
{
    const size_t width = (size_t)net->sync_width, batch = graph->batch;
    *s = (sfd_train_sync){.net = net, .graph = graph, .limits = *limits};
    for (int i = 0; i < net->n_sync_points; i++) {
        const sfd_sync_point *p = &net->sync_points[i];
        const int seen = sfd_graph_channels(&net->graph, p->seen),
                  heard = sfd_graph_channels(&net->graph, p->heard);
        s->widest = (size_t)seen > s->widest ? (size_t)seen : s->widest;
        s->widest = (size_t)heard > s->widest ? (size_t)heard : s->widest;
    }
    s->counts = sfd_malloc_array(batch, sizeof *s->counts);
    s->means = sfd_malloc_array(batch, N_MAPS * s->widest * sizeof *s->means);
    s->d_means = sfd_malloc_array(batch, N_MAPS * s->widest * sizeof *s->d_means);
    s->points = sfd_malloc_array(N_MAPS, width * sizeof *s->points);
    s->raw = sfd_malloc_array(N_MAPS, width * sizeof *s->raw);
    s->d_point = sfd_malloc_array(N_MAPS, width * sizeof *s->d_point);
    return s->counts && s->means && s->d_means && s->points && s->raw && s->d_point
               ? SFD_OK
               : sfd_fail_nomem(err, net->config.name);
}

void sfd_train_sync_free(sfd_train_sync *s)
{
    free(s->counts);
    free(s->means);
    free(s->d_means);
    free(s->points);
    free(s->raw);
    free(s->d_point);
    *s = (sfd_train_sync){0};
}

/* ------------------------------------------------------------------ samples that count */

static double variance(const float *x, size_t n)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i];
    for (size_t i = 0; i < n; i++)
        squares += ((double)x[i] - sum / (double)n) * ((double)x[i] - sum / (double)n);
    return squares / ((double)n - 1);
}

static double cosine(const float *x, const float *y, size_t n)
{
    double xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        xx += (double)x[i] * (double)x[i];
        yy += (double)y[i] * (double)y[i];
        xy += (double)x[i] * (double)y[i];
    }
    return xy / fmax(sqrt(xx) * sqrt(yy), TINY);
}

static size_t count_samples(sfd_train_sync *s)
{
    const int input = s->net->graph.inputs[s->net->n_pathways].tensor;
    const size_t n = (size_t)(s->net->input.sound.n_steps * s->net->input.sound.n_mels);
    size_t count = 0;
    for (size_t i = 0; i < s->graph->batch; i++) {
        const float *own = sfd_train_graph_value(s->graph, input, i), *other = own + n;
        s->counts[i] = variance(own, n) > s->limits.min_variance &&
                       variance(other, n) > s->limits.min_variance &&
                       cosine(own, other, n) < s->limits.max_likeness;
        count += s->counts[i];
    }
    return count;
}

/* ------------------------------------------------------------------ maps and their means */

typedef struct map_part {
    sfd_batch_map map; /* values, or gradients */
    size_t first, n;   /* positions */
} map_part;

static map_part part_of(const sfd_train_graph *g, const sfd_sync_point *p, int which, bool gradient)
{
    const int tensor = which == SEEN ? p->seen : p->heard;
    map_part m = {.map = gradient ? sfd_train_grads(g, tensor) : sfd_train_values(g, tensor)};
    m.n = which == SEEN ? m.map.positions : m.map.positions / 2;
    m.first = which == OTHER ? m.n : 0;
    return m;
}

typedef struct point_loop {
    const sfd_train_sync *sync;
    const sfd_sync_point *point;
} point_loop;

static void take_means(void *user, size_t sample, int thread)
{
    const point_loop *l = user;
    const sfd_train_sync *s = l->sync;
    (void)thread;
    for (int which = 0; which < N_MAPS; which++) {
        const map_part m = part_of(s->graph, l->point, which, false);
        const float *x = m.map.x + sample * m.map.sample_floats + m.first * m.map.ld;
        float *mean = s->means + (sample * N_MAPS + (size_t)which) * s->widest;
        memset(mean, 0, m.map.channels * sizeof *mean);
        for (size_t i = 0; i < m.n; i++)
            s->graph->kernels->add_scaled(mean, x + i * m.map.ld, 1 / (float)m.n, m.map.channels);
    }
}

static void spread_gradients(void *user, size_t sample, int thread)
{
    const point_loop *l = user;
    const sfd_train_sync *s = l->sync;
    (void)thread;
    for (int which = 0; s->counts[sample] && which < N_MAPS; which++) {
        if (!sfd_train_graph_wants(s->graph, which == SEEN ? l->point->seen : l->point->heard))
            continue;
        const map_part m = part_of(s->graph, l->point, which, true);
        const float *d_mean = s->d_means + (sample * N_MAPS + (size_t)which) * s->widest;
        float *dx = m.map.x + sample * m.map.sample_floats + m.first * m.map.ld;
        for (size_t i = 0; i < m.n; i++)
            s->graph->kernels->add_scaled(dx + i * m.map.ld, d_mean, 1 / (float)m.n,
                                          m.map.channels);
    }
}

/* ------------------------------------------------------------------ projections */

typedef struct projection {
    const float *weight, *bias; /* [width][n_in], [width] */
    float *d_weight, *d_bias;
    size_t n_in, width;
} projection;

static projection find_projection(const sfd_train_sync *s, const sfd_sync_point *p, int which)
{
    const char *field = which == SEEN ? "ref_fc" : "query_fc";
    const sfd_params *params = s->graph->params;
    char name[SFD_MAX_TENSOR_NAME];
    snprintf(name, sizeof name, "%s.avs.%s.weight", p->name, field);
    const sfd_param *weight = sfd_params_find(params, name);
    snprintf(name, sizeof name, "%s.avs.%s.bias", p->name, field);
    const sfd_param *bias = sfd_params_find(params, name);
    return (projection){.weight = params->value + weight->at,
                        .bias = params->value + bias->at,
                        .d_weight = params->grad + weight->at,
                        .d_bias = params->grad + bias->at,
                        .n_in = weight->dims[1],
                        .width = weight->dims[0]};
}

static double length_of(const double *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * v[i];
    return sqrt(sum);
}

/* To half a unit from the origin: distances are at most 1. */
static void project(const projection *p, const float *x, double *raw, double *point)
{
    for (size_t k = 0; k < p->width; k++) {
        raw[k] = (double)p->bias[k];
        for (size_t i = 0; i < p->n_in; i++)
            raw[k] += (double)p->weight[k * p->n_in + i] * (double)x[i];
    }
    const double length = fmax(length_of(raw, p->width), TINY);
    for (size_t k = 0; k < p->width; k++)
        point[k] = raw[k] / length * 0.5;
}

/* From a point's gradient to that of x, which is set, and the projection's. */
static void project_backward(const projection *p, const float *x, const double *raw,
                             const double *d_point, float *d_x)
{
    const double length = fmax(length_of(raw, p->width), TINY);
    double along = 0;
    for (size_t k = 0; k < p->width; k++)
        along += d_point[k] * raw[k] / length;
    memset(d_x, 0, p->n_in * sizeof *d_x);
    for (size_t k = 0; k < p->width; k++) {
        const float d = (float)(0.5 / length * (d_point[k] - along * raw[k] / length));
        p->d_bias[k] += d;
        for (size_t i = 0; i < p->n_in; i++) {
            p->d_weight[k * p->n_in + i] += d * x[i];
            d_x[i] += d * p->weight[k * p->n_in + i];
        }
    }
}

/* ------------------------------------------------------------------ the loss */

/* Of one sample, before the mean; d_point, times `weight`. */
static double compare(const sfd_train_sync *s, double weight)
{
    const size_t n = (size_t)s->net->sync_width;
    const double *seen = s->points, *own = seen + n, *other = own + n;
    double *d_seen = s->d_point, *d_own = d_seen + n, *d_other = d_own + n;
    double near = 0, far = 0;
    for (size_t k = 0; k < n; k++) {
        near += (seen[k] - own[k]) * (seen[k] - own[k]);
        far += (seen[k] - other[k]) * (seen[k] - other[k]);
    }
    far = sqrt(far);
    const double lacks = fmax(MARGIN - far, 0);
    for (size_t k = 0; k < n; k++) {
        const double pull = 2 * weight * (seen[k] - own[k]);
        const double push = far > 0 ? 2 * weight * lacks * (seen[k] - other[k]) / far : 0;
        d_seen[k] = pull - push;
        d_own[k] = -pull;
        d_other[k] = push;
    }
    return near + lacks * lacks;
}

static double sample_loss(const sfd_train_sync *s, const projection p[N_MAPS], size_t sample,
                          double weight)
{
    const size_t n = (size_t)s->net->sync_width;
    const float *means = s->means + sample * N_MAPS * s->widest;
    float *d_means = s->d_means + sample * N_MAPS * s->widest;
    for (size_t i = 0; i < N_MAPS; i++)
        project(&p[i], means + i * s->widest, s->raw + i * n, s->points + i * n);
    const double loss = compare(s, weight);
    for (size_t i = 0; i < N_MAPS; i++)
        project_backward(&p[i], means + i * s->widest, s->raw + i * n, s->d_point + i * n,
                         d_means + i * s->widest);
    return loss;
}

static double point_loss(const sfd_train_sync *s, const sfd_sync_point *point, size_t n,
                         double weight)
{
    const double scale = 1 / (2 * (double)n + 1e-8);
    point_loop l = {s, point};
    projection p[N_MAPS];
    double loss = 0;
    for (int i = 0; i < N_MAPS; i++)
        p[i] = find_projection(s, point, i);
    sfd_team_for(s->graph->team, s->graph->batch, take_means, &l);
    for (size_t i = 0; i < s->graph->batch; i++)
        if (s->counts[i])
            loss += sample_loss(s, p, i, weight * scale);
    sfd_team_for(s->graph->team, s->graph->batch, spread_gradients, &l);
    return loss * scale;
}

/* Behind a place where sound has joined it would be no question. */
static int last_place(const sfd_train_sync *s)
{
    int after = 0;
    while (after < SFD_N_STAGES && (s->graph->skips || !(s->net->config.audio.fused >> after & 1)))
        after++;
    return after;
}

double sfd_train_sync_step(sfd_train_sync *s, double weight)
{
    const size_t n = count_samples(s);
    double loss = 0;
    for (int i = 0; n > 0 && i < s->net->n_sync_points; i++)
        if (s->net->sync_points[i].after <= last_place(s))
            loss += point_loss(s, &s->net->sync_points[i], n, weight);
    return loss;
}
