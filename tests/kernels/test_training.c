/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels of training for every instruction set, on small integers, whose results are exact (but
 * for transforms): against the portable ones, bit for bit, and those against values worked out by
 * hand. */
#include "kernels/sets.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST  300 /* rows */
#define WIDE  70  /* floats from row to row */
#define CASES 300

#define LARGEST_VECTOR 16 /* floats */

/* ------------------------------------------------------------------ outer */

typedef struct outer_data {
    float a[MOST * WIDE], b[MOST * WIDE], c[WIDE * WIDE];
    const float *rows[MOST];
} outer_data;

static void check_outer(const sfd_kernels *set, outer_data *d, test_random *r)
{
    static float want[WIDE * WIDE];
    const size_t a_ld = (size_t)random_int(r, 1, WIDE), c_ld = (size_t)random_int(r, 1, WIDE);
    const sfd_outer o = {.rows = (size_t)random_int(r, 0, MOST),
                         .m = (size_t)random_int(r, 0, (int)a_ld),
                         .n = (size_t)random_int(r, 0, (int)c_ld),
                         .a = d->a,
                         .a_ld = a_ld,
                         .b = d->rows,
                         .c = d->c,
                         .c_ld = c_ld};
    for (size_t k = 0; k < MOST; k++) /* rows anywhere, a vector before the end of the memory */
        d->rows[k] = d->b + (size_t)random_int(r, 0, (int)(MOST * WIDE - o.n - LARGEST_VECTOR));
    random_fill_ints(r, d->c, WIDE * WIDE, 8);
    memcpy(want, d->c, sizeof want);
    for (size_t k = 0; k < o.rows; k++)
        for (size_t i = 0; i < o.m; i++)
            for (size_t j = 0; j < o.n; j++)
                want[i * c_ld + j] += o.a[k * a_ld + i] * o.b[k][j];
    set->outer(&o);
    assert_memory_equal(d->c, want, sizeof want);
}

static void test_outer(void **state)
{
    (void)state;
    test_random r = {3};
    outer_data *d = malloc(sizeof *d);
    const sfd_kernels *set;
    assert_non_null(d);
    random_fill_ints(&r, d->a, MOST * WIDE, 8);
    random_fill_ints(&r, d->b, MOST * WIDE, 8);
    for (size_t next = 0; (set = next_set(&next));)
        for (int i = 0; i < CASES / 3; i++)
            check_outer(set, d, &r);
    free(d);
}

/* ------------------------------------------------------------------ Winograd */

#define TILE   4 /* outputs along an axis */
#define SEEN   6 /* inputs */
#define TAPS   3
#define RANGE  8
#define POINTS (SEEN * SEEN)

/* One channel of inputs x [SEEN^axes] and gradients of outputs dy [TILE^axes]: what they add to
 * tap `tap`. */
static double plain_tap(int axes, const float *const *x, const float *const *dy, size_t ci,
                        size_t co, int tap)
{
    const int rows = axes == 2 ? TILE : 1, down = axes == 2 ? tap / TAPS : 0;
    double sum = 0;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < TILE; j++)
            sum += (double)dy[i * TILE + j][co] * (double)x[(i + down) * SEEN + j + tap % TAPS][ci];
    return sum;
}

/* A tile with n channels in and out: the products of all points, taken back to taps, are the plain
 * sums; and nothing is written behind the last whole vector. */
static void check_tile(const sfd_kernels *set, int axes, size_t n, test_random *r)
{
    static float values[2 * POINTS][WIDE + LARGEST_VECTOR], in[POINTS][WIDE + LARGEST_VECTOR],
        out[POINTS][WIDE + LARGEST_VECTOR], product[POINTS][WIDE + LARGEST_VECTOR],
        taps[TAPS * TAPS][WIDE + LARGEST_VECTOR];
    const size_t plane = WIDE + LARGEST_VECTOR;
    const float *x[POINTS], *dy[POINTS];
    const int n_points = axes == 2 ? POINTS : SEEN, n_taps = axes == 2 ? TAPS * TAPS : TAPS;
    random_fill_ints(r, values[0], sizeof values / sizeof(float), RANGE);
    for (int i = 0; i < POINTS; i++) {
        x[i] = values[i];
        dy[i] = values[POINTS + i];
        in[i][n + LARGEST_VECTOR - 1] = out[i][n + LARGEST_VECTOR - 1] = RANGE;
    }
    set->wino_outer->inputs(axes, x, n, in[0], plane);
    set->wino_outer->outputs(axes, dy, n, out[0], plane);
    for (size_t co = 0; co < n; co += n / 3 + 1) {
        for (int point = 0; point < n_points; point++)
            for (size_t ci = 0; ci < n; ci++)
                product[point][ci] = in[point][ci] * out[point][co];
        set->wino_outer->taps(axes, product[0], plane, n, taps[0], plane);
        for (int tap = 0; tap < n_taps; tap++)
            for (size_t ci = 0; ci < n; ci++)
                assert_float_equal(taps[tap][ci], plain_tap(axes, x, dy, ci, co, tap),
                                   2e-5 * TILE * TILE * RANGE * RANGE);
    }
    for (int i = 0; i < n_points; i++)
        assert_true(in[i][n + LARGEST_VECTOR - 1] == RANGE &&
                    out[i][n + LARGEST_VECTOR - 1] == RANGE);
}

static void test_winograd(void **state)
{
    (void)state;
    test_random r = {6};
    const sfd_kernels *set;
    for (size_t next = 0; (set = next_set(&next));)
        for (int i = 0; set->wino_outer && i < CASES / 10; i++)
            check_tile(set, 1 + i % 2, (size_t)random_int(&r, 1, WIDE), &r);
    assert_null(sfd_kernels_get(SFD_CPU_SCALAR)->wino_outer); /* whose plain sums are the oracle */
}

/* ------------------------------------------------------------------ norm */

enum { Z, Y, DY, RESIDUAL, D_RESIDUAL, N_MAPS };
enum { MEAN, SCALE, SHIFT, SLOPE, N_VECTORS };

typedef struct norm_data {
    float maps[N_MAPS][40 * WIDE], vectors[N_VECTORS][WIDE];
    double sums[4][WIDE];
} norm_data;

static void run_norm(const sfd_kernels *set, norm_data *d, size_t rows, size_t n, int kind)
{
    const bool norm = kind & 1, sum = kind & 2;
    const sfd_norm_map none = {NULL, 0};
    const sfd_norm_rows r = {
        .rows = rows,
        .n = n,
        .z = norm ? (sfd_norm_map){d->maps[Z], n} : none,
        .y = {d->maps[Y], WIDE},
        .dy = {d->maps[DY], n},
        .residual = sum ? (sfd_norm_map){d->maps[RESIDUAL], WIDE} : none,
        .d_residual = sum ? (sfd_norm_map){d->maps[D_RESIDUAL], n} : none,
        .mean = d->vectors[MEAN],
        .scale = d->vectors[SCALE],
        .shift = d->vectors[SHIFT],
        .slope = d->vectors[SLOPE],
        .relu = kind & 4,
    };
    if (norm)
        set->norm_moments(&r, d->sums[0], d->sums[1]);
    set->norm_forward(&r);
    set->norm_mask(&r, d->sums[2], d->sums[3]);
    if (norm)
        set->norm_backward(&r);
}

static void test_norm(void **state)
{
    (void)state;
    test_random r = {4};
    norm_data *start = calloc(3, sizeof *start), *want = start + 1, *got = start + 2;
    const sfd_kernels *set;
    assert_non_null(start);
    random_fill_ints(&r, start->maps[0], sizeof start->maps / sizeof(float), 8);
    random_fill_ints(&r, start->vectors[0], sizeof start->vectors / sizeof(float), 8);
    for (size_t next = 0; (set = next_set(&next));)
        for (int i = 0; i < CASES; i++) {
            const size_t rows = (size_t)random_int(&r, 0, 40), n = (size_t)random_int(&r, 1, WIDE);
            *want = *got = *start;
            run_norm(sfd_kernels_get(SFD_CPU_SCALAR), want, rows, n, i % 8);
            run_norm(set, got, rows, n, i % 8);
            assert_memory_equal(got, want, sizeof *got);
        }
    free(start);
}

/* Two channels, three positions. */
static void test_known_values(void **state)
{
    (void)state;
    const sfd_kernels *k = sfd_kernels_get(SFD_CPU_SCALAR);
    float z[] = {1, 2, 3, 4, 5, 9}, y[6], dy[] = {1, 2, 3, 4, 5, 6},
          residual[] = {0, 0, 1, -9, 0, 0};
    float d_residual[6] = {0, 0, 10};
    const float mean[] = {3, 5}, scale[] = {2, 1}, shift[] = {1, 0}, slope[] = {1, -1};
    double sum[2] = {0}, square[2] = {0}, d_sum[2] = {0}, product[2] = {0};
    const sfd_norm_rows r = {.rows = 3,
                             .n = 2,
                             .z = {z, 2},
                             .y = {y, 2},
                             .dy = {dy, 2},
                             .residual = {residual, 2},
                             .d_residual = {d_residual, 2},
                             .mean = mean,
                             .scale = scale,
                             .shift = shift,
                             .slope = slope,
                             .relu = true};
    k->norm_moments(&r, sum, square);
    assert_true(sum[0] == 0 && sum[1] == 0 && square[0] == 8 && square[1] == 26);
    k->norm_forward(&r);
    assert_memory_equal(y, ((float[]){0, 0, 2, 0, 5, 4}), sizeof y);
    k->norm_mask(&r, d_sum, product);
    assert_memory_equal(dy, ((float[]){0, 0, 3, 0, 5, 6}), sizeof dy);
    assert_memory_equal(d_residual, ((float[]){0, 0, 13, 0, 5, 6}), sizeof d_residual);
    assert_true(d_sum[0] == 8 && d_sum[1] == 6 && product[0] == 10 && product[1] == 24);
    k->norm_backward(&r);
    assert_memory_equal(z, ((float[]){-1, 3, 7, 1, 13, 2}), sizeof z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outer),
        cmocka_unit_test(test_winograd),
        cmocka_unit_test(test_norm),
        cmocka_unit_test(test_known_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
