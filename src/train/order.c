/* SPDX-License-Identifier: Apache-2.0 */
#include "train/order.h"

#include "base/alloc.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void sfd_order_shuffle(size_t *order, size_t n, sfd_random r)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t j = sfd_random_below(&r, i), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

/* The samples of each class, one class after the other; the last class is that of samples without
 * any. */
typedef struct class_lists {
    size_t n_lists, n_classes; /* lists that are not empty; n_classes of the samples, and one */
    size_t *start;             /* [n_classes + 1] */
    size_t *samples;
    bool *has; /* [n_classes]: the present sample's */
} class_lists;

static void find_classes(class_lists *l, const sfd_samples *s, const sfd_sample *sample)
{
    const size_t k = s->n_classes;
    const float *targets = s->targets + sample->first_box * k;
    memset(l->has, 0, l->n_classes * sizeof *l->has);
    l->has[k] = true;
    for (size_t i = 0; i < sample->n_boxes * k; i++)
        if (targets[i] > 0) {
            l->has[i % k] = true;
            l->has[k] = false;
        }
}

/* start [k] becomes the place behind class k's last sample. */
static size_t count_samples(class_lists *l, const sfd_samples *s)
{
    size_t total = 0;
    memset(l->start, 0, (l->n_classes + 1) * sizeof *l->start);
    for (size_t i = 0; i < s->n; i++) {
        find_classes(l, s, &s->items[i]);
        for (size_t k = 0; k < l->n_classes; k++)
            l->start[k] += l->has[k];
    }
    for (size_t k = 0; k < l->n_classes; k++)
        l->start[k] = total += l->start[k];
    return total;
}

/* From the last sample to the first, so that each list is in order; then empty lists go. */
static void fill_lists(class_lists *l, const sfd_samples *s, size_t total)
{
    for (size_t i = s->n; i-- > 0;) {
        find_classes(l, s, &s->items[i]);
        for (size_t k = 0; k < l->n_classes; k++)
            if (l->has[k])
                l->samples[--l->start[k]] = i;
    }
    l->start[l->n_classes] = total;
    for (size_t k = 0; k < l->n_classes; k++)
        if (l->start[k + 1] > l->start[k])
            l->start[l->n_lists++] = l->start[k];
    l->start[l->n_lists] = total;
}

static bool make_lists(class_lists *l, const sfd_samples *s)
{
    l->n_classes = s->n_classes + 1;
    l->start = sfd_malloc_array(l->n_classes + 1, sizeof *l->start);
    l->has = sfd_malloc_array(l->n_classes, sizeof *l->has);
    if (!l->start || !l->has)
        return false;
    const size_t total = count_samples(l, s);
    l->samples = sfd_malloc_array(total, sizeof *l->samples);
    if (l->samples)
        fill_lists(l, s, total);
    return l->samples;
}

sfd_status sfd_order_by_class(size_t *order, const sfd_samples *s, sfd_random r, sfd_error *err)
{
    class_lists l = {0};
    const bool ok = make_lists(&l, s);
    for (size_t i = 0; ok && i < s->n; i++) {
        const size_t list = sfd_random_below(&r, l.n_lists);
        const size_t n = l.start[list + 1] - l.start[list];
        order[i] = l.samples[l.start[list] + sfd_random_below(&r, n)];
    }
    free(l.start);
    free(l.has);
    free(l.samples);
    return ok ? SFD_OK : sfd_fail_nomem(err, "the order of samples");
}
