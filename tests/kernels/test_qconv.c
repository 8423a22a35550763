/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution of bytes: the plain one against sums and roundings worked out here in double, all
 * others against the plain one bit for bit, on random shapes, with every kind of residual and
 * output, nothing written outside. */
#include "base/alloc.h"
#include "base/random.h"
#include "kernels/conv_cases.h"
#include "kernels/dense/blas.h"
#include "kernels/sets.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GUARD 64

/* A case with its data. */
typedef struct qcase {
    sfd_conv_shape s;
    sfd_qconv_io io;
    uint8_t *x;
    int8_t *w;
    float *scale, *bias;
    void *residual;
    size_t y_bytes; /* with guards */
    unsigned seed;
} qcase;

static size_t below(sfd_random *r, size_t n)
{
    return sfd_random_below(r, n);
}

static void make_shape(sfd_conv_shape *s, unsigned seed, sfd_random *r)
{
    for (unsigned i = 0;; i++) { /* conv_cases' shapes of one group */
        *s = conv_random_case(seed + 1000 * i).shape;
        if (s->groups == 1)
            break;
    }
    s->x_ld = (size_t)s->cin + below(r, 3);
    s->y_ld = (size_t)s->cout + below(r, 3);
    s->residual_ld = (size_t)s->cout + below(r, 3);
    if (seed % 7 == 0)
        s->cin = 1 + (int)below(r, (size_t)s->cin); /* a slice of its rows */
}

static void fill_bytes(uint8_t *p, size_t n, sfd_random *r)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)sfd_random_bits(r);
}

/* Every seventh case has nothing but the largest values: sums reach their bounds. */
static void fill_extreme(qcase *c, size_t n_x, size_t n_w)
{
    memset(c->x, 255, n_x);
    for (size_t i = 0; i < n_w; i++)
        c->w[i] = i % 3 ? -128 : 127;
}

static void make_residual(qcase *c, size_t positions, sfd_random *r)
{
    const size_t n = positions * c->s.residual_ld;
    c->io.residual_type = below(r, 2) ? SFD_U8 : SFD_F32;
    c->residual = malloc(n * sizeof(float));
    fill_bytes(c->residual, n, r);
    for (size_t i = n; c->io.residual_type == SFD_F32 && i-- > 0;)
        ((float *)c->residual)[i] = 0.37f * (float)((uint8_t *)c->residual)[i % n] - 20;
    c->io.residual = c->residual;
    c->io.residual_scale = 0.11f * (float)(1 + below(r, 9));
}

/* Arguments from -40 to 40 or so, some far beyond, where exp is kept within its limits. */
static void make_silu(qcase *c, size_t channels, sfd_random *r)
{
    const float factor = below(r, 8) ? 0.2f : 1e4f;
    c->io.silu = true;
    c->io.silu_scale = 4 * sfd_random_unit_f32(r);
    c->io.silu_zero = 30 * sfd_random_unit_f32(r);
    for (size_t i = 0; i < channels; i++) {
        c->scale[i] *= factor;
        c->bias[i] *= factor;
    }
}

static void make_case(qcase *c, unsigned seed)
{
    sfd_random r = sfd_random_init(seed, 3);
    *c = (qcase){.seed = seed};
    sfd_conv_shape *s = &c->s;
    make_shape(s, seed, &r);
    const size_t n_x = sfd_conv_in_frame(s) * (size_t)s->in[0] * s->x_ld + 3;
    const size_t n_w = sfd_conv_cout(s) * sfd_conv_cin(s) * sfd_conv_taps(s);
    const size_t channels = sfd_conv_cout(s), positions = sfd_conv_positions(s);
    c->x = malloc(n_x);
    c->w = malloc(n_w);
    c->scale = malloc(channels * sizeof *c->scale);
    c->bias = malloc(channels * sizeof *c->bias);
    fill_bytes(c->x, n_x, &r);
    fill_bytes((uint8_t *)c->w, n_w, &r);
    if (seed % 7 == 3)
        fill_extreme(c, n_x, n_w);
    const float largest = 127.0f * 255 * (float)(n_w / channels);
    for (size_t i = 0; i < channels; i++) {
        c->scale[i] = (1 + 30 * sfd_random_unit_f32(&r)) * 100 / largest;
        c->bias[i] = 200 * sfd_random_unit_f32(&r) - 50;
    }
    c->io.x = c->x;
    c->io.x_zero = (uint8_t)below(&r, 256);
    c->io.y_type = below(&r, 2) ? SFD_U8 : SFD_F32;
    const bool bytes = c->io.y_type == SFD_U8;
    c->io.low = bytes ? (float)below(&r, 130) : below(&r, 2) ? 0 : -INFINITY;
    c->io.high = bytes ? 255 : INFINITY;
    if (below(&r, 2))
        make_residual(c, positions, &r);
    if (below(&r, 2))
        make_silu(c, channels, &r);
    c->y_bytes = positions * s->y_ld * (bytes ? 1 : 4) + 2 * GUARD;
}

static void free_case(qcase *c)
{
    free(c->x);
    free(c->w);
    free(c->scale);
    free(c->bias);
    free(c->residual);
}

/* All tiles into memory that was full of 0xA5, with which scratch memory starts, too. */
static uint8_t *run(const sfd_qconv_algorithm *a, qcase *c)
{
    void *weights = sfd_malloc_aligned(a->weight_bytes(&c->s), 1);
    void *scratch = sfd_malloc_aligned(a->scratch_bytes(&c->s) + 64, 1);
    uint8_t *y = sfd_malloc_aligned(c->y_bytes, 1);
    assert_true(weights && scratch && y);
    a->prepare(&c->s, &(sfd_qconv_params){c->w, c->scale, c->bias, c->io.x_zero}, weights);
    memset(y, 0xA5, c->y_bytes);
    c->io.weights = weights;
    c->io.y = y + GUARD;
    for (size_t tile = 0; tile < a->n_tiles(&c->s); tile++) {
        memset(scratch, 0xA5, a->scratch_bytes(&c->s));
        a->run_tile(&c->s, &c->io, tile, scratch);
    }
    free(weights);
    free(scratch);
    return y;
}

static long long exact_sum(const qcase *c, const int at[3], size_t co)
{
    const sfd_conv_shape *s = &c->s;
    const size_t taps = sfd_conv_taps(s), n = sfd_conv_cin(s);
    long long sum = 0;
    for (size_t tap = 0; tap < taps; tap++) {
        const size_t k[3] = {tap / (size_t)(s->kernel[1] * s->kernel[2]),
                             tap / (size_t)s->kernel[2] % (size_t)s->kernel[1],
                             tap % (size_t)s->kernel[2]};
        int in[3];
        bool inside = true;
        for (int axis = 0; axis < 3; axis++) {
            in[axis] =
                at[axis] * s->stride[axis] - s->padding[axis] + (int)k[axis] * s->dilation[axis];
            inside = inside && in[axis] >= 0 && in[axis] < s->in[axis];
        }
        for (size_t ci = 0; ci < n; ci++) {
            const int x = inside ? c->x[sfd_conv_in_index(s, in[0], in[1], in[2]) * s->x_ld + ci]
                                 : c->io.x_zero;
            sum += (x - c->io.x_zero) * c->w[(co * n + ci) * taps + tap];
        }
    }
    return sum;
}

/* Within a rounding of float32 of what double says; bytes may fall to either side of a half. */
static void check_plain(const qcase *c, const uint8_t *y, size_t p, const int at[3], size_t co)
{
    const sfd_conv_shape *s = &c->s;
    const size_t r = p * s->residual_ld + co;
    double v = (double)exact_sum(c, at, co) * (double)c->scale[co] + (double)c->bias[co];
    const double before = v;
    if (c->io.silu)
        v = v / (1 + exp(-v)) * (double)c->io.silu_scale + (double)c->io.silu_zero;
    if (c->io.residual)
        v += (double)c->io.residual_scale * (c->io.residual_type == SFD_U8
                                                 ? (double)((const uint8_t *)c->residual)[r]
                                                 : (double)((const float *)c->residual)[r]);
    v = fmin(fmax(v, (double)c->io.low), (double)c->io.high);
    double got;
    if (c->io.y_type == SFD_U8) {
        got = y[GUARD + p * s->y_ld + co];
    } else {
        float f;
        memcpy(&f, y + GUARD + 4 * (p * s->y_ld + co), sizeof f);
        got = (double)f;
    }
    const double rounding =
        1e-2 + (c->io.silu ? 1e-6 * fabs(before * (double)c->io.silu_scale) : 0);
    const double most = rounding + (c->io.y_type == SFD_U8 ? 0.5 : 0);
    if (!(fabs(v - got) <= most))
        fail_msg("seed %u position %zu channel %zu: %g, wanted %g", c->seed, p, co, got, v);
}

static void check_against_double(const qcase *c, const uint8_t *y)
{
    size_t p = 0;
    for (int t = 0; t < c->s.out[0]; t++)
        for (int h = 0; h < c->s.out[1]; h++)
            for (int v = 0; v < c->s.out[2]; v++, p++)
                if (p % 5 == 0)
                    for (size_t co = 0; co < sfd_conv_cout(&c->s); co += 1 + c->seed % 3)
                        check_plain(c, y, p, (int[]){t, h, v}, co);
}

static void check_guards(const qcase *c, const uint8_t *y)
{
    const size_t element = c->io.y_type == SFD_U8 ? 1 : 4;
    const size_t row = c->s.y_ld * element, used = sfd_conv_cout(&c->s) * element;
    for (size_t i = 0; i < c->y_bytes; i++) {
        const bool inside = i >= GUARD && i < c->y_bytes - GUARD && (i - GUARD) % row < used;
        if (!inside && y[i] != 0xA5)
            fail_msg("seed %u: byte %zu was written", c->seed, i);
    }
}

/* How many were compared: 1, or 0 where the algorithm is not for such layers. */
static size_t compare(qcase *c, const sfd_qconv_algorithm *a, const char *set, const uint8_t *want)
{
    if (a == &sfd_qconv_plain || !a->can(&c->s, c->w))
        return 0;
    uint8_t *got = run(a, c);
    if (memcmp(got, want, c->y_bytes) != 0)
        fail_msg("seed %u: %s of %s differs from the plain one", c->seed, a->name, set);
    free(got);
    return 1;
}

static void test_all(void **state)
{
    (void)state;
    size_t n_compared = 0;
    for (unsigned seed = 0; seed < N_CASES; seed++) {
        qcase c;
        make_case(&c, seed);
        uint8_t *want = run(&sfd_qconv_plain, &c);
        check_against_double(&c, want);
        check_guards(&c, want);
        const sfd_kernels *k;
        for (size_t i = 0; (k = next_set(&i));)
            for (size_t j = 0; j < k->n_qconv; j++)
                n_compared += compare(&c, k->qconv[j], sfd_cpu_name(k->needs), want);
        free(want);
        free_case(&c);
    }
    print_sets();
    print_message("%zu comparisons\n", n_compared);
}

/* Four bytes by hand, whose zero point is 2: 1 * 4 - 2 * 5 + 127 * 198 - 128 * 253 = -7244; -7244 /
 * 8
 * + 1000 = 94.5, of which ties to even make 94; ReLU's floor of 100; a float; and a residual of
 * 3 * 0.25. */
static void test_by_hand(void **state)
{
    (void)state;
    const sfd_kernels *k;
    for (size_t i = 0; (k = next_set(&i));) {
        uint8_t x[8] = {6, 7, 200, 255}, y[16] = {0}, r[16] = {3};
        float f = 0;
        const int8_t w[4] = {1, -2, 127, -128};
        const float scale = 0.125f, bias = 1000;
        char weights[1024] __attribute__((aligned(64))), scratch[8192] __attribute__((aligned(64)));
        const sfd_conv_shape s = {.in = {1, 1, 1},
                                  .out = {1, 1, 1},
                                  .cin = 4,
                                  .cout = 1,
                                  .groups = 1,
                                  .kernel = {1, 1, 1},
                                  .stride = {1, 1, 1},
                                  .dilation = {1, 1, 1},
                                  .x_ld = 4,
                                  .y_ld = 1,
                                  .residual_ld = 1,
                                  .n_threads = 1};
        const sfd_qconv_algorithm *a = k->qconv[k->n_qconv - 1];
        sfd_qconv_io io = {
            .x = x, .x_zero = 2, .weights = weights, .y_type = SFD_U8, .high = 255, .y = y};
        a->prepare(&s, &(sfd_qconv_params){w, &scale, &bias, io.x_zero}, weights);
        a->run_tile(&s, &io, 0, scratch);
        assert_int_equal(y[0], 94);
        io.low = 100;
        a->run_tile(&s, &io, 0, scratch);
        assert_int_equal(y[0], 100);
        io.residual = r;
        io.residual_type = SFD_U8;
        io.residual_scale = 0.25f;
        io.y_type = SFD_F32;
        io.y = &f;
        io.low = -INFINITY;
        io.high = INFINITY;
        a->run_tile(&s, &io, 0, scratch);
        assert_true(f == 95.25f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_by_hand), cmocka_unit_test(test_all)};
    sfd_blas_use_one_thread(); /* as every model does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
