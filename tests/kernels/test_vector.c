/* SPDX-License-Identifier: Apache-2.0 */
/* Elementwise and pooling kernels of every instruction set against the portable ones, bit for bit
 * on small integers, with guards around the results. */
#include "kernels/sets.h"
#include "kernels/value.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_N   200
#define GUARD   32
#define N_POOLS 200

typedef void (*pair_kernel)(const sfd_kernels *k, float *acc, const float *x, size_t n);

static void run_add(const sfd_kernels *k, float *acc, const float *x, size_t n)
{
    k->add(acc, x, n);
}

static void run_max(const sfd_kernels *k, float *acc, const float *x, size_t n)
{
    k->max(acc, x, n);
}

static void run_add_scaled(const sfd_kernels *k, float *acc, const float *x, size_t n)
{
    k->add_scaled(acc, x, 3, n);
}

static void check_pair(pair_kernel run, const sfd_kernels *k, size_t n, unsigned seed)
{
    test_random r = {seed};
    float x[MAX_N], want[MAX_N + 2 * GUARD], got[MAX_N + 2 * GUARD];
    random_fill_ints(&r, x, MAX_N, 8);
    random_fill_ints(&r, want, MAX_N + 2 * GUARD, 8);
    memcpy(got, want, sizeof got);
    run(sfd_kernels_get(SFD_CPU_SCALAR), want + GUARD, x, n);
    run(k, got + GUARD, x, n);
    assert_memory_equal(got, want, sizeof got);
}

static void test_pairs(void **state)
{
    (void)state;
    const pair_kernel kernels[] = {run_add, run_max, run_add_scaled};
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));)
        for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
            for (size_t n = 0; n <= MAX_N; n++)
                check_pair(kernels[i], k, n, (unsigned)n + 1);
}

/* Hand-worked: the oracle itself. */
static void test_known_values(void **state)
{
    (void)state;
    const sfd_kernels *k = sfd_kernels_get(SFD_CPU_SCALAR);
    const float x[3] = {1, -5, 2};
    float sum[3] = {10, 10, 10}, top[3] = {0, 0, 3}, scaled[3] = {1, 1, 1};
    k->add(sum, x, 3);
    k->max(top, x, 3);
    k->add_scaled(scaled, x, 0.5f, 3);
    assert_memory_equal(sum, ((float[3]){11, 5, 12}), sizeof sum);
    assert_memory_equal(top, ((float[3]){1, 0, 3}), sizeof top);
    assert_memory_equal(scaled, ((float[3]){1.5f, -1.5f, 2}), sizeof scaled);

    /* 1x2x3 map, 3x3 window at stride 2: the padding never wins over negative values */
    const sfd_pool_shape s = {.in = {1, 2, 3},
                              .out = {1, 1, 2},
                              .channels = 1,
                              .kernel = {1, 3, 3},
                              .stride = {1, 2, 2},
                              .padding = {0, 1, 1},
                              .x_ld = 1,
                              .y_ld = 1};
    const float map[6] = {-1, -2, -3, -4, -5, -6};
    float y[2];
    k->max_pool_row(&s, map, y, 0, 0);
    assert_memory_equal(y, ((float[2]){-1, -2}), sizeof y);
}

static sfd_pool_shape random_pool(test_random *r)
{
    sfd_pool_shape s = {.channels = random_int(r, 1, 40)};
    for (int a = 0; a < 3; a++) {
        s.kernel[a] = random_int(r, 1, 3);
        s.stride[a] = random_int(r, 1, 2);
        s.padding[a] = random_int(r, 0, s.kernel[a] / 2);
        s.in[a] = random_int(r, s.kernel[a], 9);
        s.out[a] = (s.in[a] + 2 * s.padding[a] - s.kernel[a]) / s.stride[a] + 1;
    }
    s.x_ld = (size_t)(s.channels + random_int(r, 0, 3));
    s.y_ld = (size_t)(s.channels + random_int(r, 0, 3));
    return s;
}

/* Values that bfloat16 holds, NaN of either sign and infinities among them, as floats and as such:
 * the largest is the same. */
static void check_typed_pool(const sfd_kernels *k, unsigned seed)
{
    static const float odd[] = {NAN, -NAN, INFINITY, -INFINITY, 0, -0.0f};
    test_random r = {seed};
    sfd_pool_shape s = random_pool(&r);
    const size_t n_x = (size_t)(s.in[0] * s.in[1] * s.in[2]) * s.x_ld;
    const size_t n_y = (size_t)(s.out[0] * s.out[1] * s.out[2]) * s.y_ld;
    float *x = malloc(n_x * sizeof *x), *y = calloc(n_y, sizeof *y);
    void *half_x = malloc(n_x * sizeof *x), *half_y = calloc(n_y, sizeof *y);
    assert_true(x && y && half_x && half_y);
    random_fill_ints(&r, x, n_x, 128);
    for (size_t i = 0; i < n_x; i++)
        if (random_int(&r, 0, 40) == 0)
            x[i] = odd[random_int(&r, 0, 5)];
    for (size_t i = 0; i < n_x; i++)
        sfd_value_set(half_x, i, SFD_BF16, x[i]);
    for (int types = 0; types < 4; types++) {
        sfd_pool_shape typed = s;
        typed.x_type = types & 1 ? SFD_BF16 : SFD_F32;
        typed.y_type = types & 2 ? SFD_BF16 : SFD_F32;
        for (int t = 0; t < s.out[0]; t++)
            for (int h = 0; h < s.out[1]; h++) {
                sfd_kernels_get(SFD_CPU_SCALAR)->max_pool_row(&s, x, y, t, h);
                k->max_pool_row(&typed, types & 1 ? half_x : x, half_y, t, h);
            }
        for (size_t i = 0; i < n_y; i++) {
            const float got = sfd_value_get(half_y, i, typed.y_type);
            if (i % s.y_ld < (size_t)s.channels && !(got == y[i] || (isnan(got) && isnan(y[i]))))
                fail_msg("seed=%u types %d: %g, wanted %g", seed, types, (double)got, (double)y[i]);
        }
        memset(half_y, 0, n_y * sizeof *y);
    }
    free(x);
    free(y);
    free(half_x);
    free(half_y);
}

static void check_pool(const sfd_kernels *k, unsigned seed)
{
    test_random r = {seed};
    const sfd_pool_shape s = random_pool(&r);
    const size_t n_x = (size_t)(s.in[0] * s.in[1] * s.in[2]) * s.x_ld;
    const size_t n_y = (size_t)(s.out[0] * s.out[1] * s.out[2]) * s.y_ld;
    float *x = malloc(n_x * sizeof *x), *want = malloc(n_y * sizeof *want);
    float *got = malloc(n_y * sizeof *got);
    assert_true(x && want && got);
    random_fill_ints(&r, x, n_x, 1000);
    random_fill_ints(&r, want, n_y, 8);
    memcpy(got, want, n_y * sizeof *got);
    for (int t = 0; t < s.out[0]; t++)
        for (int h = 0; h < s.out[1]; h++) {
            sfd_kernels_get(SFD_CPU_SCALAR)->max_pool_row(&s, x, want, t, h);
            k->max_pool_row(&s, x, got, t, h);
        }
    assert_memory_equal(got, want, n_y * sizeof *got);
    free(x);
    free(want);
    free(got);
}

static uint8_t largest_byte(const sfd_pool_shape *s, const uint8_t *x, const int at[3], size_t c)
{
    uint8_t top = 0;
    for (int dt = 0; dt < s->kernel[0]; dt++)
        for (int dh = 0; dh < s->kernel[1]; dh++)
            for (int dv = 0; dv < s->kernel[2]; dv++) {
                const int t = at[0] * s->stride[0] - s->padding[0] + dt;
                const int h = at[1] * s->stride[1] - s->padding[1] + dh;
                const int v = at[2] * s->stride[2] - s->padding[2] + dv;
                if (t < 0 || t >= s->in[0] || h < 0 || h >= s->in[1] || v < 0 || v >= s->in[2])
                    continue;
                const size_t p = (size_t)((t * s->in[1] + h) * s->in[2] + v);
                top = x[p * s->x_ld + c] > top ? x[p * s->x_ld + c] : top;
            }
    return top;
}

/* Few channels, and some that are too many for a row of windows; what is between rows stays. */
static void check_byte_pool(const sfd_kernels *k, unsigned seed)
{
    test_random r = {seed};
    sfd_pool_shape s = random_pool(&r);
    if (seed % 16 == 0) {
        s.x_ld += (size_t)(1990 - s.channels);
        s.y_ld += (size_t)(1990 - s.channels);
        s.channels = 1990;
    }
    s.x_type = s.y_type = SFD_U8;
    const size_t n_x = (size_t)(s.in[0] * s.in[1] * s.in[2]) * s.x_ld;
    const size_t n_y = (size_t)(s.out[0] * s.out[1] * s.out[2]) * s.y_ld;
    uint8_t *x = malloc(n_x), *y = malloc(n_y);
    assert_true(x && y);
    for (size_t i = 0; i < n_x; i++)
        x[i] = (uint8_t)random_int(&r, 0, 255);
    memset(y, 0xA5, n_y);
    for (int t = 0; t < s.out[0]; t++)
        for (int h = 0; h < s.out[1]; h++)
            k->max_pool_row(&s, x, y, t, h);
    for (size_t i = 0; i < n_y; i++) {
        const size_t p = i / s.y_ld, width = (size_t)s.out[2], height = (size_t)s.out[1];
        const int at[3] = {(int)(p / width / height), (int)(p / width % height), (int)(p % width)};
        const size_t c = i % s.y_ld;
        const uint8_t want = c < (size_t)s.channels ? largest_byte(&s, x, at, c) : 0xA5;
        if (y[i] != want)
            fail_msg("seed=%u position %zu channel %zu: %d, wanted %d", seed, p, c, y[i], want);
    }
    free(x);
    free(y);
}

/* The nearest byte, ties to even, and back, against libm. */
static void test_bytes(void **state)
{
    (void)state;
    static const float odd[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0.5f, 1.5f, 254.5f};
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));)
        for (size_t n = 0; n <= MAX_N; n++) {
            test_random r = {n + 1};
            const float factor = n % 3 ? 0.37f : 1, zero = n % 2 ? 128 : 0;
            float x[MAX_N], back[MAX_N + 1];
            uint8_t y[MAX_N + 1];
            random_fill_ints(&r, x, MAX_N, 400);
            for (size_t i = 0; i < n; i++)
                x[i] = random_int(&r, 0, 9) ? 0.75f * x[i] : odd[random_int(&r, 0, 7)];
            y[n] = 0xA5;
            back[n] = -1;
            k->u8_from_f32(y, x, factor, zero, n);
            k->f32_from_u8(back, y, factor, (int)zero, n);
            assert_int_equal(y[n], 0xA5);
            assert_true(back[n] == -1);
            for (size_t i = 0; i < n; i++) {
                const float v = fmaf(x[i], factor, zero);
                assert_int_equal(y[i], isnan(v) ? 0 : (int)rintf(fminf(fmaxf(v, 0), 255)));
                assert_true(back[i] == factor * (float)(y[i] - (int)zero));
            }
        }
}

static void test_max_pool(void **state)
{
    (void)state;
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));)
        for (unsigned seed = 1; seed <= N_POOLS; seed++) {
            check_pool(k, seed);
            check_typed_pool(k, seed);
            check_byte_pool(k, seed);
        }
}

/* Against exp in double, with guards, also in place. */
static void test_silu(void **state)
{
    (void)state;
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));)
        for (size_t n = 0; n <= MAX_N; n++) {
            test_random r = {n + 1};
            float x[MAX_N], y[MAX_N + 2 * GUARD], *at = y + GUARD;
            const float scale = (float)random_int(&r, 1, 120);
            random_fill_reals(&r, x, MAX_N);
            random_fill_ints(&r, y, MAX_N + 2 * GUARD, 8);
            for (size_t i = 0; i < MAX_N; i++)
                x[i] *= scale;
            if (n % 2)
                memcpy(at, x, n * sizeof *x);
            float before[MAX_N + 2 * GUARD];
            memcpy(before, y, sizeof y);
            k->silu(at, n % 2 ? at : x, n);
            for (size_t i = 0; i < n; i++) {
                const double want = (double)x[i] / (1 + exp(-(double)x[i]));
                if (!(fabs((double)at[i] - want) <= 5e-7 * fabs(want) + 1e-36))
                    fail_msg("%s silu(%g) = %g", sfd_cpu_name(k->needs), (double)x[i],
                             (double)at[i]);
            }
            assert_memory_equal(y, before, GUARD * sizeof *y);
            assert_memory_equal(at + n, before + GUARD + n, GUARD * sizeof *y);
        }
}

/* Wider vectors do more operations a step, and steps add up. */
static void test_fma_chains(void **state)
{
    (void)state;
    double before = 0;
    const sfd_kernels *k;
    for (size_t set = 0; (k = next_set(&set));) {
        const double one = k->fma_chains(1);
        assert_true(one >= before);
        assert_true(k->fma_chains(1000) == 1000 * one);
        before = one;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values), cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_max_pool),     cmocka_unit_test(test_silu),
        cmocka_unit_test(test_bytes),        cmocka_unit_test(test_fma_chains)};
    print_sets();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
