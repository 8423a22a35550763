/* SPDX-License-Identifier: Apache-2.0 */
/* Which labels are said instead of which. */
#include "eval/confusion.h"

#include "base/alloc.h"

#include <stdlib.h>

static int by_ids(const void *a, const void *b)
{
    const sfd_eval_confusion *x = a, *y = b;
    const int order = (x->missed > y->missed) - (x->missed < y->missed);
    return order ? order : (x->said > y->said) - (x->said < y->said);
}

static int by_number(const void *a, const void *b)
{
    const sfd_eval_confusion *x = a, *y = b;
    const int order = (x->n < y->n) - (x->n > y->n);
    return order ? order : by_ids(a, b);
}

/* Equal pairs become one. */
static void merge(sfd_confusions *c)
{
    size_t n = 0;
    if (c->n == 0)
        return;
    qsort(c->pairs, c->n, sizeof *c->pairs, by_ids);
    for (size_t i = 1; i < c->n; i++)
        if (by_ids(&c->pairs[n], &c->pairs[i]) == 0)
            c->pairs[n].n += c->pairs[i].n;
        else
            c->pairs[++n] = c->pairs[i];
    c->n = n + 1;
}

/* Half of the room is free after a merge, so that one pays for many. */
static bool make_room(sfd_confusions *c)
{
    if (c->n < c->n_alloc)
        return true;
    merge(c);
    return c->n * 2 < c->n_alloc || sfd_grow(&c->pairs, &c->n_alloc, c->n_alloc, sizeof *c->pairs);
}

void sfd_confusions_count(sfd_confusions *c, int missed, int said)
{
    if (make_room(c))
        c->pairs[c->n++] = (sfd_eval_confusion){missed, said, 1};
    else
        c->failed = true;
}

void sfd_confusions_sort(sfd_confusions *c)
{
    merge(c);
    if (c->n > 0)
        qsort(c->pairs, c->n, sizeof *c->pairs, by_number);
}
