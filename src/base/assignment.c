/* SPDX-License-Identifier: Apache-2.0 */
/* Shortest augmenting paths from every row of a matrix that is at least as wide as high (else it is
 * turned); a forbidden pair stands for "none". */
#include "base/assignment.h"

#include "base/alloc.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

typedef struct solver {
    const double *cost;
    size_t n_rows, n_columns;  /* as solved: n_rows <= n_columns */
    bool turned;               /* rows are the caller's columns */
    double forbidden;          /* dearer than all allowed pairs together */
    double *u, *v;             /* [n_rows], [n_columns] dual values */
    double *shortest;          /* [n_columns] cheapest known path to a column */
    size_t *row_of, *previous; /* [n_columns] partner of a column; column before it on the path */
    bool *done;                /* [n_columns] column is in the tree of shortest paths */
} solver;

/* Not finite: forbidden. */
static double given_cost(const solver *s, size_t row, size_t column)
{
    return s->turned ? s->cost[column * s->n_rows + row] : s->cost[row * s->n_columns + column];
}

static double pair_cost(const solver *s, size_t row, size_t column)
{
    const double c = given_cost(s, row, column);
    return isfinite(c) ? c : s->forbidden;
}

/* With a forbidden pair dearer than everything else, as few of them as possible are taken. */
static void set_forbidden(solver *s)
{
    double most = 0;
    for (size_t i = 0; i < s->n_rows * s->n_columns; i++)
        if (isfinite(s->cost[i]))
            most = fmax(most, fabs(s->cost[i]));
    s->forbidden = 2 * (most + 1) * (double)(s->n_rows + 1);
}

/* The column that ends the cheapest path from `row` to a column without a partner. */
static size_t find_path(solver *s, size_t row)
{
    const size_t none = SFD_UNASSIGNED;
    for (size_t j = 0; j < s->n_columns; j++) {
        s->shortest[j] = INFINITY;
        s->previous[j] = none;
        s->done[j] = false;
    }
    size_t i = row, at = none;
    double length = 0;
    for (;;) {
        size_t next = none;
        for (size_t j = 0; j < s->n_columns; j++) {
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
    for (size_t j = 0; j < s->n_columns; j++)
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
    for (size_t j = 0; j < s->n_columns; j++)
        s->row_of[j] = SFD_UNASSIGNED;
    for (size_t i = 0; i < s->n_rows; i++)
        augment(s, i, find_path(s, i));
    for (size_t i = 0; i < (s->turned ? s->n_columns : s->n_rows); i++)
        column_of[i] = SFD_UNASSIGNED;
    for (size_t j = 0; j < s->n_columns; j++) {
        const size_t i = s->row_of[j];
        if (i != SFD_UNASSIGNED && isfinite(given_cost(s, i, j)))
            column_of[s->turned ? j : i] = s->turned ? i : j;
    }
}

sfd_status sfd_assign(size_t *column_of, const double *cost, size_t n_rows, size_t n_columns,
                      sfd_error *err)
{
    const bool turned = n_rows > n_columns;
    solver s = {.cost = cost,
                .n_rows = turned ? n_columns : n_rows,
                .n_columns = turned ? n_rows : n_columns,
                .turned = turned};
    set_forbidden(&s);
    s.u = sfd_calloc(s.n_rows, sizeof *s.u);
    s.v = sfd_calloc(s.n_columns, sizeof *s.v);
    s.shortest = sfd_calloc(s.n_columns, sizeof *s.shortest);
    s.row_of = sfd_calloc(s.n_columns, sizeof *s.row_of);
    s.previous = sfd_calloc(s.n_columns, sizeof *s.previous);
    s.done = sfd_calloc(s.n_columns, sizeof *s.done);
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
