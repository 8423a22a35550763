/* SPDX-License-Identifier: Apache-2.0 */
/* Bars of per-class AP as SVG, after figure 3 of the SlowFast paper. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/utf8.h"

#include <sfdet/eval.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_REPORTS   6
#define MAX_LEGEND    160
#define N_HIGHLIGHTED 5
#define MIN_FIRST_AP  0.01 /* below, a relative gain says nothing */

/* Pixels. */
#define MIN_LEFT    56
#define RIGHT       24
#define MIN_WIDTH   760
#define TOP         28
#define LEGEND_ROW  20
#define PLOT_HEIGHT 340
#define GROUP_GAP   6
#define MIN_SLOT    20
#define MAX_SLOT    56
#define NAME_SIZE   13
#define NAME_SLOPE  60  /* degrees */
#define NAME_COS    0.5 /* of that slope */
#define NAME_SIN    0.87
#define CHAR_WIDTH  7.4 /* on average */

static const char *const bar_colours[MAX_REPORTS] = {"#9aa5b1", "#2b6cb0", "#2f855a",
                                                     "#805ad5", "#b7791f", "#c53030"};
#define RELATIVE_COLOUR "#dd6b20"

typedef struct category {
    size_t place; /* in the reports' lists of classes */
    const char *name;
    size_t n_gt;
    double gain, relative_gain; /* of the last report over the first, NaN: undefined */
    bool bold, coloured;
} category;

typedef struct plot {
    FILE *out;
    const sfd_eval_report *reports;
    size_t n_reports;
    category *categories;
    size_t n;
    double top_ap; /* of the axis, 0.1, 0.2, ... 1 */
    int left, plot_y, bar_width, slot_width, width, height;
} plot;

/* ---- what to show ---- */

static int by_falling_count(const void *a, const void *b)
{
    const category *p = a, *q = b;
    if (p->n_gt != q->n_gt)
        return p->n_gt < q->n_gt ? 1 : -1;
    return p->place < q->place ? -1 : p->place > q->place;
}

static double ap_of(const plot *p, size_t report, const category *c)
{
    return p->reports[report].result->classes[c->place].ap;
}

/* Marks the five largest positive values of one kind of gain. */
static void highlight(plot *p, bool relative)
{
    for (int k = 0; k < N_HIGHLIGHTED; k++) {
        category *best = NULL;
        for (size_t i = 0; i < p->n; i++) {
            category *c = &p->categories[i];
            double gain = relative ? c->relative_gain : c->gain;
            double best_gain = best ? relative ? best->relative_gain : best->gain : 0;
            if (!(relative ? c->coloured : c->bold) && gain > best_gain)
                best = c;
        }
        if (!best)
            return;
        if (relative)
            best->coloured = true;
        else
            best->bold = true;
    }
}

static sfd_status collect(plot *p, sfd_error *err)
{
    const sfd_eval_result *first = p->reports[0].result;
    p->categories = sfd_calloc(first->n_classes, sizeof *p->categories);
    if (!p->categories)
        return sfd_fail_nomem(err, "plot");
    double highest = 0;
    for (size_t i = 0; i < first->n_classes; i++) {
        const sfd_eval_class *c = &first->classes[i];
        if (c->n_gt == 0)
            continue;
        category *to = &p->categories[p->n++];
        *to = (category){.place = i, .name = c->name, .n_gt = c->n_gt};
        to->gain = ap_of(p, p->n_reports - 1, to) - c->ap;
        to->relative_gain = c->ap > MIN_FIRST_AP ? to->gain / c->ap : NAN;
        for (size_t k = 0; k < p->n_reports; k++)
            if (ap_of(p, k, to) > highest)
                highest = ap_of(p, k, to);
    }
    qsort(p->categories, p->n, sizeof *p->categories, by_falling_count);
    if (p->n_reports > 1) {
        highlight(p, false);
        highlight(p, true);
    }
    p->top_ap = ceil(highest * 10 - 1e-9) / 10;
    if (p->top_ap < 0.1)
        p->top_ap = 0.1;
    return SFD_OK;
}

/* Narrow bars for many classes, wider ones where that leaves the plot half empty. */
static void lay_out(plot *p)
{
    int n = (int)p->n_reports, room = (MIN_WIDTH - MIN_LEFT - RIGHT) / (int)(p->n ? p->n : 1);
    p->bar_width = n == 1 ? 14 : n == 2 ? 9 : 6;
    p->slot_width = n * p->bar_width + GROUP_GAP;
    if (p->slot_width < MIN_SLOT)
        p->slot_width = MIN_SLOT;
    if (p->slot_width < room) {
        p->slot_width = room < MAX_SLOT ? room : MAX_SLOT;
        p->bar_width = (p->slot_width * 3 / 4) / n;
    }
    p->plot_y = TOP + LEGEND_ROW * (n + (n > 1)) + 12;
    p->left = MIN_LEFT;
    double longest = 0;
    for (size_t i = 0; i < p->n; i++) {
        double length = (double)strlen(p->categories[i].name) * CHAR_WIDTH;
        double sticks_out = length * NAME_COS - p->slot_width * ((double)i + 0.5);
        longest = length > longest ? length : longest;
        p->left = sticks_out > p->left ? (int)sticks_out : p->left;
    }
    p->width = p->left + RIGHT + p->slot_width * (int)p->n;
    if (p->width < MIN_WIDTH)
        p->width = MIN_WIDTH;
    p->height = p->plot_y + PLOT_HEIGHT + 32 + (int)(longest * NAME_SIN);
}

/* ---- drawing ---- */

/* Printable text with XML's markup escaped. */
static void put_text(FILE *out, const char *text)
{
    const char *start = text;
    for (; *text; text++) {
        if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>' && text - start >= 2 && text[-1] == ']' && text[-2] == ']')
            fputs("&gt;", out);
        else
            fputc(*text, out);
    }
}

/* File name without folders, where that tells the reports apart. */
static const char *legend_name(const plot *p, size_t k)
{
    const char *names[MAX_REPORTS];
    for (size_t i = 0; i < p->n_reports; i++) {
        const char *slash = strrchr(p->reports[i].path, '/');
        names[i] = slash && slash[1] ? slash + 1 : p->reports[i].path;
    }
    for (size_t i = 0; i < p->n_reports; i++)
        if (i != k && strcmp(names[i], names[k]) == 0)
            return p->reports[k].path;
    return names[k];
}

static double y_of(const plot *p, double ap)
{
    return p->plot_y + PLOT_HEIGHT * (1 - ap / p->top_ap);
}

static void draw_legend(const plot *p)
{
    int y = TOP;
    for (size_t k = 0; k < p->n_reports; k++, y += LEGEND_ROW) {
        const sfd_eval_report *r = &p->reports[k];
        fprintf(p->out, "<rect x=\"%d\" y=\"%d\" width=\"13\" height=\"13\" fill=\"%s\"/>\n",
                p->left, y - 11, bar_colours[p->n_reports == 1 ? 1 : k]);
        fprintf(p->out, "<text x=\"%d\" y=\"%d\" font-size=\"14\">", p->left + 20, y);
        char name[MAX_LEGEND];
        snprintf(name, sizeof name, "%s", legend_name(p, k));
        sfd_make_printable(name);
        put_text(p->out, name);
        if (isnan(r->result->map))
            fprintf(p->out, ": mAP undefined");
        else
            fprintf(p->out, ": %.2f mAP", r->result->map * 100);
        fprintf(p->out, " at IoU %g (%s)</text>\n", r->result->iou,
                sfd_eval_dialect_name(r->dialect));
    }
    if (p->n_reports > 1)
        fprintf(
            p->out,
            "<text x=\"%d\" y=\"%d\" font-size=\"13\"><tspan font-weight=\"bold\">bold</tspan>: "
            "largest absolute gains, <tspan fill=\"" RELATIVE_COLOUR
            "\">orange</tspan>: largest relative gains (first AP above 1)</text>\n",
            p->left + 20, y);
}

static void draw_axes(const plot *p)
{
    int steps = (int)lround(p->top_ap * 10), right = p->width - RIGHT;
    for (int i = 0; i <= steps; i++) {
        double y = y_of(p, i / 10.0);
        fprintf(p->out,
                "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\"/>\n"
                "<text x=\"%d\" y=\"%.1f\" font-size=\"12\" text-anchor=\"end\">%d</text>\n",
                p->left, y, right, y, i ? "#e2e8f0" : "#4a5568", p->left - 8, y + 4, i * 10);
    }
    fprintf(p->out,
            "<text transform=\"translate(%d %d) rotate(-90)\" font-size=\"13\" "
            "text-anchor=\"middle\">average precision (%%)</text>\n",
            p->left - 38, p->plot_y + PLOT_HEIGHT / 2);
}

static void draw_bars(const plot *p, const category *c, double x)
{
    for (size_t k = 0; k < p->n_reports; k++, x += p->bar_width) {
        double ap = ap_of(p, k, c);
        if (isnan(ap))
            continue;
        fprintf(p->out,
                "<rect x=\"%.1f\" y=\"%.2f\" width=\"%d\" height=\"%.2f\" fill=\"%s\"><title>", x,
                y_of(p, ap), p->bar_width, PLOT_HEIGHT * ap / p->top_ap,
                bar_colours[p->n_reports == 1 ? 1 : k]);
        put_text(p->out, c->name);
        fprintf(p->out, ": AP %.2f, %zu sample%s</title></rect>\n", ap * 100, c->n_gt,
                sfd_plural(c->n_gt));
    }
}

static void draw_name(const plot *p, const category *c, double x)
{
    fprintf(p->out,
            "<text transform=\"translate(%.1f %d) rotate(-%d)\" font-size=\"%d\" "
            "text-anchor=\"end\"%s fill=\"%s\">",
            x + 4, p->plot_y + PLOT_HEIGHT + 16, NAME_SLOPE, NAME_SIZE,
            c->bold ? " font-weight=\"bold\"" : "", c->coloured ? RELATIVE_COLOUR : "#1a202c");
    put_text(p->out, c->name);
    fprintf(p->out, "</text>\n");
}

static void draw(const plot *p)
{
    fprintf(p->out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" "
            "fill=\"#1a202c\">\n<title>Average precision per action class</title>\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
            p->width, p->height, p->width, p->height, p->width, p->height);
    draw_legend(p);
    draw_axes(p);
    for (size_t i = 0; i < p->n; i++) {
        double centre = p->left + p->slot_width * ((double)i + 0.5);
        draw_bars(p, &p->categories[i], centre - p->bar_width * (double)p->n_reports / 2);
        draw_name(p, &p->categories[i], centre);
    }
    fprintf(p->out, "</svg>\n");
}

sfd_status sfd_eval_write_plot(const char *path, const sfd_eval_report *reports, size_t n,
                               sfd_error *err)
{
    if (n < 1 || n > MAX_REPORTS)
        return sfd_fail(err, SFD_ERR_ARG, "%s: a plot shows 1 to %d results, not %zu", path,
                        MAX_REPORTS, n);
    for (size_t k = 1; k < n; k++)
        if (reports[k].result->n_classes != reports[0].result->n_classes)
            return sfd_fail(err, SFD_ERR_ARG, "%s: results of different label lists", path);
    plot p = {.reports = reports, .n_reports = n};
    sfd_outfile *out = NULL;
    sfd_status st = collect(&p, err);
    if (st == SFD_OK)
        st = sfd_outfile_open(&out, path, err);
    if (st == SFD_OK) {
        lay_out(&p);
        p.out = sfd_outfile_stream(out);
        draw(&p);
        st = sfd_outfile_commit(out, err);
    }
    free(p.categories);
    return st;
}
