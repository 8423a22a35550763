/* SPDX-License-Identifier: Apache-2.0 */
/* sfeval's tables on stdout. */
#include "sfeval_tables.h"

#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CONFUSED 15 /* pairs of labels that are printed */
#define NAME_WIDTH    40

/* A column of APs; `baseline` is what differences are taken to, NULL: none. */
typedef struct column {
    const sfd_eval_result *result, *baseline;
    char title[24];
} column;

static void print_ap(double ap)
{
    if (isnan(ap))
        cli_print("  %8s", "-");
    else
        cli_print("  %8.6f", ap);
}

static void print_difference(double ap, double baseline)
{
    if (isnan(ap) || isnan(baseline))
        cli_print("  %9s", "-");
    else
        cli_print("  %+9.6f", ap - baseline);
}

static void print_cells(const column *columns, size_t n,
                        double (*ap)(const sfd_eval_result *, size_t), size_t index)
{
    for (size_t k = 0; k < n; k++) {
        double value = ap(columns[k].result, index);
        print_ap(value);
        if (columns[k].baseline)
            print_difference(value, ap(columns[k].baseline, index));
    }
    cli_print("\n");
}

static double class_ap(const sfd_eval_result *r, size_t index)
{
    return r->classes[index].ap;
}

static double group_ap(const sfd_eval_result *r, size_t index)
{
    return r->group_map[index];
}

static double mean_ap(const sfd_eval_result *r, size_t index)
{
    (void)index;
    return r->map;
}

/* ---- order of classes ---- */

typedef struct sort_key {
    size_t index;
    double value; /* rising */
} sort_key;

static int compare_keys(const void *a, const void *b)
{
    const sort_key *p = a, *q = b;
    if (p->value != q->value)
        return p->value < q->value ? -1 : 1;
    return p->index < q->index ? -1 : p->index > q->index;
}

static sort_key *sort_classes(const sfd_eval_result *r, eval_sort sort)
{
    sort_key *keys = malloc((r->n_classes + 1) * sizeof *keys);
    for (size_t i = 0; keys && i < r->n_classes; i++) {
        const sfd_eval_class *c = &r->classes[i];
        double value = sort == SORT_COUNT ? -(double)c->n_gt
                       : sort == SORT_ID  ? c->id
                       : isnan(c->ap)     ? 1
                                          : -c->ap;
        keys[i] = (sort_key){i, value};
    }
    if (keys)
        qsort(keys, r->n_classes, sizeof *keys, compare_keys);
    return keys;
}

/* ---- scores ---- */

static void print_counts(const eval_run *runs, size_t n_runs)
{
    static const struct {
        const char *name;
        size_t offset;
    } lines[] = {
        {"rows", offsetof(sfd_eval_counts, n_rows)},
        {"- only a frame, no box", offsetof(sfd_eval_counts, n_frame_only)},
        {"- label not on the list", offsetof(sfd_eval_counts, n_off_list)},
        {"- excluded frame", offsetof(sfd_eval_counts, n_excluded)},
        {"- frame not in the truth", offsetof(sfd_eval_counts, n_unknown)},
        {"- over the limit per frame", offsetof(sfd_eval_counts, n_over_limit)},
        {"- box without area", offsetof(sfd_eval_counts, n_no_area)},
        {"rows scored", offsetof(sfd_eval_counts, n_used)},
        {"videos", offsetof(sfd_eval_counts, n_videos)},
        {"keyframes", offsetof(sfd_eval_counts, n_keyframes)},
        {"distinct boxes", offsetof(sfd_eval_counts, n_boxes)},
        {"classes", offsetof(sfd_eval_counts, n_classes)},
    };
    cli_print("\n%-28s  %10s", "counts", "truth");
    for (size_t k = 0; k < n_runs; k++)
        cli_print(n_runs > 1 ? "         [%zu]" : "  detections", k + 1);
    cli_print("\n");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        cli_print("%-28s  %10zu", lines[i].name,
                  *(const size_t *)((const char *)&runs[0].truth + lines[i].offset));
        for (size_t k = 0; k < n_runs; k++)
            cli_print("  %10zu",
                      *(const size_t *)((const char *)&runs[k].detections + lines[i].offset));
        cli_print("\n");
    }
}

void warn_dropped(const char *program, const eval_run *run)
{
    const sfd_eval_counts *c = &run->detections;
    const char *dialect = sfd_eval_dialect_name(run->dialect);
    if (c->n_over_limit > 0)
        cli_warn(program,
                 "%s: %zu of %zu rows left out: %s takes the best 50 of a frame (--dialect "
                 "pyslowfast and mmaction2 take all)",
                 run->path, c->n_over_limit, c->n_rows, dialect);
    if (c->n_unknown > 0)
        cli_warn(program,
                 "%s: %zu of %zu rows left out: %s ignores frames that the truth does not have "
                 "(--dialect activitynet_2019 and pyslowfast count them as false positives)",
                 run->path, c->n_unknown, c->n_rows, dialect);
}

/* mAP and recall of the boxes, a row per threshold. */
static void print_thresholds(const eval_run *runs, size_t n_runs)
{
    cli_print("\n%-28s", "IoU");
    for (size_t k = 0; k < n_runs; k++)
        cli_print(n_runs > 1 ? "   mAP [%zu]  recall [%zu]" : "       mAP  box recall", k + 1,
                  k + 1);
    cli_print("\n");
    for (size_t i = 0; i < runs[0].n_ious; i++) {
        cli_print("%-28g", runs[0].results[i].iou);
        for (size_t k = 0; k < n_runs; k++) {
            print_ap(runs[k].results[i].map);
            cli_print("  ");
            print_ap(runs[k].box_recalls[i]);
        }
        cli_print("\n");
    }
    if (runs[0].n_ious < 2)
        return;
    cli_print("%-28s", "mean");
    for (size_t k = 0; k < n_runs; k++) {
        double map = 0, recall = 0, n = (double)runs[k].n_ious;
        for (size_t i = 0; i < runs[k].n_ious; i++) {
            map += runs[k].results[i].map;
            recall += runs[k].box_recalls[i];
        }
        print_ap(map / n);
        cli_print("  ");
        print_ap(recall / n);
    }
    cli_print("\n");
}

static void print_classes(const column *columns, size_t n, eval_sort sort)
{
    const sfd_eval_result *first = columns[0].result;
    sort_key *keys = sort_classes(first, sort);
    cli_print("%4s  %-*s  %8s", "id", NAME_WIDTH, "name", "truth");
    for (size_t k = 0; k < n; k++)
        cli_print("  %8s%s", columns[k].title, columns[k].baseline ? "       diff" : "");
    cli_print("\n");
    for (size_t i = 0; keys && i < first->n_classes; i++) {
        const sfd_eval_class *c = &first->classes[keys[i].index];
        cli_print("%4d  %-*s  %8zu", c->id, NAME_WIDTH, c->name, c->n_gt);
        print_cells(columns, n, class_ap, keys[i].index);
    }
    free(keys);
}

static void print_means(const column *columns, size_t n, const char *dialect)
{
    static const char *const groups[SFD_EVAL_N_GROUPS] = {"pose (1-14)", "person-object (15-63)",
                                                          "person-person (64-80)"};
    for (size_t g = 0; g < SFD_EVAL_N_GROUPS; g++) {
        cli_print("%4s  %-*s  %8s", "", NAME_WIDTH, groups[g], "");
        print_cells(columns, n, group_ap, g);
    }
    cli_print("%4s  mAP, %-*s  %8s", "", NAME_WIDTH - 5, dialect, "");
    print_cells(columns, n, mean_ap, 0);
}

void print_scores(const eval_run *runs, size_t n_runs, eval_sort sort)
{
    size_t n = n_runs > 1 ? n_runs : runs[0].n_ious;
    column *columns = calloc(n, sizeof *columns);
    if (!columns)
        return;
    for (size_t k = 0; k < n; k++) {
        column *c = &columns[k];
        c->result = n_runs > 1 ? runs[k].results : &runs[0].results[k];
        c->baseline = n_runs > 1 && k > 0 ? runs[0].results : NULL;
        if (n_runs > 1)
            snprintf(c->title, sizeof c->title, "AP [%zu]", k + 1);
        else
            snprintf(c->title, sizeof c->title, n > 1 ? "AP@%g" : "AP", c->result->iou);
    }
    for (size_t k = 0; k < n_runs; k++) {
        if (n_runs > 1)
            cli_print("[%zu] ", k + 1);
        cli_print("%s\n", runs[k].path);
    }
    cli_print("%s, IoU", sfd_eval_dialect_name(runs[0].dialect));
    for (size_t i = 0; i < (n_runs > 1 ? 1 : runs[0].n_ious); i++)
        cli_print(" %g", runs[0].results[i].iou);
    cli_print("\n\n");
    print_classes(columns, n, sort);
    cli_print("\n");
    print_means(columns, n, sfd_eval_dialect_name(runs[0].dialect));
    print_thresholds(runs, n_runs);
    print_counts(runs, n_runs);
    free(columns);
}

/* ---- dialects ---- */

static void print_dialect_map(const eval_run *run, size_t iou)
{
    if (!run->done)
        cli_print("  %16s", "refused");
    else if (isnan(run->results[iou].map))
        cli_print("  %16s", "undefined");
    else
        cli_print("  %16.6f", run->results[iou].map);
}

void print_dialects(const eval_run *runs, size_t n_files, size_t n_dialects, const double *ious,
                    size_t n_ious)
{
    cli_print("%-10s", "mAP");
    for (size_t d = 0; d < n_dialects; d++)
        cli_print("  %16s", sfd_eval_dialect_name(runs[d * n_files].dialect));
    cli_print("\n");
    for (size_t i = 0; i < n_ious; i++) {
        for (size_t f = 0; f < n_files; f++) {
            cli_print("IoU %-6g", ious[i]);
            for (size_t d = 0; d < n_dialects; d++)
                print_dialect_map(&runs[d * n_files + f], i);
            cli_print("  %s\n", runs[f].path);
        }
    }
}

/* ---- differences ---- */

static bool is_luck(const sfd_eval_interval *v)
{
    return !(v->low > 0 || v->high < 0);
}

static void print_interval(const sfd_eval_interval *v)
{
    cli_print("  %+9.6f  %+9.6f  %+9.6f  %6.3f", v->difference, v->low, v->high, v->p);
}

/* Classes of which the difference is more than luck. */
static void print_gain(const eval_run *run, size_t number)
{
    const sfd_eval_bootstrap_result *g = &run->gain;
    cli_print("\n[%zu] less [1]: %zu draws of %zu video%s with replacement\n", number, g->n_samples,
              g->n_videos, cli_plural(g->n_videos));
    cli_print("%4s  %-*s  %9s  %9s  %9s  %6s\n", "id", NAME_WIDTH, "name", "diff", "low", "high",
              "p");
    for (size_t i = 0; i < g->n_classes; i++) {
        const sfd_eval_class *c = &run->results[0].classes[i];
        if (is_luck(&g->classes[i]))
            continue;
        cli_print("%4d  %-*s", c->id, NAME_WIDTH, c->name);
        print_interval(&g->classes[i]);
        cli_print("\n");
    }
    cli_print("%4s  %-*s", "", NAME_WIDTH, "mAP");
    print_interval(&g->map);
    cli_print("  %s\n", is_luck(&g->map) ? "may be luck of the videos" : "more than luck");
}

void print_gains(const eval_run *runs, size_t n_runs)
{
    for (size_t k = 1; k < n_runs; k++)
        if (runs[k].gain.classes)
            print_gain(&runs[k], k + 1);
}

/* ---- errors ---- */

static void print_error_cells(const size_t n[SFD_EVAL_N_ERROR_KINDS])
{
    for (int k = 0; k < SFD_EVAL_N_ERROR_KINDS; k++)
        cli_print("  %11zu", n[k]);
    cli_print("\n");
}

static const sfd_eval_class *find_class(const sfd_eval_result *r, int id)
{
    const sfd_eval_class *found = NULL;
    for (size_t i = 0; i < r->n_classes; i++)
        found = r->classes[i].id == id ? &r->classes[i] : found;
    return found;
}

/* The most frequent ones. */
static void print_confusions(const eval_run *run)
{
    const sfd_eval_errors *e = &run->errors;
    if (e->n_confusions == 0)
        return;
    cli_print("\n%s: labels said of a person instead of one that nobody found, most often\n",
              run->path);
    cli_print("%8s  %8s  %-*s  %s\n", "times", "of truth", NAME_WIDTH, "missed", "said");
    for (size_t i = 0; i < e->n_confusions && i < MOST_CONFUSED; i++) {
        const sfd_eval_confusion *c = &e->confusions[i];
        const sfd_eval_class *missed = find_class(&run->results[0], c->missed),
                             *said = find_class(&run->results[0], c->said);
        if (missed && said)
            cli_print("%8zu  %8zu  %-*s  %s\n", c->n, missed->n_gt, NAME_WIDTH, missed->name,
                      said->name);
    }
}

void print_errors(const eval_run *run)
{
    const sfd_eval_errors *e = &run->errors;
    const sfd_eval_result *r = &run->results[0];
    cli_print("\n%s: errors at IoU %g", run->path, e->iou);
    if (e->min_score > 0)
        cli_print(" of detections that score %g or more", e->min_score);
    cli_print(": false positives (first four) and missed truths\n");
    cli_print("%4s  %-*s  %8s", "id", NAME_WIDTH, "name", "right");
    for (int k = 0; k < SFD_EVAL_N_ERROR_KINDS; k++)
        cli_print("  %11s", sfd_eval_error_kind_name((sfd_eval_error_kind)k));
    cli_print("\n");
    size_t n_tp = 0;
    for (size_t i = 0; i < e->n_classes; i++) {
        const sfd_eval_class *c = &r->classes[i];
        n_tp += e->classes[i].n_right;
        if (c->n_gt == 0 && c->n_det == 0)
            continue;
        cli_print("%4d  %-*s  %8zu", c->id, NAME_WIDTH, c->name, e->classes[i].n_right);
        print_error_cells(e->classes[i].n);
    }
    cli_print("\n%4s  %-*s  %8zu", "", NAME_WIDTH, "all classes", n_tp);
    print_error_cells(e->n);
    cli_print("%4s  %-*s  %8.6f", "", NAME_WIDTH, "mAP, and if this kind were repaired", e->map);
    for (int k = 0; k < SFD_EVAL_N_ERROR_KINDS; k++)
        cli_print("  %11.6f", e->repaired_map[k]);
    cli_print("\n%4s  %-*s  %8s", "", NAME_WIDTH, "gain", "");
    for (int k = 0; k < SFD_EVAL_N_ERROR_KINDS; k++)
        cli_print("  %+11.6f", e->repaired_map[k] - e->map);
    cli_print("\n");
    print_confusions(run);
}
