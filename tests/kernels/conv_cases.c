/* SPDX-License-Identifier: Apache-2.0 */
/* Random convolutions. */
#include "kernels/conv_cases.h"

#include "kernels/value.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GUARD 64

/* Emulators make the plain loops slow: smaller shapes reach every algorithm, too. */
#ifdef SFD_EMULATED
#define MOST_TIME  5  /* frames */
#define MOST_SIDE  9  /* positions */
#define MOST_WIDTH 40 /* of a stem */
#else
#define MOST_TIME  9
#define MOST_SIDE  19
#define MOST_WIDTH 120
#endif

/* Kinds of layers: kernel, stride, dilation per axis; padding follows. */
typedef struct conv_kind {
    const char *name;
    int kernel[3], stride[3], dilation[3];
} conv_kind;

static const conv_kind kinds[] = {
    {"1x1x1", {1, 1, 1}, {1, 1, 1}, {1, 1, 1}},
    {"1x1x1/2", {1, 1, 1}, {1, 2, 2}, {1, 1, 1}},
    {"3x1x1", {3, 1, 1}, {1, 1, 1}, {1, 1, 1}},
    {"1x3x3", {1, 3, 3}, {1, 1, 1}, {1, 1, 1}},
    {"1x3x3/2", {1, 3, 3}, {1, 2, 2}, {1, 1, 1}},
    {"1x3x3 dilated", {1, 3, 3}, {1, 1, 1}, {1, 2, 2}},
    {"1x3x3 dilated 3", {1, 3, 3}, {1, 1, 1}, {1, 3, 3}},
    {"slow stem", {1, 7, 7}, {1, 2, 2}, {1, 1, 1}},
    {"fast stem", {5, 7, 7}, {1, 2, 2}, {1, 1, 1}},
    {"lateral 5", {5, 1, 1}, {4, 1, 1}, {1, 1, 1}},
    {"lateral 7", {7, 1, 1}, {8, 1, 1}, {1, 1, 1}},
    {"3x3x3", {3, 3, 3}, {1, 1, 1}, {1, 1, 1}},
};

static const int channel_choices[] = {1,  2,  3,  4,  7,  8,  12, 15, 16,
                                      17, 24, 31, 32, 33, 40, 48, 64, 80};

static const int few_channels[4] = {4, 8, 8, 12}; /* of a stem */

/* Any number, or one that fills vector registers: some algorithms take only those. */
static int pick_channels(test_random *r, bool vectors)
{
    static const int full[] = {16, 32, 48, 64, 96, 144};
    if (vectors)
        return full[random_int(r, 0, (int)(sizeof full / sizeof *full) - 1)];
    return channel_choices[random_int(r, 0,
                                      (int)(sizeof channel_choices / sizeof *channel_choices) - 1)];
}

/* Mostly one; more than two stand for a grouped or depthwise convolution. */
static int pick_groups(test_random *r)
{
    static const int several[] = {2, 2, 4, 8, 16, 3};
    return random_int(r, 0, 4) ? 1 : several[random_int(r, 0, 5)];
}

/* As many channels out as in, one a group or a few. */
static void pick_grouped_channels(test_random *r, sfd_conv_shape *s)
{
    static const int each[] = {2, 4, 8, 16};
    if (random_int(r, 0, 1))
        s->cin = s->groups *= each[random_int(r, 0, 3)];
    else
        s->cin = s->groups * each[random_int(r, 0, 3)];
    s->cout = s->cin;
}

static bool set_out_sizes(sfd_conv_shape *s)
{
    for (int a = 0; a < 3; a++) {
        const int room = s->in[a] + 2 * s->padding[a] - s->dilation[a] * (s->kernel[a] - 1) - 1;
        if (room < 0)
            return false;
        s->out[a] = room / s->stride[a] + 1;
    }
    return true;
}

conv_case conv_random_case(unsigned seed)
{
    test_random r = {seed};
    conv_case c;
    do {
        const conv_kind *kind = &kinds[random_int(&r, 0, (int)(sizeof kinds / sizeof *kinds) - 1)];
        c = (conv_case){.name = kind->name, .seed = seed};
        sfd_conv_shape *s = &c.shape;
        memcpy(s->kernel, kind->kernel, sizeof s->kernel);
        memcpy(s->stride, kind->stride, sizeof s->stride);
        memcpy(s->dilation, kind->dilation, sizeof s->dilation);
        for (int a = 0; a < 3; a++) {
            s->padding[a] = s->kernel[a] / 2 * s->dilation[a];
            s->in[a] = random_int(&r, 1, a == 0 ? MOST_TIME : MOST_SIDE);
        }
        s->groups = pick_groups(&r);
        const bool vectors = random_int(&r, 0, 1);
        s->cin = pick_channels(&r, vectors) * s->groups;
        s->cout = pick_channels(&r, vectors) * s->groups;
        if (s->groups > 2)
            pick_grouped_channels(&r, s);
        if (strstr(kind->name, "stem") && s->groups <= 2) {
            s->cin = 3 * s->groups;
            s->cout = vectors ? s->cout : few_channels[random_int(&r, 0, 3)] * s->groups;
            s->in[2] = random_int(&r, 1, MOST_WIDTH);
        }
        s->x_ld = (size_t)(s->cin + random_int(&r, 0, 1) * 5);
        s->y_ld = (size_t)(s->cout + random_int(&r, 0, 1) * 3);
        s->activation = (sfd_activation)random_int(&r, 0, 2);
        s->n_threads = random_int(&r, 1, 9);
        c.residual = random_int(&r, 0, 1);
        c.in_place = c.residual && random_int(&r, 0, 1);
        s->residual_ld = c.in_place ? s->y_ld : (size_t)s->cout;
    } while (!set_out_sizes(&c.shape));
    return c;
}

conv_case conv_random_bf16_case(unsigned seed)
{
    test_random r = {seed * 31u + 5};
    conv_case c = conv_random_case(seed);
    sfd_conv_shape *s = &c.shape;
    s->x_ld += s->x_ld % 2; /* as a plan has them */
    s->x_type = strstr(c.name, "stem") || !random_int(&r, 0, 5) ? SFD_F32 : SFD_BF16;
    s->y_type = s->x_type == SFD_F32 || random_int(&r, 0, 3) ? SFD_BF16 : SFD_F32;
    s->residual_type = c.in_place || random_int(&r, 0, 3) ? s->y_type : SFD_F32;
    return c;
}

static float *alloc_floats(size_t n)
{
    float *p = NULL;
    assert_int_equal(posix_memalign((void **)&p, 64, (n + 16) * sizeof *p), 0);
    return p;
}

void conv_make_data(conv_data *d, const conv_case *c, bool integers)
{
    const sfd_conv_shape *s = &c->shape;
    test_random r = {c->seed * 77u + 1};
    d->n_x = (size_t)s->in[0] * (size_t)s->in[1] * (size_t)s->in[2] * s->x_ld;
    d->n_w = (size_t)s->cout * (size_t)(s->cin / s->groups) * sfd_conv_taps(s);
    d->n_residual = sfd_conv_positions(s) * s->residual_ld;
    d->x = alloc_floats(d->n_x);
    d->w = alloc_floats(d->n_w);
    d->bias = alloc_floats((size_t)s->cout);
    d->residual = alloc_floats(d->n_residual);
    if (integers) {
        random_fill_ints(&r, d->x, d->n_x, 8);
        random_fill_ints(&r, d->w, d->n_w, 8);
        random_fill_ints(&r, d->bias, (size_t)s->cout, 8);
        random_fill_ints(&r, d->residual, d->n_residual, 8);
    } else {
        random_fill_reals(&r, d->x, d->n_x);
        random_fill_reals(&r, d->w, d->n_w);
        random_fill_reals(&r, d->bias, (size_t)s->cout);
        random_fill_reals(&r, d->residual, d->n_residual);
    }
}

void conv_free_data(conv_data *d)
{
    free(d->x);
    free(d->w);
    free(d->bias);
    free(d->residual);
}

/* n values as a map of a type, with room behind them. */
static void *typed_copy(const float *values, size_t n, sfd_dtype type)
{
    float *map = alloc_floats(n);
    for (size_t i = 0; i < n; i++)
        sfd_value_set(map, i, type, values[i]);
    return map;
}

/* The output: guard values on both sides, and between rows where y_ld > cout. */
typedef struct guarded {
    void *memory;
    size_t n; /* values without guards */
    sfd_dtype type;
} guarded;

#define UNTOUCHED (-12352.0f) /* a number in bfloat16, too */

static guarded make_output(const conv_case *c, const conv_data *d)
{
    const sfd_conv_shape *s = &c->shape;
    guarded g = {.n = sfd_conv_positions(s) * s->y_ld, .type = s->y_type};
    g.memory = alloc_floats(g.n + 2 * GUARD);
    for (size_t i = 0; i < g.n + 2 * GUARD; i++)
        sfd_value_set(g.memory, i, g.type, UNTOUCHED);
    for (size_t p = 0; c->in_place && p < sfd_conv_positions(s); p++)
        for (size_t i = 0; i < sfd_conv_cout(s); i++)
            sfd_value_set(g.memory, GUARD + p * s->y_ld + i, g.type,
                          d->residual[p * s->residual_ld + i]);
    return g;
}

static void *output_map(const guarded *g)
{
    return (char *)g->memory + GUARD * sfd_dtype_size(g->type);
}

static bool is_untouched(const guarded *g, size_t i)
{
    return sfd_value_get(g->memory, i, g->type) == UNTOUCHED;
}

static void check_guards(const conv_case *c, const guarded *g, const char *name)
{
    const sfd_conv_shape *s = &c->shape;
    for (size_t i = 0; i < GUARD; i++)
        if (!is_untouched(g, i) || !is_untouched(g, GUARD + g->n + i))
            fail_msg("%s %s seed=%u wrote outside the output", name, c->name, c->seed);
    for (size_t p = 0; p < sfd_conv_positions(s); p++)
        for (size_t i = (size_t)s->cout; i < s->y_ld; i++)
            if (!is_untouched(g, GUARD + p * s->y_ld + i))
                fail_msg("%s %s seed=%u wrote between the rows", name, c->name, c->seed);
}

float *conv_run(const sfd_conv_algorithm *algorithm, const conv_case *c, conv_data *d)
{
    const sfd_conv_shape *s = &c->shape;
    float *prepared = alloc_floats(algorithm->weight_floats(s));
    float *scratch = alloc_floats(algorithm->scratch_floats(s));
    memset(scratch, 0xFF, algorithm->scratch_floats(s) * sizeof *scratch); /* NaN */
    const guarded out = make_output(c, d);
    void *x = typed_copy(d->x, d->n_x, s->x_type);
    void *residual = typed_copy(d->residual, d->n_residual, s->residual_type);
    algorithm->prepare(s, d->w, prepared);
    const sfd_conv_io io = {x, prepared, d->bias,
                            !c->residual  ? NULL
                            : c->in_place ? output_map(&out)
                                          : residual,
                            output_map(&out)};
    for (size_t tile = 0; tile < algorithm->n_tiles(s); tile++)
        algorithm->run_tile(s, &io, tile, scratch);
    check_guards(c, &out, algorithm->name);
    float *y = alloc_floats(out.n);
    for (size_t i = 0; i < out.n; i++)
        y[i] = sfd_value_get(out.memory, GUARD + i, out.type);
    free(prepared);
    free(scratch);
    free(x);
    free(residual);
    free(out.memory);
    return y;
}
