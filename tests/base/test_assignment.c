/* SPDX-License-Identifier: Apache-2.0 */
/* Assignments against all permutations: most pairs first, then least cost. */
#include "base/assignment.h"
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MOST 6

typedef struct choice {
    size_t n_pairs;
    double cost;
} choice;

static bool better(choice a, choice b)
{
    return a.n_pairs != b.n_pairs ? a.n_pairs > b.n_pairs : a.cost < b.cost;
}

/* Tries every partner for rows from `row` on. */
static choice best_of_all(const double *cost, size_t n_rows, size_t n_columns, size_t row,
                          bool *taken)
{
    if (row == n_rows)
        return (choice){0, 0};
    choice best = best_of_all(cost, n_rows, n_columns, row + 1, taken);
    for (size_t j = 0; j < n_columns; j++) {
        const double c = cost[row * n_columns + j];
        if (taken[j] || !isfinite(c))
            continue;
        taken[j] = true;
        choice with = best_of_all(cost, n_rows, n_columns, row + 1, taken);
        taken[j] = false;
        with.n_pairs++;
        with.cost += c;
        if (better(with, best))
            best = with;
    }
    return best;
}

static void check(const double *cost, size_t n_rows, size_t n_columns)
{
    size_t column_of[MOST];
    bool taken[MOST] = {false};
    choice found = {0, 0};
    assert_int_equal(sfd_assign(column_of, cost, n_rows, n_columns, NULL), SFD_OK);
    for (size_t i = 0; i < n_rows; i++) {
        const size_t j = column_of[i];
        if (j == SFD_UNASSIGNED)
            continue;
        assert_true(j < n_columns && !taken[j]);
        assert_true(isfinite(cost[i * n_columns + j]));
        taken[j] = true;
        found.n_pairs++;
        found.cost += cost[i * n_columns + j];
    }
    memset(taken, 0, sizeof taken);
    const choice best = best_of_all(cost, n_rows, n_columns, 0, taken);
    assert_int_equal(found.n_pairs, best.n_pairs);
    assert_true(fabs(found.cost - best.cost) < 1e-9);
}

static void random_costs(void **state)
{
    (void)state;
    sfd_random r = sfd_random_init(11, 0);
    for (int round = 0; round < 3000; round++) {
        double cost[MOST * MOST];
        const size_t n_rows = sfd_random_below(&r, MOST + 1);
        const size_t n_columns = sfd_random_below(&r, MOST + 1);
        const double forbidden = sfd_random_unit(&r);
        const bool integers = sfd_random_chance(&r, 0.3); /* ties */
        for (size_t i = 0; i < n_rows * n_columns; i++) {
            const double c = sfd_random_between(&r, -3, 10);
            cost[i] = sfd_random_chance(&r, forbidden) ? (i % 2 ? NAN : INFINITY)
                      : integers                       ? floor(c)
                                                       : c;
        }
        check(cost, n_rows, n_columns);
    }
}

static void many(void **state)
{
    (void)state;
    enum { N = 300 };
    double *cost = malloc((size_t)N * N * sizeof *cost);
    size_t column_of[N];
    assert_non_null(cost);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            cost[i * N + j] = (double)((i + 1) * (j + 1)); /* least when paired in reverse */
    assert_int_equal(sfd_assign(column_of, cost, N, N, NULL), SFD_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(column_of[i], N - 1 - i);
    free(cost);
}

/* Chains of people who overlap their neighbours, as in a crowd: quick however many they are, and
 * the chain's middle is right: a row may take the next column only where all after it do. */
static void parts(void **state)
{
    (void)state;
    enum { N = 3000, CHAIN = 5 };
    double *cost = malloc((size_t)N * N * sizeof *cost);
    size_t column_of[N];
    assert_non_null(cost);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            cost[i * N + j] = i / CHAIN != j / CHAIN ? NAN : i == j ? 0.5 : j == i + 1 ? 0.1 : NAN;
    assert_int_equal(sfd_assign(column_of, cost, N, N, NULL), SFD_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(column_of[i], i);
    for (size_t k = 0; k < (size_t)N * N; k++)
        cost[k] = isfinite(cost[k]) ? cost[k] - 0.6 : 0;
    assert_int_equal(sfd_assign_gains(column_of, cost, N, N, NULL), SFD_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(column_of[i], i % CHAIN == CHAIN - 1 ? SFD_UNASSIGNED : i + 1);
    free(cost);
}

/* The greatest gain may be fewer pairs: 10 by one pair, 2 by two. */
static void gains(void **state)
{
    (void)state;
    static const double cost[] = {-10, -1, -1, 0};
    size_t column_of[2];
    assert_int_equal(sfd_assign_gains(column_of, cost, 2, 2, NULL), SFD_OK);
    assert_int_equal(column_of[0], 0);
    assert_int_equal(column_of[1], SFD_UNASSIGNED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_costs), cmocka_unit_test(many),
                                       cmocka_unit_test(parts), cmocka_unit_test(gains)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
