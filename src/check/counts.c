/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers about the ground truth: keyframes, people, labels, what occurs together. */
#include "base/alloc.h"
#include "base/box.h"
#include "base/error.h"
#include "check/work.h"

#include <stdlib.h>
#include <string.h>

/* While the truth is counted. */
typedef struct counter {
    sfd_check *c;
    size_t *class_of;    /* [max_id + 1] class + 1, 0: none */
    uint32_t *last_seen; /* [n_classes] video + 1 in which a class occurred last */
    size_t *together;    /* [n_classes][n_classes], i < j */
    double *heights;     /* [n_boxes] */
} counter;

static bool is_box(const sfd_check_row *r)
{
    return r->kind == SFD_ROW_BOX;
}

static bool same_box(const sfd_check_row *a, const sfd_check_row *b)
{
    return is_box(a) && is_box(b) && sfd_check_compare_keyframes(a, b) == 0 &&
           sfd_box_same(&a->box, &b->box);
}

/* Rows that say the same twice; the later one is dropped. */
static void find_duplicates(sfd_check *c, sfd_check_file *f)
{
    for (size_t i = 1; i < f->n; i++) {
        const sfd_check_row *a = f->sorted[i - 1], *b = f->sorted[i];
        if (!same_box(a, b) || a->label != b->label)
            continue;
        f->rows[b - f->rows].fix |= SFD_FIX_DROP;
        sfd_check_note(c, SFD_CHECK_DUPLICATE, f->path, b->line,
                       "the same box and label as in line %llu", (unsigned long long)a->line);
    }
}

static bool counts(const sfd_check_row *r)
{
    return is_box(r) && !(r->fix & SFD_FIX_DROP);
}

/* ------------------------------------------------------------------- classes */

static int largest_label(const sfd_check *c)
{
    int most = c->labels.max_id;
    for (size_t i = 0; i < c->truth.n; i++)
        if (is_box(&c->truth.rows[i]) && c->truth.rows[i].label > most)
            most = c->truth.rows[i].label;
    return most < SFD_MAX_LABEL_ID ? most : SFD_MAX_LABEL_ID;
}

/* Those on the list; without one, those that occur. */
static sfd_status list_classes(counter *k, sfd_error *err)
{
    sfd_check *c = k->c;
    const int most = largest_label(c);
    k->class_of = sfd_calloc((size_t)most + 1, sizeof *k->class_of);
    c->classes = sfd_calloc((size_t)most + 1, sizeof *c->classes);
    if (!k->class_of || !c->classes)
        return sfd_fail_nomem(err, c->truth.path);
    for (size_t i = 0; i < c->truth.n && c->labels.n_labels == 0; i++)
        if (is_box(&c->truth.rows[i]) && c->truth.rows[i].label <= most)
            k->class_of[c->truth.rows[i].label] = 1;
    for (int id = 1; id <= most; id++) {
        const char *name = sfd_label_name(&c->labels, id);
        if (!name && (c->labels.n_labels > 0 || !k->class_of[id]))
            continue;
        c->classes[c->facts.n_classes] = (sfd_check_class){.id = id, .name = name};
        k->class_of[id] = ++c->facts.n_classes;
    }
    k->last_seen = sfd_calloc(c->facts.n_classes, sizeof *k->last_seen);
    k->together = sfd_calloc(c->facts.n_classes, c->facts.n_classes * sizeof *k->together);
    k->heights = sfd_calloc(c->truth.n, sizeof *k->heights);
    return k->last_seen && k->together && k->heights ? SFD_OK : sfd_fail_nomem(err, c->truth.path);
}

static size_t class_of(const counter *k, const sfd_check_row *r)
{
    return r->label >= 1 && r->label <= SFD_MAX_LABEL_ID ? k->class_of[r->label] : 0;
}

static void count_label(counter *k, const sfd_check_row *r)
{
    sfd_check *c = k->c;
    const size_t class = class_of(k, r);
    c->facts.n_idle += r->label == 0;
    if (class == 0)
        return;
    c->facts.n_labels++;
    c->classes[class - 1].n_labels++;
    if (k->last_seen[class - 1] != r->video + 1) {
        k->last_seen[class - 1] = r->video + 1;
        c->classes[class - 1].n_videos++;
    }
}

/* Rows first to end - 1 are one box, whose labels rise. */
static void count_box(counter *k, size_t first, size_t end)
{
    sfd_check *c = k->c;
    const sfd_check_row *const *rows = c->truth.sorted;
    k->heights[c->facts.n_boxes++] = rows[first]->box.y2 - rows[first]->box.y1;
    for (size_t i = first; i < end; i++) {
        if (!counts(rows[i]))
            continue;
        count_label(k, rows[i]);
        for (size_t j = i + 1; j < end; j++) {
            const size_t a = class_of(k, rows[i]), b = class_of(k, rows[j]);
            if (counts(rows[j]) && a && b)
                k->together[(a - 1) * c->facts.n_classes + b - 1]++;
        }
    }
}

static void count_keyframe(counter *k, size_t first, size_t end)
{
    sfd_check *c = k->c;
    size_t n_people = 0;
    for (size_t at = first, next; at < end; at = next) {
        next = at + 1;
        if (!is_box(c->truth.sorted[at]))
            continue;
        while (next < end && same_box(c->truth.sorted[at], c->truth.sorted[next]))
            next++;
        count_box(k, at, next);
        n_people++;
    }
    c->facts.n_keyframes++;
    c->facts.people[n_people < SFD_CHECK_PEOPLE ? n_people : SFD_CHECK_PEOPLE - 1]++;
}

/* --------------------------------------------------------------------- sums */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sum_heights(counter *k)
{
    static const double shares[] = {0.1, 0.5, 0.9};
    sfd_check_facts *facts = &k->c->facts;
    if (facts->n_boxes == 0)
        return;
    qsort(k->heights, facts->n_boxes, sizeof *k->heights, by_value);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
        facts->height[i] = k->heights[(size_t)(shares[i] * (double)(facts->n_boxes - 1))];
}

static int by_number(const void *a, const void *b)
{
    const sfd_check_pair *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return x->ids[0] != y->ids[0] ? x->ids[0] - y->ids[0] : x->ids[1] - y->ids[1];
}

static sfd_status list_pairs(counter *k, sfd_error *err)
{
    sfd_check *c = k->c;
    const size_t n = c->facts.n_classes;
    for (size_t i = 0; i < n * n; i++)
        c->facts.n_pairs += k->together[i] > 0;
    c->pairs = sfd_calloc(c->facts.n_pairs, sizeof *c->pairs);
    if (!c->pairs)
        return sfd_fail_nomem(err, c->truth.path);
    for (size_t i = 0, at = 0; i < n * n; i++)
        if (k->together[i] > 0)
            c->pairs[at++] =
                (sfd_check_pair){{c->classes[i / n].id, c->classes[i % n].id}, k->together[i]};
    qsort(c->pairs, c->facts.n_pairs, sizeof *c->pairs, by_number);
    return SFD_OK;
}

static void find_rare_classes(sfd_check *c)
{
    for (size_t i = 0; i < c->facts.n_classes; i++) {
        const sfd_check_class *k = &c->classes[i];
        const char *name = k->name ? k->name : "";
        if (k->n_labels == 0)
            sfd_check_note(c, SFD_CHECK_CLASS_MISSING, c->truth.path, 0,
                           "class %d \"%.200s\" does not occur", k->id, name);
        else if (k->n_labels < c->s.min_examples)
            sfd_check_note(c, SFD_CHECK_CLASS_RARE, c->truth.path, 0,
                           "class %d \"%.200s\" has %zu box%s, fewer than %zu", k->id, name,
                           k->n_labels, k->n_labels == 1 ? "" : "es", c->s.min_examples);
    }
}

static size_t count_excluded(const sfd_check *c)
{
    size_t n = 0, at = 0;
    const sfd_check_file *e = &c->excluded, *t = &c->truth;
    for (size_t i = 0; i < t->n; i = sfd_check_keyframe_end(t, i)) {
        while (at < e->n && sfd_check_compare_keyframes(e->sorted[at], t->sorted[i]) < 0)
            at++;
        n += at < e->n && sfd_check_compare_keyframes(e->sorted[at], t->sorted[i]) == 0;
    }
    return n;
}

static size_t count_videos(const sfd_check *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_videos; i++)
        n += c->videos[i].in_truth;
    return n;
}

sfd_status sfd_check_count_all(sfd_check *c, sfd_error *err)
{
    counter k = {.c = c};
    find_duplicates(c, &c->truth);
    if (c->val.n > 0)
        find_duplicates(c, &c->val);
    sfd_status status = list_classes(&k, err);
    for (size_t at = 0, end; at < c->truth.n && status == SFD_OK; at = end) {
        end = sfd_check_keyframe_end(&c->truth, at);
        count_keyframe(&k, at, end);
    }
    if (status == SFD_OK)
        status = list_pairs(&k, err);
    if (status == SFD_OK) {
        sum_heights(&k);
        find_rare_classes(c);
        c->facts.n_rows = c->truth.n;
        c->facts.n_videos = count_videos(c);
        c->facts.n_excluded = count_excluded(c);
    }
    free(k.class_of);
    free(k.last_seen);
    free(k.together);
    free(k.heights);
    return status;
}
