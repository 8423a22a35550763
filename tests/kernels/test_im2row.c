/* SPDX-License-Identifier: Apache-2.0 */
/* im2row against a plain twin: tiles cover the output once, rows hold what the taps see, nothing is
 * written outside. Shapes are random, with all kernels, strides, paddings, dilations and groups. */
#include "kernels/conv/im2row.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_CASES 500
#define GUARD   32
#define NOBODY  (-12345.0f)

static sfd_conv_shape random_shape(test_random *r)
{
    sfd_conv_shape s;
    bool fits;
    do {
        s = (sfd_conv_shape){.groups = random_int(r, 1, 2), .cout = 1, .n_threads = 1};
        /* more than 32 channels and fewer are copied in different ways */
        s.cin = s.groups * (random_int(r, 0, 1) ? random_int(r, 1, 9) : random_int(r, 31, 40));
        s.x_ld = (size_t)(s.cin + random_int(r, 0, 1) * 3);
        fits = true;
        for (int a = 0; a < 3; a++) {
            s.kernel[a] = random_int(r, 1, 4);
            s.stride[a] = random_int(r, 1, 3);
            s.dilation[a] = random_int(r, 1, 3);
            s.padding[a] = random_int(r, 0, 5);
            s.in[a] = random_int(r, 1, 8);
            const int room = s.in[a] + 2 * s.padding[a] - s.dilation[a] * (s.kernel[a] - 1) - 1;
            s.out[a] = room / s.stride[a] + 1;
            fits = fits && room >= 0;
        }
    } while (!fits);
    return s;
}

/* What tap `i` of [kT][kH][kW][channel] sees from an output position. */
static float tap_value(const sfd_conv_shape *s, const float *x, const int at[3], size_t i)
{
    const int n = s->cin / s->groups, channel = (int)i % n, tap = (int)i / n;
    const int k[3] = {tap / (s->kernel[1] * s->kernel[2]), tap / s->kernel[2] % s->kernel[1],
                      tap % s->kernel[2]};
    int p = 0;
    for (int a = 0; a < 3; a++) {
        const int in = at[a] * s->stride[a] - s->padding[a] + k[a] * s->dilation[a];
        if (in < 0 || in >= s->in[a])
            return 0;
        p = p * s->in[a] + in;
    }
    return x[(size_t)p * s->x_ld + (size_t)channel];
}

static void check_tile(const sfd_conv_shape *s, const float *x, sfd_tile_span span, unsigned seed)
{
    const size_t k = sfd_im2row_k(s), n = span.rows * k;
    float *memory = malloc((n + 2 * GUARD) * sizeof *memory), *rows = memory + GUARD;
    assert_non_null(memory);
    for (size_t i = 0; i < n + 2 * GUARD; i++)
        memory[i] = NOBODY;
    sfd_im2row_gather(s, x, span, rows);
    for (size_t r = 0; r < span.rows; r++) {
        const int p = (int)(span.first + r), at[3] = {span.t, p / s->out[2], p % s->out[2]};
        for (size_t i = 0; i < k; i++) {
            const float want = tap_value(s, x, at, i), got = rows[r * k + i];
            if (memcmp(&want, &got, sizeof got) != 0)
                fail_msg("seed=%u row %zu column %zu: %g, wanted %g", seed, r, i, got, want);
        }
    }
    for (size_t i = 0; i < GUARD; i++)
        assert_true(memory[i] == NOBODY && rows[n + i] == NOBODY);
    free(memory);
}

/* Every tile of every group; NaN is copied like anything else. */
static void check_shape(unsigned seed)
{
    test_random r = {seed};
    const sfd_conv_shape s = random_shape(&r);
    const size_t n_x = (size_t)s.in[0] * sfd_conv_in_frame(&s) * s.x_ld;
    const size_t max_rows = (size_t)random_int(&r, 1, 20);
    float *x = malloc(n_x * sizeof *x);
    assert_non_null(x);
    random_fill_reals(&r, x, n_x);
    x[random_int(&r, 0, (int)n_x - 1)] = NAN;
    size_t next = 0;
    for (size_t tile = 0; tile < sfd_tile_count(&s, max_rows); tile++) {
        const sfd_tile_span span = sfd_tile_get(&s, max_rows, tile);
        assert_true(span.rows >= 1 && span.rows <= max_rows);
        assert_int_equal(sfd_tile_start(&s, span), next);
        assert_true(span.first + span.rows <= sfd_conv_out_frame(&s));
        next += span.rows;
        for (int group = 0; group < s.groups; group++)
            check_tile(&s, x + (size_t)group * sfd_conv_group_cin(&s), span, seed);
    }
    assert_int_equal(next, sfd_conv_positions(&s));
    free(x);
}

static void test_gather(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= N_CASES; seed++)
        check_shape(seed);
}

static void test_pointwise(void **state)
{
    (void)state;
    sfd_conv_shape s = {.kernel = {3, 1, 1}, .stride = {4, 1, 1}, .padding = {1, 0, 0}};
    assert_true(sfd_conv_is_pointwise(&s)); /* time does not matter */
    s.stride[2] = 2;
    assert_false(sfd_conv_is_pointwise(&s));
    s.stride[2] = 1;
    s.kernel[1] = 3;
    assert_false(sfd_conv_is_pointwise(&s));
    s.kernel[1] = 1;
    s.padding[1] = 1;
    assert_false(sfd_conv_is_pointwise(&s));
}

static void test_fit(void **state)
{
    (void)state;
    assert_int_equal(sfd_tile_fit(1000, 100 * 1000), 100);
    assert_int_equal(sfd_tile_fit(1000, 1000), 32);
    assert_int_equal(sfd_tile_fit(1, 100 * 1000), 512);
}

/* Tiles stay within their limits, and where there is enough work every thread gets as many. */
static void test_share(void **state)
{
    (void)state;
    test_random r = {9};
    for (int i = 0; i < 20000; i++) {
        const sfd_conv_shape s = {.n_threads = random_int(&r, 1, 9)};
        const size_t least = (size_t)random_int(&r, 1, 40);
        const size_t most = least + (size_t)random_int(&r, 0, 500);
        const size_t size = sfd_conv_share(&s, (size_t)random_int(&r, 1, 5000), least, most);
        assert_true(size >= least && size <= most);
    }
    const sfd_conv_shape two = {.n_threads = 2};
    assert_int_equal(sfd_conv_share(&two, 400, 12, 48), 40);    /* not 9 tiles but 10 */
    assert_int_equal(sfd_conv_share(&two, 25, 12, 48), 13);     /* not 12, 12 and 1 */
    assert_int_equal(sfd_conv_share(&two, 6400, 28, 512), 458); /* 14 tiles */
    assert_int_equal(sfd_conv_share(&two, 10, 12, 48), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_gather),
                                       cmocka_unit_test(test_pointwise), cmocka_unit_test(test_fit),
                                       cmocka_unit_test(test_share)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
