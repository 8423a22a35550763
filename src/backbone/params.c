/* SPDX-License-Identifier: Apache-2.0 */
/* The weight tensors that a network owns: names, shapes, number, random values. */
#include "backbone/net.h"

#include "base/error.h"
#include "base/random.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

sfd_status sfd_net_each_param(const sfd_net *net, sfd_param_fn fn, void *user, sfd_error *err)
{
    sfd_status status = sfd_graph_each_param(&net->graph, fn, user, err);
    const size_t dims[2] = {(size_t)net->config.num_classes, (size_t)net->n_features};
    if (status == SFD_OK)
        status = fn(user, "head.projection.weight", 2, dims, err);
    if (status == SFD_OK)
        status = fn(user, "head.projection.bias", 1, dims, err);
    return status;
}

typedef struct name_search {
    const char *name;
    bool found;
} name_search;

static sfd_status compare_name(void *user, const char *name, int n_dims, const size_t *dims,
                               sfd_error *err)
{
    (void)n_dims;
    (void)dims;
    (void)err;
    name_search *search = user;
    search->found = search->found || strcmp(search->name, name) == 0;
    return SFD_OK;
}

bool sfd_net_has_param(const sfd_net *net, const char *tensor_name)
{
    name_search search = {tensor_name, false};
    sfd_net_each_param(net, compare_name, &search, NULL);
    return search.found;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static sfd_status count_param(void *user, const char *name, int n_dims, const size_t *dims,
                              sfd_error *err)
{
    (void)err;
    size_t n = 1, *total = user;
    for (int i = 0; i < n_dims; i++)
        n *= dims[i];
    if (!ends_with(name, ".running_mean") && !ends_with(name, ".running_var"))
        *total += n;
    return SFD_OK;
}

size_t sfd_net_count_params(const sfd_net *net)
{
    size_t total = 0;
    sfd_net_each_param(net, count_param, &total, NULL);
    return total;
}

/* ------------------------------------------------------------------ random weights */

/* Uniform in [low, high) from 24 bits: exact in float, so no rounding mode or libm can change it.
 */
static float uniform(sfd_random *random, float low, float high)
{
    return low + (high - low) * sfd_random_unit_f32(random);
}

typedef struct random_fill {
    sfd_weights *weights;
    sfd_random random;
} random_fill;

/* Variance of a tensor's weights times its fan-in: 2 keeps the scale through a ReLU, 1 without one.
 * The last convolution of a residual branch adds little, so that the sum over many blocks does not
 * grow. */
static float gain_of(const char *name)
{
    if (ends_with(name, ".branch2.c.weight"))
        return 0.1f;
    const bool linear =
        ends_with(name, ".branch1.weight") || strcmp(name, "head.projection.weight") == 0;
    return linear ? 1.0f : 2.0f;
}

static void fill_weights(random_fill *r, const char *name, const size_t *dims, int n_dims, float *w)
{
    size_t fan_in = 1;
    for (int i = 1; i < n_dims; i++)
        fan_in *= dims[i];
    const float bound = sqrtf(3.0f * gain_of(name) / (float)fan_in);
    for (size_t i = 0; i < dims[0] * fan_in; i++)
        w[i] = uniform(&r->random, -bound, bound);
}

static sfd_status add_random(void *user, const char *name, int n_dims, const size_t *dims,
                             sfd_error *err)
{
    random_fill *r = user;
    float *w, low = -0.1f, high = 0.1f;
    sfd_status status = sfd_weights_add(r->weights, name, n_dims, dims, &w, err);
    if (status != SFD_OK)
        return status;
    if (n_dims > 1) {
        fill_weights(r, name, dims, n_dims, w);
        return SFD_OK;
    }
    if (ends_with(name, ".running_var") || ends_with(name, "bn.weight")) {
        low = 0.8f;
        high = 1.2f;
    }
    for (size_t i = 0; i < dims[0]; i++)
        w[i] = uniform(&r->random, low, high);
    return SFD_OK;
}

sfd_status sfd_net_random_weights(sfd_weights **out, const sfd_net *net, uint64_t seed,
                                  sfd_error *err)
{
    random_fill r = {NULL, {seed}};
    char origin[96];
    snprintf(origin, sizeof origin, "%s with random weights", net->config.name);
    *out = NULL;
    sfd_status status = sfd_weights_create(&r.weights, origin, err);
    if (status == SFD_OK)
        status = sfd_net_each_param(net, add_random, &r, err);
    if (status != SFD_OK) {
        sfd_weights_close(r.weights);
        return status;
    }
    *out = r.weights;
    return SFD_OK;
}
