/* SPDX-License-Identifier: Apache-2.0 */
#include "graph/quantised_net.h"

#include "base/alloc.h"
#include "base/random.h"
#include "graph/ops/conv.h"
#include "graph/ops/max_pool.h"
#include "weights/weights_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool ok)
{
    if (!ok)
        abort();
}

static int add_conv(sfd_graph *g, const char *name, int cout, int kernel, int stride, bool relu,
                    int input, int residual)
{
    sfd_conv_attributes a = sfd_conv_defaults(cout);
    a.bias = true;
    a.activation = relu ? SFD_ACTIVATION_RELU : SFD_ACTIVATION_NONE;
    for (int axis = 1; axis < 3; axis++) {
        a.window.kernel[axis] = kernel;
        a.window.stride[axis] = stride;
        a.window.padding[axis] = kernel == 3;
    }
    return sfd_graph_add_conv(g, name, &a, input, residual);
}

void quantised_net_build(sfd_graph *g)
{
    sfd_window pool = sfd_window_one;
    for (int axis = 1; axis < 3; axis++)
        pool.kernel[axis] = pool.stride[axis] = 2;
    *g = (sfd_graph){0};
    snprintf(g->name, sizeof g->name, "small");
    const int picture = sfd_graph_add_input(g, "picture", 3, 2);
    const int stem = add_conv(g, "stem", 8, 3, 1, true, picture, SFD_NO_TENSOR);
    const int a = add_conv(g, "a", 12, 3, 1, true, stem, SFD_NO_TENSOR);
    const int b = add_conv(g, "b", 8, 1, 1, true, a, stem);
    const int c = add_conv(g, "c", 20, 2, 2, false, stem, SFD_NO_TENSOR);
    const int small = sfd_graph_add_max_pool(g, "pool", &pool, b);
    const int parts[2] = {small, c};
    const int join = sfd_graph_concat(g, 2, parts);
    sfd_graph_add_output(g, "out", add_conv(g, "d", 5, 1, 1, false, join, SFD_NO_TENSOR));
    must(!g->failed);
}

static void add_floats(sfd_weights *w, const char *name, int n_dims, const size_t *dims,
                       sfd_random *r, double size, double middle)
{
    float *data;
    size_t n = 1;
    for (int i = 0; i < n_dims; i++)
        n *= dims[i];
    must(sfd_weights_add(w, name, n_dims, dims, &data, NULL) == SFD_OK);
    for (size_t i = 0; i < n; i++)
        data[i] = (float)(middle + size * (sfd_random_unit(r) - 0.5));
}

static void add_one(sfd_weights *w, const char *layer, const char *field, double value,
                    const char *change, double other)
{
    char name[80];
    float *data;
    snprintf(name, sizeof name, "%s.%s", layer, field);
    const bool changed = change && strcmp(name, change) == 0;
    if (changed && isnan(other))
        return;
    must(sfd_weights_add(w, name, 1, (size_t[]){1}, &data, NULL) == SFD_OK);
    *data = (float)(changed ? other : value);
}

static void add_bytes(sfd_weights *w, const char *name, const size_t dims[5], sfd_random *r)
{
    const size_t n = dims[0] * dims[1] * dims[2] * dims[3] * dims[4];
    int8_t *bytes = sfd_malloc_array(n, 1);
    must(bytes != NULL);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (int8_t)((int)(sfd_random_unit(r) * 255) - 127);
    must(sfd_weights_own(w, bytes, NULL) == SFD_OK);
    must(sfd_weights_add_view(w, name, SFD_I8, 5, dims, NULL, (const unsigned char *)bytes, NULL) ==
         SFD_OK);
}

typedef struct layer {
    const char *name;
    size_t cout, cin, kernel;
    double input_scale, zero, residual_scale;
} layer;

/* The stem's map reaches 3 or so, a's 2, join's is signed. */
static const layer layers[] = {{"a", 12, 8, 3, 3.0 / 255, 0, 0},
                               {"b", 8, 12, 1, 2.0 / 255, 0, 3.0 / 255},
                               {"c", 20, 8, 2, 3.0 / 255, 0, 0},
                               {"d", 5, 28, 1, 5.0 / 127, 128, 0}};

sfd_weights *quantised_net_weights(const char *change, double value)
{
    sfd_random r = sfd_random_init(5, 0);
    sfd_weights *w;
    char name[80];
    const size_t stem[5] = {8, 3, 1, 3, 3};
    must(sfd_weights_create(&w, "made", NULL) == SFD_OK);
    add_floats(w, "stem.weight", 5, stem, &r, 1, 0);
    add_floats(w, "stem.bias", 1, stem, &r, 0.5, 0.1);
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        const layer *l = &layers[i];
        const size_t dims[5] = {l->cout, l->cin, 1, l->kernel, l->kernel};
        const double scale = 1.5 / 127 / sqrt((double)(l->cin * l->kernel * l->kernel));
        snprintf(name, sizeof name, "%s.weight", l->name);
        add_bytes(w, name, dims, &r);
        snprintf(name, sizeof name, "%s.weight_scale", l->name);
        add_floats(w, name, 1, dims, &r, scale, scale);
        snprintf(name, sizeof name, "%s.bias", l->name);
        add_floats(w, name, 1, dims, &r, 0.3, 0.1);
        add_one(w, l->name, "input_scale", l->input_scale, change, value);
        add_one(w, l->name, "input_zero_point", l->zero, change, value);
        if (l->residual_scale > 0) {
            add_one(w, l->name, "residual_scale", l->residual_scale, change, value);
            add_one(w, l->name, "residual_zero_point", 0, change, value);
        }
    }
    return w;
}
