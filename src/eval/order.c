/* SPDX-License-Identifier: Apache-2.0 */
/* Orders, to the last tie as the public evaluators have them. */
#include "eval/order.h"

#include "base/alloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows of a frame ---- */

bool sfd_group_by_frame(sfd_frame_groups *out, const sfd_rows *rows, size_t n_frames)
{
    out->start = sfd_calloc(n_frames + 2, sizeof *out->start);
    out->rows = sfd_malloc_array(rows->n, sizeof *out->rows);
    if (!out->start || !out->rows) {
        sfd_frame_groups_free(out);
        return false;
    }
    /* counted two places up, so that filling leaves each start where it belongs */
    for (size_t i = 0; i < rows->n; i++)
        out->start[rows->items[i].frame + 2]++;
    for (size_t f = 2; f < n_frames + 2; f++)
        out->start[f] += out->start[f - 1];
    for (size_t i = 0; i < rows->n; i++)
        out->rows[out->start[rows->items[i].frame + 1]++] = (uint32_t)i;
    return true;
}

void sfd_frame_groups_free(sfd_frame_groups *g)
{
    free(g->start);
    free(g->rows);
    *g = (sfd_frame_groups){0};
}

/* Python compares tuples (score, label, y1, x1, y2, x2): the first component that is not equal
 * decides with `<`, so a NaN makes both directions false. */
static bool heap_less(const sfd_row *a, const sfd_row *b)
{
    if (a->score != b->score)
        return a->score < b->score;
    if (a->label != b->label)
        return a->label < b->label;
    if (a->box.y1 != b->box.y1)
        return a->box.y1 < b->box.y1;
    if (a->box.x1 != b->box.x1)
        return a->box.x1 < b->box.x1;
    if (a->box.y2 != b->box.y2)
        return a->box.y2 < b->box.y2;
    return a->box.x2 < b->box.x2;
}

/* The entry at `at` moves up while it is less than its parent (heapq._siftdown). */
static void heap_rise(uint32_t *heap, size_t at, const sfd_row *rows)
{
    uint32_t entry = heap[at];
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (!heap_less(&rows[entry], &rows[heap[parent]]))
            break;
        heap[at] = heap[parent];
        at = parent;
    }
    heap[at] = entry;
}

/* heapq.heapreplace: the hole at the root goes down to a leaf, the entry rises from there. */
static void heap_replace(uint32_t *heap, size_t n, uint32_t entry, const sfd_row *rows)
{
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && !heap_less(&rows[heap[child]], &rows[heap[child + 1]]))
            child++;
        heap[at] = heap[child];
    }
    heap[at] = entry;
    heap_rise(heap, at, rows);
}

/* The heap grows at the front of the array that is read from. */
static size_t through_heap(uint32_t *index, size_t n, const sfd_row *rows, size_t limit)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++) {
        if (limit == 0 || size < limit) {
            index[size] = index[i];
            heap_rise(index, size++, rows);
        } else if (rows[index[i]].score > rows[index[0]].score) {
            heap_replace(index, size, index[i], rows);
        }
    }
    return size;
}

/* ---- Python's stable sort ---- */

#define SHORT_SORT 64

/* Length of the run at the start; a strictly falling one is reversed. */
static size_t first_run(sfd_keyed *a, size_t n)
{
    size_t run = 1;
    if (n < 2)
        return n;
    if (a[1].key < a[0].key) {
        for (run = 2; run < n && a[run].key < a[run - 1].key;)
            run++;
        for (size_t i = 0, j = run - 1; i < j; i++, j--) {
            sfd_keyed t = a[i];
            a[i] = a[j];
            a[j] = t;
        }
    } else {
        for (run = 2; run < n && !(a[run].key < a[run - 1].key);)
            run++;
    }
    return run;
}

/* The run, then binary insertion: what Python does with fewer than 64 elements, to the comparison,
 * which tells where NaN keys go. */
static void insertion_sort(sfd_keyed *a, size_t n)
{
    for (size_t i = first_run(a, n); i < n; i++) {
        sfd_keyed entry = a[i];
        size_t lo = 0, hi = i;
        while (lo < hi) {
            size_t middle = lo + (hi - lo) / 2;
            if (entry.key < a[middle].key)
                hi = middle;
            else
                lo = middle + 1;
        }
        memmove(a + lo + 1, a + lo, (i - lo) * sizeof *a);
        a[lo] = entry;
    }
}

/* Merges a and b into out, where b already is the end of out. */
static void merge(sfd_keyed *out, const sfd_keyed *a, size_t n_a, const sfd_keyed *b, size_t n_b)
{
    while (n_a > 0 && n_b > 0) {
        bool take_b = b->key < a->key;
        *out++ = take_b ? *b++ : *a++;
        n_a -= !take_b;
        n_b -= take_b;
    }
    memcpy(out, a, n_a * sizeof *a);
}

/* scratch: n elements. */
static void stable_sort(sfd_keyed *a, size_t n, sfd_keyed *scratch)
{
    if (n < SHORT_SORT) {
        insertion_sort(a, n);
        return;
    }
    size_t half = n / 2;
    stable_sort(a, half, scratch);
    stable_sort(a + half, n - half, scratch);
    if (!(a[half].key < a[half - 1].key))
        return;
    memcpy(scratch, a, half * sizeof *a);
    merge(a, scratch, half, a + half, n - half);
}

size_t sfd_order_frame(uint32_t *index, size_t n, const sfd_rows *rows, const sfd_rules *rules,
                       size_t limit, sfd_keyed *scratch)
{
    if (rules->limited)
        n = through_heap(index, n, rows->items, limit);
    if (!rules->sorted)
        return n;
    for (size_t i = 0; i < n; i++)
        scratch[i] = (sfd_keyed){-rows->items[index[i]].score, index[i]};
    stable_sort(scratch, n, scratch + n);
    for (size_t i = 0; i < n; i++)
        index[i] = scratch[i].row;
    return n;
}

/* ---- NumPy's argsort ---- */

#define SMALL_SEGMENT 15

static bool less(double a, double b)
{
    return a < b || (isnan(b) && !isnan(a));
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t t = *a;
    *a = *b;
    *b = t;
}

/* Moves entry x down from place i of a heap whose places are 1 to size, place k being a[k - 1]. */
static void sift(const double *v, uint32_t *a, size_t i, size_t size, uint32_t x)
{
    for (size_t j = 2 * i; j <= size; j = 2 * i) {
        if (j < size && less(v[a[j - 1]], v[a[j]]))
            j++;
        if (!less(v[x], v[a[j - 1]]))
            break;
        a[i - 1] = a[j - 1];
        i = j;
    }
    a[i - 1] = x;
}

static void heap_sort(const double *v, uint32_t *a, size_t n)
{
    for (size_t l = n / 2; l >= 1; l--)
        sift(v, a, l, n, a[l - 1]);
    for (size_t size = n; size > 1;) {
        uint32_t last = a[size - 1];
        a[--size] = a[0];
        sift(v, a, 1, size, last);
    }
}

static void insert_rest(const double *v, uint32_t *t, ptrdiff_t l, ptrdiff_t r)
{
    for (ptrdiff_t i = l + 1; i <= r; i++) {
        uint32_t entry = t[i];
        ptrdiff_t j = i;
        for (; j > l && less(v[entry], v[t[j - 1]]); j--)
            t[j] = t[j - 1];
        t[j] = entry;
    }
}

/* Median of three to the middle, then partition of [l, r]; returns the pivot's place. */
static ptrdiff_t partition(const double *v, uint32_t *t, ptrdiff_t l, ptrdiff_t r)
{
    ptrdiff_t m = l + ((r - l) >> 1);
    if (less(v[t[m]], v[t[l]]))
        swap(&t[m], &t[l]);
    if (less(v[t[r]], v[t[m]]))
        swap(&t[r], &t[m]);
    if (less(v[t[m]], v[t[l]]))
        swap(&t[m], &t[l]);
    double pivot = v[t[m]];
    swap(&t[m], &t[r - 1]);
    ptrdiff_t i = l, j = r - 1;
    for (;;) {
        do
            i++;
        while (less(v[t[i]], pivot));
        do
            j--;
        while (less(pivot, v[t[j]]));
        if (i >= j)
            break;
        swap(&t[i], &t[j]);
    }
    swap(&t[i], &t[r - 1]);
    return i;
}

void sfd_numpy_argsort(const double *v, uint32_t *t, size_t n)
{
    struct {
        ptrdiff_t l, r;
        int budget;
    } stack[64]; /* the smaller part is sorted first, so log2(n) entries are enough */
    size_t depth = 0;
    ptrdiff_t l = 0, r = (ptrdiff_t)n - 1;
    int budget = 0;
    for (size_t i = n; i >>= 1;)
        budget += 2;
    for (size_t i = 0; i < n; i++)
        t[i] = (uint32_t)i;
    for (;;) {
        bool sorted = budget < 0;
        if (sorted)
            heap_sort(v, t + l, (size_t)(r - l + 1));
        while (!sorted && r - l > SMALL_SEGMENT) {
            ptrdiff_t i = partition(v, t, l, r);
            budget--;
            bool left_first = i - l < r - i;
            stack[depth].l = left_first ? i + 1 : l;
            stack[depth].r = left_first ? r : i - 1;
            stack[depth++].budget = budget;
            if (left_first)
                r = i - 1;
            else
                l = i + 1;
        }
        if (!sorted)
            insert_rest(v, t, l, r);
        if (depth == 0)
            return;
        depth--;
        l = stack[depth].l;
        r = stack[depth].r;
        budget = stack[depth].budget;
    }
}
