/* SPDX-License-Identifier: Apache-2.0 */
/* The weight tensors of a network and its head: names, shapes, number, random values. */
#include "detect/params.h"

#include "base/error.h"
#include "base/random.h"
#include "detect/head.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

sfd_status sfd_model_each_param(const sfd_net *net, sfd_param_fn fn, void *user, sfd_error *err)
{
    sfd_head_desc head;
    sfd_head_describe(&head, net);
    sfd_status status = sfd_graph_each_param(&net->graph, fn, user, err);
    if (status == SFD_OK)
        status = sfd_graph_each_param(&net->relation, fn, user, err);
    return status == SFD_OK ? sfd_classifier_each_param(&head.classifier, fn, user, err) : status;
}

typedef struct name_search {
    const char *name;
    bool found;
} name_search;

static sfd_status compare_name(void *user, const sfd_param_desc *p, sfd_error *err)
{
    name_search *search = user;
    (void)err;
    search->found = search->found || strcmp(search->name, p->name) == 0;
    return SFD_OK;
}

bool sfd_model_has_param(const sfd_net *net, const char *tensor_name)
{
    name_search search = {tensor_name, false};
    sfd_model_each_param(net, compare_name, &search, NULL);
    return search.found;
}

static sfd_status count_param(void *user, const sfd_param_desc *p, sfd_error *err)
{
    size_t *total = user;
    (void)err;
    *total += sfd_param_is_learned(p) ? sfd_param_elements(p) : 0;
    return SFD_OK;
}

size_t sfd_model_count_params(const sfd_net *net)
{
    size_t total = 0;
    sfd_model_each_param(net, count_param, &total, NULL);
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

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* Variance of a tensor's weights times its fan-in: 2 keeps the scale through a ReLU, 1 without one.
 * The last convolution of a residual branch adds little, so that the sum over many blocks does not
 * grow. */
static float gain_of(const sfd_param_desc *p)
{
    if (ends_with(p->name, ".branch2.c.weight"))
        return 0.1f;
    return p->n_dims == 2 || ends_with(p->name, ".branch1.weight") ? 1.0f : 2.0f;
}

static sfd_status add_random(void *user, const sfd_param_desc *p, sfd_error *err)
{
    random_fill *r = user;
    float *w, low = -0.1f, high = 0.1f;
    sfd_status status = sfd_weights_add(r->weights, p->name, p->n_dims, p->dims, &w, err);
    if (status != SFD_OK)
        return status;
    if (p->role == SFD_PARAM_WEIGHT) {
        high = sqrtf(3.0f * gain_of(p) / (float)(sfd_param_elements(p) / p->dims[0]));
        low = -high;
    } else if (p->role == SFD_PARAM_GAIN || p->role == SFD_PARAM_VARIANCE) {
        low = 0.8f;
        high = 1.2f;
    }
    for (size_t i = 0; i < sfd_param_elements(p); i++)
        w[i] = uniform(&r->random, low, high);
    return SFD_OK;
}

sfd_status sfd_random_weights(sfd_weights **out, const sfd_net *net, uint64_t seed, sfd_error *err)
{
    random_fill r = {NULL, {seed}};
    char origin[96];
    snprintf(origin, sizeof origin, "%s with random weights", net->config.name);
    *out = NULL;
    sfd_status status = sfd_weights_create(&r.weights, origin, err);
    if (status == SFD_OK)
        status = sfd_model_each_param(net, add_random, &r, err);
    if (status != SFD_OK) {
        sfd_weights_close(r.weights);
        return status;
    }
    *out = r.weights;
    return SFD_OK;
}
