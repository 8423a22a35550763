/* SPDX-License-Identifier: Apache-2.0 */
/* The rows and columns that allowed pairs connect are solved apart from all others: what is near
 * each other is few, and a solution costs the cube of its number. In each part shortest augmenting
 * paths from every row of a matrix that is at least as wide as high (else it is turned); a
 * forbidden pair stands for "none". */
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

static sfd_status assign_part(size_t *column_of, const double *cost, size_t n_rows,
                              size_t n_columns, sfd_error *err)
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

/* ------------------------------------------------------------------ parts */

typedef struct parts {
    const double *cost;
    size_t n_rows, n_columns;
    bool gains;                     /* only pairs below zero matter */
    size_t *rows, *columns;         /* of the present part */
    size_t part_rows, part_columns; /* how many they are */
    bool *row_seen, *column_seen;   /* in this part or one before */
    double *part;                   /* its costs */
    size_t part_alloc, *column_of;  /* column_of: places in columns */
} parts;

static bool connects(const parts *p, size_t row, size_t column)
{
    const double c = p->cost[row * p->n_columns + column];
    return p->gains ? c < 0 : isfinite(c);
}

static void add_columns(parts *p, size_t row)
{
    for (size_t j = 0; j < p->n_columns; j++)
        if (!p->column_seen[j] && connects(p, row, j)) {
            p->column_seen[j] = true;
            p->columns[p->part_columns++] = j;
        }
}

static void add_rows(parts *p, size_t column)
{
    for (size_t i = 0; i < p->n_rows; i++)
        if (!p->row_seen[i] && connects(p, i, column)) {
            p->row_seen[i] = true;
            p->rows[p->part_rows++] = i;
        }
}

/* All that is connected with a row. */
static void collect_part(parts *p, size_t row)
{
    size_t rows_done = 0, columns_done = 0;
    p->rows[0] = row;
    p->row_seen[row] = true;
    p->part_rows = 1;
    p->part_columns = 0;
    while (rows_done < p->part_rows) {
        add_columns(p, p->rows[rows_done++]);
        while (columns_done < p->part_columns)
            add_rows(p, p->columns[columns_done++]);
    }
}

static bool copy_part(parts *p)
{
    const size_t n = p->part_rows * p->part_columns;
    if (n > p->part_alloc) {
        free(p->part);
        p->part = sfd_malloc_array(n, sizeof *p->part);
        p->part_alloc = p->part ? n : 0;
    }
    for (size_t k = 0; p->part && k < n; k++)
        p->part[k] =
            p->cost[p->rows[k / p->part_columns] * p->n_columns + p->columns[k % p->part_columns]];
    return p->part != NULL;
}

static sfd_status solve_part(parts *p, size_t *column_of, sfd_error *err)
{
    if (!copy_part(p))
        return sfd_fail_nomem(err, "assigning pairs");
    sfd_status status = assign_part(p->column_of, p->part, p->part_rows, p->part_columns, err);
    for (size_t k = 0; status == SFD_OK && k < p->part_rows; k++) {
        const size_t at = p->column_of[k], row = p->rows[k];
        if (at != SFD_UNASSIGNED && connects(p, row, p->columns[at]))
            column_of[row] = p->columns[at];
    }
    return status;
}

static sfd_status assign(parts *p, size_t *column_of, sfd_error *err)
{
    sfd_status status = SFD_OK;
    p->rows = sfd_malloc_array(p->n_rows, sizeof *p->rows);
    p->columns = sfd_malloc_array(p->n_columns, sizeof *p->columns);
    p->column_of = sfd_malloc_array(p->n_rows, sizeof *p->column_of);
    p->row_seen = sfd_calloc(p->n_rows, sizeof *p->row_seen);
    p->column_seen = sfd_calloc(p->n_columns, sizeof *p->column_seen);
    if (!p->rows || !p->columns || !p->column_of || !p->row_seen || !p->column_seen)
        status = sfd_fail_nomem(err, "assigning pairs");
    for (size_t i = 0; status == SFD_OK && i < p->n_rows; i++)
        column_of[i] = SFD_UNASSIGNED;
    for (size_t i = 0; status == SFD_OK && i < p->n_rows; i++) {
        if (p->row_seen[i])
            continue;
        collect_part(p, i);
        if (p->part_columns > 0)
            status = solve_part(p, column_of, err);
    }
    free(p->rows);
    free(p->columns);
    free(p->column_of);
    free(p->row_seen);
    free(p->column_seen);
    free(p->part);
    return status;
}

sfd_status sfd_assign(size_t *column_of, const double *cost, size_t n_rows, size_t n_columns,
                      sfd_error *err)
{
    parts p = {.cost = cost, .n_rows = n_rows, .n_columns = n_columns};
    return assign(&p, column_of, err);
}

sfd_status sfd_assign_gains(size_t *column_of, const double *cost, size_t n_rows, size_t n_columns,
                            sfd_error *err)
{
    parts p = {.cost = cost, .n_rows = n_rows, .n_columns = n_columns, .gains = true};
    return assign(&p, column_of, err);
}
