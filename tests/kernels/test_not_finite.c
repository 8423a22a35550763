/* SPDX-License-Identifier: Apache-2.0 */
/* NaN and infinities through every kernel of every instruction set: what is not finite plainly is
 * not finite anywhere (kernels/conv/conv.h). Attention has this in its own test. */
#include "kernels/conv_cases.h"
#include "kernels/dense/blas.h"
#include "kernels/roi/roi_align.h"
#include "kernels/sets.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const float bad[] = {NAN, INFINITY, -INFINITY};
#define N_BAD (sizeof bad / sizeof *bad)

/* ------------------------------------------------------------------ convolution */

/* Places that a bad value is put into, one at a time. */
typedef enum place { IN_X, IN_WEIGHTS, IN_BIAS, IN_RESIDUAL, N_PLACES } place;

static void spoil(conv_data *d, const conv_case *c, place where, float value)
{
    test_random r = {c->seed + 1};
    const sfd_conv_shape *s = &c->shape;
    switch (where) {
    case IN_X: /* not between the rows */
        d->x[random_int(&r, 0, (int)(d->n_x / s->x_ld) - 1) * (int)s->x_ld +
             random_int(&r, 0, s->cin - 1)] = value;
        break;
    case IN_WEIGHTS:
        d->w[random_int(&r, 0, (int)d->n_w - 1)] = value;
        break;
    case IN_BIAS:
        d->bias[random_int(&r, 0, s->cout - 1)] = value;
        break;
    default:
        d->residual[random_int(&r, 0, (int)sfd_conv_positions(s) - 1) * (int)s->residual_ld +
                    random_int(&r, 0, s->cout - 1)] = value;
    }
}

/* Where nothing is transformed or multiplied by a padding zero, the same infinities come out. */
static bool must_be_equal(const sfd_conv_algorithm *a, place where)
{
    return !a->transforms && (where == IN_BIAS || where == IN_RESIDUAL);
}

/* Returns the number of outputs that are not finite. */
static size_t compare(const conv_case *c, const sfd_conv_algorithm *a, const char *set, place where,
                      const float *want, const float *got)
{
    const sfd_conv_shape *s = &c->shape;
    size_t n = 0;
    for (size_t p = 0; p < sfd_conv_positions(s); p++)
        for (size_t i = 0; i < sfd_conv_cout(s); i++) {
            const float plain = want[p * s->y_ld + i], value = got[p * s->y_ld + i];
            bool ok = isfinite(plain) || !isfinite(value);
            if (must_be_equal(a, where))
                ok = isnan(plain) ? isnan(value) : isinf(plain) ? value == plain : isfinite(value);
            if (!ok)
                fail_msg("%s %s %s seed=%u position %zu channel %zu: %g, plain has %g", set,
                         a->name, c->name, c->seed, p, i, value, plain);
            n += !isfinite(plain);
        }
    return n;
}

/* All algorithms of all sets, those of all sets once. */
static size_t check_conv(const conv_case *c, place where, float value)
{
    size_t n = 0;
    conv_data d;
    conv_make_data(&d, c, false);
    spoil(&d, c, where, value);
    float *want = conv_run(&sfd_conv_plain, c, &d);
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));)
        for (size_t i = 1; i < k->n_conv; i++) {
            if (!k->conv[i]->can(&c->shape) || in_lesser_set(k, k->conv[i]))
                continue;
            float *got = conv_run(k->conv[i], c, &d);
            n += compare(c, k->conv[i], sfd_cpu_name(k->needs), where, want, got);
            free(got);
        }
    free(want);
    conv_free_data(&d);
    return n;
}

static void test_conv(void **state)
{
    (void)state;
    size_t n[N_PLACES][N_BAD] = {{0}};
    for (unsigned seed = 1; seed <= N_CASES / 2; seed++) {
        const conv_case c = conv_random_case(seed);
        const place where = (place)(seed % N_PLACES);
        const size_t which = seed / N_PLACES % N_BAD;
        const conv_case half = conv_random_bf16_case(seed);
        if (where == IN_RESIDUAL && !c.residual)
            continue;
        n[where][which] += check_conv(&c, where, bad[which]);
        n[where][which] += check_conv(&half, where, bad[which]);
    }
    for (int where = 0; where < N_PLACES; where++)
        for (size_t which = 0; which < N_BAD; which++)
            assert_true(n[where][which] > 0);
}

/* ------------------------------------------------------------------ pooling */

static bool same(float a, float b)
{
    return isnan(a) ? isnan(b) : a == b;
}

/* PyTorch's rule: NaN wins; -infinity is a value like others. */
static float max_plainly(float a, float b)
{
    return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
}

static void test_vectors(void **state)
{
    (void)state;
    static const float values[] = {NAN, INFINITY, -INFINITY, 0, -1, 2};
    enum { N = sizeof values / sizeof *values, COUNT = 61 };
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));)
        for (size_t shift = 0; shift < N; shift++) {
            float x[COUNT], top[COUNT], sum[COUNT], scaled[COUNT], silu[COUNT];
            for (size_t i = 0; i < COUNT; i++) {
                x[i] = values[i % N];
                top[i] = sum[i] = scaled[i] = values[(i + shift) % N];
            }
            k->max(top, x, COUNT);
            k->add(sum, x, COUNT);
            k->add_scaled(scaled, x, 0, COUNT);
            k->silu(silu, x, COUNT);
            for (size_t i = 0; i < COUNT; i++) {
                const float a = values[(i + shift) % N];
                assert_true(same(top[i], max_plainly(a, x[i])));
                assert_true(same(sum[i], a + x[i]));
                assert_true(same(scaled[i], a + 0 * x[i]));
                assert_true(isnan(x[i]) ? isnan(silu[i]) : isfinite(x[i]) == isfinite(silu[i]));
            }
        }
}

/* Every window of a map of any values, each in every place of a window. */
static void test_max_pool(void **state)
{
    (void)state;
    enum { SIDE = 9, CHANNELS = 37, OUT = 5 };
    static const float values[] = {NAN, INFINITY, -INFINITY, -1, -2, -3};
    static float x[SIDE][SIDE][CHANNELS], y[OUT][OUT][CHANNELS];
    const sfd_pool_shape s = {.in = {1, SIDE, SIDE},
                              .out = {1, OUT, OUT},
                              .channels = CHANNELS,
                              .kernel = {1, 3, 3},
                              .stride = {1, 2, 2},
                              .padding = {0, 1, 1},
                              .x_ld = CHANNELS,
                              .y_ld = CHANNELS};
    test_random r = {5};
    for (int h = 0; h < SIDE; h++)
        for (int w = 0; w < SIDE; w++)
            for (int c = 0; c < CHANNELS; c++) /* the first channels are all -infinity */
                x[h][w][c] = c < 5 ? -INFINITY : values[random_int(&r, 0, 5)];
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));)
        for (int h = 0; h < OUT; h++) {
            k->max_pool_row(&s, &x[0][0][0], &y[0][0][0], 0, h);
            for (int w = 0; w < OUT; w++)
                for (int c = 0; c < CHANNELS; c++) {
                    float want = -INFINITY;
                    for (int i = 0; i < 9; i++) {
                        const int from_h = 2 * h - 1 + i / 3, from_w = 2 * w - 1 + i % 3;
                        if (from_h >= 0 && from_h < SIDE && from_w >= 0 && from_w < SIDE)
                            want = max_plainly(want, x[from_h][from_w][c]);
                    }
                    assert_true(same(y[h][w][c], want));
                }
        }
}

/* ------------------------------------------------------------------ RoIAlign */

/* A box over the whole map meets the bad value in one channel; the others stay what they were. */
static void test_roi(void **state)
{
    (void)state;
    enum { SIDE = 8, CHANNELS = 19 };
    static float x[SIDE * SIDE * CHANNELS];
    const sfd_roi_map map = {x, SIDE, SIDE, CHANNELS, CHANNELS};
    const sfd_roi_settings settings = {.scale = 1.0f / 16, .cells = 7, .aligned = true};
    const sfd_box_px box = {0, 0, 16 * SIDE, 16 * SIDE};
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));)
        for (size_t which = 0; which < N_BAD; which++)
            for (int at = 0; at < SIDE * SIDE; at++) {
                float out[CHANNELS], cells[49 * CHANNELS], acc[CHANNELS];
                for (int i = 0; i < SIDE * SIDE * CHANNELS; i++)
                    x[i] = 1;
                x[at * CHANNELS + 7] = bad[which];
                sfd_roi_align_max(k, &map, &settings, &box, out, cells, acc);
                size_t n = 0;
                for (int i = 0; i < 49; i++)
                    n += !isfinite(cells[i * CHANNELS + 7]);
                assert_true(n > 0);
                for (int c = 0; c < CHANNELS; c++)
                    if (c != 7)
                        assert_true(fabsf(out[c] - 1) < 1e-6f);
                    else if (isnan(bad[which]))
                        assert_true(isnan(out[c]));
                    else if (bad[which] > 0)
                        assert_false(isfinite(out[c]));
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conv), cmocka_unit_test(test_vectors),
                                       cmocka_unit_test(test_max_pool), cmocka_unit_test(test_roi)};
    print_sets();
    sfd_blas_use_one_thread(); /* as every model does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
