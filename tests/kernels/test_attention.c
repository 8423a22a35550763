/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax and the pairwise part of a non-local block against plain twins in double; guards; what is
 * not a number stays that. */
#include "kernels/attention/attention.h"
#include "kernels/value.h"
#include "support/random.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_CASES 200
#define GUARD   32
#define NOBODY  (-12345.0f)

static void softmax_plainly(const float *x, size_t n, double *y)
{
    double sum = 0, top = -INFINITY;
    for (size_t i = 0; i < n; i++)
        top = (double)x[i] > top ? (double)x[i] : top;
    for (size_t i = 0; i < n; i++)
        sum += y[i] = exp((double)x[i] - top);
    for (size_t i = 0; i < n; i++)
        y[i] /= sum;
}

static void check_softmax(unsigned seed)
{
    test_random r = {seed};
    const size_t n = (size_t)random_int(&r, 1, 300);
    const float scale = (float)random_int(&r, 1, 100);
    float memory[300 + 2 * GUARD], *x = memory + GUARD;
    double want[300];
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        memory[i] = NOBODY;
    random_fill_reals(&r, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] *= scale;
    softmax_plainly(x, n, want);
    sfd_softmax_row(x, n);
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)x[i] - want[i]) <=
              (double)((float)(n + 100) * FLT_EPSILON) * want[i] + 1e-37))
            fail_msg("seed=%u %zu of %zu: %g, wanted %g", seed, i, n, (double)x[i], want[i]);
    for (size_t i = 0; i < GUARD; i++)
        assert_true(memory[i] == NOBODY && x[n + i] == NOBODY);
}

static void test_softmax(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= N_CASES; seed++)
        check_softmax(seed);
    float one[1] = {-3}, large[3] = {1000, 1000, -1000};
    sfd_softmax_row(one, 1);
    sfd_softmax_row(large, 3);
    assert_true(one[0] == 1 && large[0] == 0.5f && large[1] == 0.5f && large[2] == 0);
}

/* As in plain arithmetic: exp(inf - inf) and what follows from it. */
static void test_softmax_not_finite(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY};
    for (size_t n = 1; n < 40; n++)
        for (size_t at = 0; at < n; at++)
            for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
                float x[40] = {0};
                x[at] = bad[i];
                sfd_softmax_row(x, n);
                assert_true(isnan(x[at]));
                for (size_t j = 0; isnan(bad[i]) && j < n; j++)
                    assert_true(isnan(x[j]));
            }
    float x[3] = {0, -INFINITY, 0};
    sfd_softmax_row(x, 3);
    assert_true(x[0] == 0.5f && x[1] == 0 && x[2] == 0.5f);
}

/* ------------------------------------------------------------------ attention */

typedef struct attention_case {
    sfd_attention a;
    float *queries, *keys, *values, *y_memory;
    size_t n_y;
} attention_case;

static float *random_map(test_random *r, size_t n)
{
    float *p = malloc(n * sizeof *p);
    assert_non_null(p);
    random_fill_reals(r, p, n);
    return p;
}

static size_t random_ld(test_random *r, size_t channels)
{
    return channels + (size_t)(random_int(r, 0, 1) * 5);
}

static attention_case make_case(unsigned seed)
{
    test_random r = {seed};
    attention_case c;
    const size_t channels = (size_t)random_int(&r, 1, 40);
    c.a = (sfd_attention){.n_queries = (size_t)random_int(&r, 1, 150),
                          .n_keys = (size_t)random_int(&r, 1, 90),
                          .channels = channels,
                          .queries_ld = random_ld(&r, channels),
                          .keys_ld = random_ld(&r, channels),
                          .values_ld = random_ld(&r, channels),
                          .y_ld = random_ld(&r, channels),
                          .softmax = random_int(&r, 0, 1)};
    c.n_y = c.a.n_queries * c.a.y_ld;
    c.a.queries = c.queries = random_map(&r, c.a.n_queries * c.a.queries_ld);
    c.a.keys = c.keys = random_map(&r, c.a.n_keys * c.a.keys_ld);
    c.a.values = c.values = random_map(&r, c.a.n_keys * c.a.values_ld);
    c.y_memory = random_map(&r, c.n_y + 2 * GUARD);
    for (size_t i = 0; i < c.n_y + 2 * GUARD; i++)
        c.y_memory[i] = NOBODY;
    c.a.y = c.y_memory + GUARD;
    return c;
}

static void free_case(attention_case *c)
{
    free(c->queries);
    free(c->keys);
    free(c->values);
    free(c->y_memory);
}

static void run_case(attention_case *c)
{
    const size_t n = sfd_attention_scratch_floats(&c->a);
    float *memory = malloc((n + GUARD) * sizeof *memory);
    assert_non_null(memory);
    memset(memory, 0xFF, n * sizeof *memory); /* NaN */
    for (size_t i = 0; i < GUARD; i++)
        memory[n + i] = NOBODY;
    for (size_t tile = 0; tile < sfd_attention_n_tiles(&c->a); tile++)
        sfd_attention_run_tile(&c->a, tile, memory);
    for (size_t i = 0; i < GUARD; i++)
        assert_true(memory[n + i] == NOBODY && c->y_memory[i] == NOBODY &&
                    ((const float *)c->a.y)[c->n_y + i] == NOBODY);
    free(memory);
}

/* One query against all keys, in double. */
static void attend_plainly(const sfd_attention *a, size_t query, double *y)
{
    double weight[90], sum = 0, top = -INFINITY;
    for (size_t j = 0; j < a->n_keys; j++) {
        weight[j] = 0;
        for (size_t c = 0; c < a->channels; c++)
            weight[j] +=
                (double)a->queries[query * a->queries_ld + c] * (double)a->keys[j * a->keys_ld + c];
        weight[j] /= a->softmax ? sqrt((double)a->channels) : (double)a->n_keys;
        top = fmax(top, weight[j]);
    }
    for (size_t j = 0; a->softmax && j < a->n_keys; j++)
        sum += weight[j] = exp(weight[j] - top);
    for (size_t c = 0; c < a->channels; c++) {
        y[c] = 0;
        for (size_t j = 0; j < a->n_keys; j++)
            y[c] += weight[j] / (a->softmax ? sum : 1) * (double)a->values[j * a->values_ld + c];
    }
}

static void test_attention(void **state)
{
    (void)state;
    size_t n_softmax = 0;
    for (unsigned seed = 1; seed <= N_CASES; seed++) {
        attention_case c = make_case(seed);
        n_softmax += c.a.softmax;
        run_case(&c);
        for (size_t q = 0; q < c.a.n_queries; q++) {
            double want[40];
            attend_plainly(&c.a, q, want);
            for (size_t i = 0; i < c.a.y_ld; i++) {
                const double got = (double)((const float *)c.a.y)[q * c.a.y_ld + i];
                if (i < c.a.channels ? !(fabs(got - want[i]) < 1e-5) : got != (double)NOBODY)
                    fail_msg("seed=%u query %zu channel %zu: %g", seed, q, i, got);
            }
        }
        free_case(&c);
    }
    assert_true(n_softmax > N_CASES / 4 && n_softmax < 3 * N_CASES / 4);
}

/* The same results, rounded once. */
static void test_attention_bf16(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= N_CASES; seed++) {
        attention_case c = make_case(seed), half = make_case(seed);
        half.a.y_type = SFD_BF16;
        run_case(&c);
        const size_t n = sfd_attention_scratch_floats(&half.a);
        float *scratch = malloc(n * sizeof *scratch);
        assert_non_null(scratch);
        for (size_t tile = 0; tile < sfd_attention_n_tiles(&half.a); tile++)
            sfd_attention_run_tile(&half.a, tile, scratch);
        for (size_t q = 0; q < c.a.n_queries; q++)
            for (size_t i = 0; i < c.a.channels; i++)
                assert_true(sfd_value_get(half.a.y, q * c.a.y_ld + i, SFD_BF16) ==
                            sfd_bf16_round(((const float *)c.a.y)[q * c.a.y_ld + i]));
        free(scratch);
        free_case(&c);
        free_case(&half);
    }
}

/* A query that is NaN makes its own outputs NaN, a key or value those of all queries. */
static void test_attention_not_finite(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= N_CASES; seed++) {
        attention_case c = make_case(seed);
        float *const maps[] = {c.queries, c.keys, c.values};
        const int which = (int)(seed % 3);
        maps[which][0] = NAN;
        run_case(&c);
        for (size_t q = 0; q < c.a.n_queries; q++)
            for (size_t i = 0; i < c.a.channels; i++) {
                const bool meets = which == 0 ? q == 0 : which == 1 || i == 0;
                if (meets != isnan(((const float *)c.a.y)[q * c.a.y_ld + i]))
                    fail_msg("seed=%u map %d query %zu channel %zu: %g", seed, which, q, i,
                             (double)((const float *)c.a.y)[q * c.a.y_ld + i]);
            }
        free_case(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_softmax), cmocka_unit_test(test_softmax_not_finite),
        cmocka_unit_test(test_attention), cmocka_unit_test(test_attention_bf16),
        cmocka_unit_test(test_attention_not_finite)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
