/* SPDX-License-Identifier: Apache-2.0 */
/* Every convolution algorithm of every instruction set against the plain one: small integers bit
 * for bit where the algorithm adds in float without transforms, real values within a bound, nothing
 * written outside the output. Shapes are random within ranges that cover the network's kinds of
 * layers. */
#include "kernels/conv_cases.h"
#include "kernels/dense/blas.h"
#include "kernels/sets.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Bound on |y - plain|; SiLU is steeper than 1 by a tenth at most, and rounds by itself. */
static void compare(const conv_case *c, const float *want, const float *got, float tolerance,
                    const char *name)
{
    const sfd_conv_shape *s = &c->shape;
    for (size_t p = 0; p < sfd_conv_positions(s); p++)
        for (size_t i = 0; i < (size_t)s->cout; i++) {
            const float a = want[p * s->y_ld + i], b = got[p * s->y_ld + i];
            const bool silu = s->activation == SFD_ACTIVATION_SILU;
            float most = silu ? 1.1f * tolerance + 1e-6f * fabsf(a) : tolerance;
            if (s->y_type == SFD_BF16 && (silu || tolerance > 0))
                most += fabsf(a) / 128 + (silu ? 2e-3f : 0); /* SiLU's argument is rounded, too */
            if (!(fabsf(a - b) <= most))
                fail_msg("%s %s seed=%u position %zu channel %zu: %g, plain has %g (tolerance %g)",
                         name, c->name, c->seed, p, i, b, a, most);
        }
}

/* Counts of cases that each algorithm could do. */
typedef struct tally {
    const sfd_kernels *set;
    const sfd_conv_algorithm *algorithm;
    size_t n_run;
} tally;

static void check_algorithm(const sfd_conv_algorithm *algorithm, const conv_case *c, conv_data *d,
                            const float *want, bool integers)
{
    const size_t k = (size_t)(c->shape.cin / c->shape.groups) * sfd_conv_taps(&c->shape);
    float *got = conv_run(algorithm, c, d);
    /* sums of k products of values up to 1, or of integers up to 8, which are exact */
    float tolerance = integers ? 0 : (float)(k + 3) * FLT_EPSILON;
    const bool half = c->shape.x_type == SFD_BF16 || c->shape.y_type == SFD_BF16;
    if (half && algorithm->transforms)
        tolerance = (integers ? 64.0f : 1.0f) * sqrtf((float)k + 16) / 16;
    else if (half && c->shape.x_type == SFD_F32) /* which may become bfloat16 */
        tolerance = integers ? 0 : sqrtf((float)k + 16) / 128;
    else if (algorithm->transforms)
        tolerance = (integers ? 64.0f : 1.0f) * (float)(k + 16) * 16 * FLT_EPSILON;
    assert_true(tolerance < (integers ? 64.0f : 1.0f) * (half ? sqrtf((float)k) / 3 : 1));
    compare(c, want, got, tolerance, algorithm->name);
    free(got);
}

static void check_case(const conv_case *c, tally *tallies, size_t n)
{
    for (int integers = 0; integers < 2; integers++) {
        conv_data d;
        conv_make_data(&d, c, integers);
        float *want = conv_run(&sfd_conv_plain, c, &d);
        for (size_t i = 0; i < n; i++) {
            if (!tallies[i].algorithm->can(&c->shape))
                continue;
            check_algorithm(tallies[i].algorithm, c, &d, want, integers);
            tallies[i].n_run++;
        }
        free(want);
        conv_free_data(&d);
    }
}

/* Every algorithm of this machine's instruction sets, those of all sets once. */
static size_t list_algorithms(tally *tallies, size_t most)
{
    size_t n = 0;
    const sfd_kernels *k;
    for (size_t i = 0; (k = next_set(&i));) {
        assert_ptr_equal(k->conv[0], &sfd_conv_plain);
        assert_ptr_equal(k->conv[1], &sfd_conv_gemm);
        for (size_t a = 1; a < k->n_conv; a++) {
            if (in_lesser_set(k, k->conv[a]))
                continue;
            assert_true(n < most);
            tallies[n++] = (tally){k, k->conv[a], 0};
        }
    }
    return n;
}

static void test_all(void **state)
{
    (void)state;
    tally tallies[64];
    const size_t n = list_algorithms(tallies, 64);
    for (unsigned seed = 1; seed <= N_CASES; seed++) {
        const conv_case c = conv_random_case(seed);
        const conv_case half = conv_random_bf16_case(seed);
        check_case(&c, tallies, n);
        check_case(&half, tallies, n);
    }
    for (size_t i = 0; i < n; i++) {
        print_message("%-11s %-25s %zu runs\n", sfd_cpu_name(tallies[i].set->needs),
                      tallies[i].algorithm->name, tallies[i].n_run);
        assert_true(tallies[i].n_run >= N_CASES / 50);
    }
}

/* ------------------------------------------------------------------ choice */

/* The choice never falls on what cannot do the layer, and `exact` rules out transforms. */
static void test_choice(void **state)
{
    (void)state;
    const sfd_kernels *k;
    for (size_t i = 0; (k = next_set(&i));)
        for (unsigned seed = 1; seed <= N_CASES; seed++)
            for (int exact = 0; exact < 2; exact++) {
                const conv_case c = conv_random_case(seed);
                const sfd_conv_algorithm *a = sfd_conv_choose(k, &c.shape, exact);
                assert_true(a->can(&c.shape));
                assert_ptr_not_equal(a, &sfd_conv_plain);
                assert_false(exact && a->transforms);
            }
}

/* Costs are those of the whole convolution: finite, and twice as much for twice the frames. */
static void test_costs(void **state)
{
    (void)state;
    const sfd_kernels *k;
    for (size_t i = 0; (k = next_set(&i));)
        for (unsigned seed = 1; seed <= N_CASES; seed++) {
            conv_case c = conv_random_case(seed), twice = c;
            twice.shape.in[0] *= 2;
            twice.shape.out[0] *= 2;
            for (size_t a = 0; a < k->n_conv; a++) {
                if (!k->conv[a]->can(&c.shape))
                    continue;
                const double cost = k->conv[a]->cost(&c.shape);
                assert_true(cost > 0 && isfinite(cost));
                assert_true(fabs(k->conv[a]->cost(&twice.shape) / cost - 2) < 1e-9);
            }
        }
}

/* Reads one line of choices.txt. */
static bool read_choices(const char *line, sfd_conv_shape *s, char names[5][32])
{
    *s = (sfd_conv_shape){.n_threads = 1};
    const int n = sscanf(
        line,
        "%d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %31s %31s %31s %31s %31s",
        &s->cin, &s->cout, &s->groups, &s->kernel[0], &s->kernel[1], &s->kernel[2], &s->stride[0],
        &s->stride[1], &s->stride[2], &s->padding[0], &s->padding[1], &s->padding[2],
        &s->dilation[0], &s->dilation[1], &s->dilation[2], &s->in[0], &s->in[1], &s->in[2],
        &s->out[0], &s->out[1], &s->out[2], names[0], names[1], names[2], names[3], names[4]);
    s->x_ld = (size_t)s->cin;
    s->y_ld = s->residual_ld = (size_t)s->cout;
    return n == 26;
}

static void check_recorded(const sfd_conv_shape *s, const char *set, bool exact, const char *want,
                           const char *line)
{
    const sfd_kernels *k;
    for (size_t i = 0; (k = next_set(&i));) {
        if (strcmp(sfd_cpu_name(k->needs), set) != 0)
            continue;
        const char *got = sfd_conv_choose(k, s, exact)->name;
        if (strcmp(got, want) != 0)
            fail_msg("%s%s chose %s for %s", set, exact ? " exact" : "", got, line);
    }
}

/* The layers of published networks run as they were measured and tuned: a change of the costs that
 * changes one of them is seen here. */
static void test_recorded_choices(void **state)
{
    (void)state;
    char line[512], names[5][32];
    sfd_conv_shape s;
    size_t n = 0;
    FILE *f = fopen("kernels/choices.txt", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (*line == '#')
            continue;
        assert_true(read_choices(line, &s, names));
        check_recorded(&s, "scalar", false, names[0], line);
        check_recorded(&s, "avx2", false, names[1], line);
        check_recorded(&s, "avx2", true, names[2], line);
        check_recorded(&s, "avx512", false, names[3], line);
        check_recorded(&s, "avx512", true, names[4], line);
        n++;
    }
    fclose(f);
    assert_true(n > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all), cmocka_unit_test(test_choice),
                                       cmocka_unit_test(test_costs),
                                       cmocka_unit_test(test_recorded_choices)};
    print_sets();
    sfd_blas_use_one_thread(); /* as every model does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
