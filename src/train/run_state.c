/* SPDX-License-Identifier: Apache-2.0 */
/* state.bin, log.csv and curve.svg.
 *
 * state.bin, in the machine's byte order: header; history [epoch]; values and momenta [n_floats]
 * each. */
#include "train/run_state.h"

#include "base/alloc.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/outfile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PATH_LEN 4096

static const char magic[8] = "SFDTRN3";

typedef struct header {
    char magic[8];
    uint64_t n_floats, seed, step;
    int64_t epoch, epochs, batch, threads, frozen, schedule, side;
    double rate, momentum, weight_decay, dropout, warmup_epochs, loss_sum, seconds;
} header;

void sfd_run_state_free(sfd_run_state *r)
{
    free(r->history);
    *r = (sfd_run_state){0};
}

sfd_status sfd_run_state_add_epoch(sfd_run_state *r, const sfd_train_epoch *e, sfd_error *err)
{
    if (!sfd_grow(&r->history, &r->history_alloc, (size_t)r->epoch, sizeof *r->history))
        return sfd_fail_nomem(err, "the log");
    r->history[r->epoch++] = *e;
    r->step = 0;
    r->loss_sum = r->seconds = 0;
    return SFD_OK;
}

static sfd_status make_path(char *path, const sfd_train_settings *s, const char *name,
                            sfd_error *err)
{
    const int n = snprintf(path, MAX_PATH_LEN, "%s/%s", s->out, name);
    return n > 0 && n < MAX_PATH_LEN ? SFD_OK
                                     : sfd_fail(err, SFD_ERR_ARG, "%s: path too long", s->out);
}

static header make_header(const sfd_run_state *r, const sfd_params *p, const sfd_train_settings *s)
{
    header h;
    memset(&h, 0, sizeof h); /* padding too */
    memcpy(h.magic, magic, sizeof magic);
    h.n_floats = p->n_floats;
    h.seed = s->seed;
    h.step = r->step;
    h.epoch = r->epoch;
    h.epochs = s->epochs;
    h.batch = s->batch;
    h.threads = s->threads;
    h.frozen = s->freeze_backbone;
    h.schedule = (int64_t)s->schedule;
    h.side = s->persons ? s->persons_side : 0;
    h.rate = s->rate;
    h.momentum = s->momentum;
    h.weight_decay = s->weight_decay;
    h.dropout = s->dropout;
    h.warmup_epochs = s->warmup_epochs;
    h.loss_sum = r->loss_sum;
    h.seconds = r->seconds;
    return h;
}

sfd_status sfd_run_state_write(const sfd_run_state *r, const sfd_params *p,
                               const sfd_train_settings *s, sfd_error *err)
{
    char path[MAX_PATH_LEN];
    sfd_outfile *f;
    const header h = make_header(r, p, s);
    sfd_status status = make_path(path, s, "state.bin", err);
    if (status == SFD_OK)
        status = sfd_outfile_open(&f, path, err);
    if (status != SFD_OK)
        return status;
    FILE *out = sfd_outfile_stream(f);
    fwrite(&h, sizeof h, 1, out);
    if (r->epoch > 0)
        fwrite(r->history, sizeof *r->history, (size_t)r->epoch, out);
    fwrite(p->value, sizeof *p->value, p->n_floats, out);
    fwrite(p->momentum, sizeof *p->momentum, p->n_floats, out);
    return sfd_outfile_commit(f, err);
}

/* ------------------------------------------------------------------ reading */

static sfd_status check_header(const header *h, const sfd_mapping *m, const char *path,
                               const sfd_params *p, const sfd_train_settings *s, sfd_error *err)
{
    const size_t rest = sizeof(sfd_train_epoch) * (size_t)h->epoch;
    if (memcmp(h->magic, magic, sizeof magic) != 0 || h->epoch < 0 || h->epoch > 1000000)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: not the state of a training run", path);
    if (h->n_floats != p->n_floats)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: belongs to another network: %llu values, this one has %zu", path,
                        (unsigned long long)h->n_floats, p->n_floats);
    if (m->n_bytes != sizeof *h + rest + 2 * sizeof(float) * p->n_floats)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: is damaged: %zu bytes", path, m->n_bytes);
    const header now = make_header(&(sfd_run_state){0}, p, s);
    if (h->seed != now.seed || h->epochs != now.epochs || h->batch != now.batch ||
        h->frozen != now.frozen || h->schedule != now.schedule || h->side != now.side ||
        h->rate != now.rate || h->momentum != now.momentum || h->weight_decay != now.weight_decay ||
        h->dropout != now.dropout || h->warmup_epochs != now.warmup_epochs ||
        h->threads != now.threads)
        return sfd_fail(err, SFD_ERR_MISMATCH,
                        "%s: was begun with other settings (epochs %lld, batch %lld, rate %g, seed "
                        "%llu, threads %lld ...): resume with the same ones",
                        path, (long long)h->epochs, (long long)h->batch, h->rate,
                        (unsigned long long)h->seed, (long long)h->threads);
    return SFD_OK;
}

static sfd_status take(sfd_run_state *r, sfd_params *p, const header *h, const sfd_mapping *m,
                       sfd_error *err)
{
    const unsigned char *at = m->data + sizeof *h;
    const size_t bytes = p->n_floats * sizeof *p->value;
    for (int64_t i = 0; i < h->epoch; i++, at += sizeof(sfd_train_epoch)) {
        sfd_train_epoch e;
        memcpy(&e, at, sizeof e);
        sfd_status status = sfd_run_state_add_epoch(r, &e, err);
        if (status != SFD_OK)
            return status;
    }
    r->step = (size_t)h->step;
    r->loss_sum = h->loss_sum;
    r->seconds = h->seconds;
    memcpy(p->value, at, bytes);
    memcpy(p->momentum, at + bytes, bytes);
    return SFD_OK;
}

sfd_status sfd_run_state_read(sfd_run_state *r, sfd_params *p, const sfd_train_settings *s,
                              sfd_error *err)
{
    char path[MAX_PATH_LEN];
    sfd_mapping m = {0};
    header h = {0};
    sfd_status status = make_path(path, s, "state.bin", err);
    if (status == SFD_OK)
        status = sfd_load_file(&m, path, err);
    if (status != SFD_OK)
        return status;
    if (m.n_bytes >= sizeof h)
        memcpy(&h, m.data, sizeof h);
    status = check_header(&h, &m, path, p, s, err);
    if (status == SFD_OK)
        status = take(r, p, &h, &m, err);
    sfd_unmap(&m);
    return status;
}

/* ------------------------------------------------------------------ reports */

static void write_number(FILE *f, double v)
{
    char text[SFD_DECIMAL_CHARS];
    fprintf(f, ",%s", isnan(v) ? "" : sfd_format_fixed6(text, v));
}

/* What a run is measured by: its columns in the log, of which the first is drawn. */
typedef struct measure {
    const char *columns, *label;
    double (*get[3])(const sfd_train_epoch *); /* NULL behind the last */
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

static const measure *find_measure(const sfd_train_settings *s)
{
    static const measure boxes = {"mAP", "mAP", {get_map}},
                         videos = {"top1,top5,mAP",
                                   "top-1 accuracy",
                                   {get_top1, get_top5, get_map}},
                         persons = {"AP50,recall50", "AP at IoU 0.5", {get_ap50, get_recall50}};
    return s->persons ? &persons : s->list ? &videos : &boxes;
}

static sfd_status write_log(const sfd_run_state *r, const sfd_train_settings *s, sfd_error *err)
{
    const measure *m = find_measure(s);
    char path[MAX_PATH_LEN];
    sfd_outfile *file;
    sfd_status status = make_path(path, s, "log.csv", err);
    if (status == SFD_OK)
        status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        return status;
    FILE *f = sfd_outfile_stream(file);
    fprintf(f, "epoch,rate,loss,%s,seconds\n", m->columns);
    for (int i = 0; i < r->epoch; i++) {
        const sfd_train_epoch *e = &r->history[i];
        fprintf(f, "%d", e->epoch);
        write_number(f, e->rate);
        write_number(f, e->loss);
        for (int k = 0; k < 3 && m->get[k]; k++)
            write_number(f, m->get[k](e));
        write_number(f, e->seconds);
        fputc('\n', f);
    }
    return sfd_outfile_commit(file, err);
}

enum { WIDTH = 640, HEIGHT = 360, LEFT = 60, RIGHT = 580, TOP = 40, BOTTOM = 310 };

static void write_line(FILE *f, const sfd_run_state *r, double (*get)(const sfd_train_epoch *),
                       double top, const char *colour)
{
    char x[SFD_DECIMAL_CHARS], y[SFD_DECIMAL_CHARS];
    const double n = r->epoch > 1 ? r->epoch - 1 : 1;
    fprintf(f, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colour);
    for (int i = 0; i < r->epoch; i++) {
        const double v = get(&r->history[i]);
        if (!isnan(v))
            fprintf(f, "%s,%s ", sfd_format_fixed6(x, LEFT + (RIGHT - LEFT) * i / n),
                    sfd_format_fixed6(y, BOTTOM - (BOTTOM - TOP) * v / top));
    }
    fprintf(f, "\"/>\n");
}

/* Loss on the left axis, the measure on the right one, which ends at 1. */
static sfd_status write_curve(const sfd_run_state *r, const sfd_train_settings *s, sfd_error *err)
{
    char path[MAX_PATH_LEN], number[SFD_DECIMAL_CHARS];
    double top = 1e-6;
    sfd_outfile *file;
    sfd_status status = make_path(path, s, "curve.svg", err);
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
    write_line(f, r, get_loss, top, "#c03020");
    write_line(f, r, find_measure(s)->get[0], 1, "#2060c0");
    fprintf(f,
            "<text x=\"%d\" y=\"%d\" fill=\"#c03020\">loss (top: %s)</text>\n"
            "<text x=\"%d\" y=\"%d\" fill=\"#2060c0\" text-anchor=\"end\">%s (top: 1)</text>\n"
            "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">epochs 1 to %d</text>\n</svg>\n",
            LEFT, TOP - 12, sfd_format_fixed6(number, top), RIGHT, TOP - 12, find_measure(s)->label,
            (LEFT + RIGHT) / 2, BOTTOM + 30, r->epoch);
    return sfd_outfile_commit(file, err);
}

sfd_status sfd_run_state_report(const sfd_run_state *r, const sfd_train_settings *s, sfd_error *err)
{
    sfd_status status = write_log(r, s, err);
    return status == SFD_OK ? write_curve(r, s, err) : status;
}
