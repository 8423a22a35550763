/* SPDX-License-Identifier: Apache-2.0 */
/* Shortest augmenting paths over a square matrix: rows and columns without a partner get one that
 * stands for "none", as dear as a forbidden pair. */
#include "base/assignment.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

typedef struct solver {
    const double *cost;
    size_t n_rows, n_columns, n; /* n: side of the square */
    double forbidden;            /* dearer than all allowed pairs together */
    double *u, *v;               /* [n] dual values of rows and columns */
    double *shortest;            /* [n] cheapest known path to a column */
    size_t *row_of, *previous;   /* [n] partner of a column; column before it on the path */
    bool *done;                  /* [n] column is in the tree of shortest paths */
} solver;

static double pair_cost(const solver *s, size_t row, size_t column)
{
    if (row >= s->n_rows || column >= s->n_columns)
        return 0;
    const double c = s->cost[row * s->n_columns + column];
    return isfinite(c) ? c : s->forbidden;
}

/* Padding rows and columns cost nothing, so that the square always has a full assignment; with a
 * forbidden pair dearer than everything else, as few of them as possible are taken. */
static void set_forbidden(solver *s)
{
    double most = 0;
    for (size_t i = 0; i < s->n_rows * s->n_columns; i++)
        if (isfinite(s->cost[i]))
            most = fmax(most, fabs(s->cost[i]));
    const size_t pairs = s->n_rows < s->n_columns ? s->n_rows : s->n_columns;
    s->forbidden = 2 * (most + 1) * (double)(pairs + 1);
}

/* The column that ends the cheapest path from `row` to a column without a partner. */
static size_t find_path(solver *s, size_t row)
{
    const size_t none = SFD_UNASSIGNED;
    for (size_t j = 0; j < s->n; j++) {
        s->shortest[j] = INFINITY;
        s->previous[j] = none;
        s->done[j] = false;
    }
    size_t i = row, at = none;
    double length = 0;
    for (;;) {
        size_t next = none;
        for (size_t j = 0; j < s->n; j++) {
            if (s->done[j])
                continue;
            const double d = length + pair_cost(s, i, j) - s->u[i] - s->v[j];
            if (d < s->shortest[j]) {
                s->shortest[j] = d;
                s->previous[j] = at;
            }
            if (next == none || s->shortest[j] < s->shortest[next])
                next = j;
        }
        length = s->shortest[next];
        s->done[next] = true;
        at = next;
        if (s->row_of[at] == none)
            break;
        i = s->row_of[at];
    }
    s->u[row] += length;
    for (size_t j = 0; j < s->n; j++)
        if (s->done[j] && j != at) {
            s->u[s->row_of[j]] += length - s->shortest[j];
            s->v[j] -= length - s->shortest[j];
        }
    return at;
}

static void augment(solver *s, size_t row, size_t column)
{
    while (s->previous[column] != SFD_UNASSIGNED) {
        const size_t before = s->previous[column];
        s->row_of[column] = s->row_of[before];
        column = before;
    }
    s->row_of[column] = row;
}

static void solve(solver *s, size_t *column_of)
{
    for (size_t j = 0; j < s->n; j++)
        s->row_of[j] = SFD_UNASSIGNED;
    for (size_t i = 0; i < s->n; i++)
        augment(s, i, find_path(s, i));
    for (size_t i = 0; i < s->n_rows; i++)
        column_of[i] = SFD_UNASSIGNED;
    for (size_t j = 0; j < s->n_columns; j++) {
        const size_t i = s->row_of[j];
        if (i < s->n_rows && isfinite(s->cost[i * s->n_columns + j]))
            column_of[i] = j;
    }
}

sfd_status sfd_assign(size_t *column_of, const double *cost, size_t n_rows, size_t n_columns,
                      sfd_error *err)
{
    solver s = {.cost = cost, .n_rows = n_rows, .n_columns = n_columns};
    s.n = n_rows > n_columns ? n_rows : n_columns;
    set_forbidden(&s);
    s.u = sfd_calloc(s.n, sizeof *s.u);
    s.v = sfd_calloc(s.n, sizeof *s.v);
    s.shortest = sfd_calloc(s.n, sizeof *s.shortest);
    s.row_of = sfd_calloc(s.n, sizeof *s.row_of);
    s.previous = sfd_calloc(s.n, sizeof *s.previous);
    s.done = sfd_calloc(s.n, sizeof *s.done);
    const bool ok = s.u && s.v && s.shortest && s.row_of && s.previous && s.done;
    if (ok)
        solve(&s, column_of);
    free(s.u);
    free(s.v);
    free(s.shortest);
    free(s.row_of);
    free(s.previous);
    free(s.done);
    return ok ? SFD_OK : sfd_fail_nomem(err, "assigning pairs");
}
