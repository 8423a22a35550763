/* SPDX-License-Identifier: Apache-2.0 */
/* log.csv and curve.svg. */
#include "train/report.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/outfile.h"

#include <math.h>
#include <stdio.h>

/* ------------------------------------------------------------------ measures */

/* What a run is measured by. */
typedef struct measure {
    const char *name;
    double (*get)(const sfd_train_epoch *);
} measure;

static double get_loss(const sfd_train_epoch *e)
{
    return e->loss;
}

static double get_map(const sfd_train_epoch *e)
{
    return e->map;
}

static double get_top1(const sfd_train_epoch *e)
{
    return e->top1;
}

static double get_top5(const sfd_train_epoch *e)
{
    return e->top5;
}

static double get_ap50(const sfd_train_epoch *e)
{
    return e->ap50;
}

static double get_recall50(const sfd_train_epoch *e)
{
    return e->recall50;
}

/* The columns of the log; the last is empty. */
static const measure *find_measures(const sfd_train_settings *s)
{
    static const measure boxes[] = {{"mAP", get_map}, {NULL, NULL}},
                         videos[] = {{"top1", get_top1},
                                     {"top5", get_top5},
                                     {"mAP", get_map},
                                     {NULL, NULL}},
                         persons[] = {{"AP50", get_ap50}, {"recall50", get_recall50}, {NULL, NULL}};
    return s->persons ? persons : s->list ? videos : boxes;
}

double sfd_train_measure(const sfd_train_epoch *e, const sfd_train_settings *s)
{
    const double first = find_measures(s)->get(e);
    return isnan(first) ? e->map : first;
}

const sfd_train_epoch *sfd_train_best(const sfd_run_state *r, const sfd_train_settings *s)
{
    const sfd_train_epoch *best =
        r->has_start && !isnan(sfd_train_measure(&r->start, s)) ? &r->start : NULL;
    for (int i = 0; i < r->epoch; i++) {
        const double value = sfd_train_measure(&r->history[i], s);
        if (!isnan(value) && (!best || value > sfd_train_measure(best, s)))
            best = &r->history[i];
    }
    return best;
}

size_t sfd_train_figures(sfd_train_figure out[SFD_MAX_FIGURES], const sfd_train_epoch *e,
                         const sfd_train_settings *s)
{
    size_t n = 0;
    out[n++] = (sfd_train_figure){"rate", e->rate};
    out[n++] = (sfd_train_figure){"loss", e->loss};
    for (const measure *m = find_measures(s); m->name; m++)
        out[n++] = (sfd_train_figure){m->name, m->get(e)};
    return n;
}

/* ------------------------------------------------------------------ log */

static void write_number(FILE *f, double v)
{
    char text[SFD_DECIMAL_CHARS];
    fprintf(f, ",%s", isnan(v) ? "" : sfd_format_fixed6(text, v));
}

static sfd_status write_log(const sfd_run_state *r, const sfd_train_settings *s, sfd_error *err)
{
    char path[SFD_MAX_RUN_PATH];
    sfd_outfile *file;
    sfd_status status = sfd_run_path(path, s, "log.csv", err);
    if (status == SFD_OK)
        status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        return status;
    FILE *f = sfd_outfile_stream(file);
    fputs("epoch,rate,loss", f);
    for (const measure *m = find_measures(s); m->name; m++)
        fprintf(f, ",%s", m->name);
    fputs(",seconds\n", f);
    for (int i = 0; i < r->epoch; i++) {
        sfd_train_figure figures[SFD_MAX_FIGURES];
        const size_t n = sfd_train_figures(figures, &r->history[i], s);
        fprintf(f, "%d", r->history[i].epoch);
        for (size_t k = 0; k < n; k++)
            write_number(f, figures[k].value);
        write_number(f, r->history[i].seconds);
        fputc('\n', f);
    }
    return sfd_outfile_commit(file, err);
}

/* ------------------------------------------------------------------ curve */

enum { WIDTH = 640, HEIGHT = 360, LEFT = 60, RIGHT = 580, TOP = 40, BOTTOM = 310 };

#define MIN_TOP  1e-6
#define MAX_TICK 8
#define LOSS     "#c03020"
#define MEASURE  "#2060c0"

/* The largest of 1, 2 and 5 times a power of ten that fits into the range three times. */
static double tick_step(double range)
{
    static const double parts[] = {5, 2, 1, 0.5, 0.2};
    const double power = pow(10, floor(log10(range)));
    size_t i = 0;
    while (i < 4 && range / (parts[i] * power) < 3)
        i++;
    return parts[i] * power;
}

static double place_y(double v, double top)
{
    return BOTTOM - (BOTTOM - TOP) * v / top;
}

static double place_x(double epoch, int n_epochs)
{
    return LEFT + (RIGHT - LEFT) * (epoch - 1) / (n_epochs > 1 ? n_epochs - 1 : 1);
}

static void write_text(FILE *f, double x, double y, const char *anchor, const char *colour,
                       double v)
{
    char at_x[SFD_DECIMAL_CHARS], at_y[SFD_DECIMAL_CHARS], text[SFD_DECIMAL_CHARS];
    sfd_format_short(text, v);
    fprintf(f, "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n",
            sfd_format_fixed6(at_x, x), sfd_format_fixed6(at_y, y), anchor, colour, text);
}

/* Numbers beside an axis from 0 to top. */
static void write_scale(FILE *f, double x, const char *anchor, const char *colour, double top)
{
    const double step = tick_step(top);
    for (int i = 0; i <= MAX_TICK && i * step <= top * (1 + 1e-9); i++)
        write_text(f, x, place_y(i * step, top) + 4, anchor, colour, i * step);
}

static void write_epochs(FILE *f, int n)
{
    const double step = n > 4 ? fmax(ceil(tick_step(n)), 1) : 1;
    write_text(f, LEFT, BOTTOM + 18, "middle", "#444", 1);
    for (double e = step > 1 ? step : 2; e <= n; e += step)
        write_text(f, place_x(e, n), BOTTOM + 18, "middle", "#444", e);
}

static void write_line(FILE *f, const sfd_run_state *r, double (*get)(const sfd_train_epoch *),
                       double top, const char *colour)
{
    char x[SFD_DECIMAL_CHARS], y[SFD_DECIMAL_CHARS];
    fprintf(f, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
    for (int i = 0; i < r->epoch; i++) {
        const double v = get(&r->history[i]);
        if (!isnan(v))
            fprintf(f, "%s,%s ", sfd_format_fixed6(x, place_x(i + 1, r->epoch)),
                    sfd_format_fixed6(y, place_y(v, top)));
    }
    fprintf(f, "\"/>\n");
}

/* Loss on the left axis, the first measure on the right one, which ends at 1. */
static sfd_status write_curve(const sfd_run_state *r, const sfd_train_settings *s, sfd_error *err)
{
    char path[SFD_MAX_RUN_PATH];
    double top = MIN_TOP;
    sfd_outfile *file;
    const measure *m = find_measures(s);
    sfd_status status = sfd_run_path(path, s, "curve.svg", err);
    if (status == SFD_OK)
        status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        return status;
    for (int i = 0; i < r->epoch; i++)
        top = fmax(top, r->history[i].loss);
    FILE *f = sfd_outfile_stream(file);
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
            "<path d=\"M%d %dV%dH%dV%d\" fill=\"none\" stroke=\"#888\"/>\n",
            WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT, TOP);
    write_scale(f, LEFT - 6, "end", LOSS, top);
    write_scale(f, RIGHT + 6, "start", MEASURE, 1);
    write_epochs(f, r->epoch);
    write_line(f, r, get_loss, top, LOSS);
    write_line(f, r, m->get, 1, MEASURE);
    fprintf(f,
            "<text x=\"%d\" y=\"%d\" fill=\"" LOSS "\">loss</text>\n"
            "<text x=\"%d\" y=\"%d\" fill=\"" MEASURE "\" text-anchor=\"end\">%s</text>\n"
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">epoch</text>\n</svg>\n",
            LEFT, TOP - 12, RIGHT, TOP - 12, m->name, (LEFT + RIGHT) / 2, BOTTOM + 38);
    return sfd_outfile_commit(file, err);
}

sfd_status sfd_train_report(const sfd_run_state *r, const sfd_train_settings *s, sfd_error *err)
{
    sfd_status status = write_log(r, s, err);
    return status == SFD_OK ? write_curve(r, s, err) : status;
}
