/* SPDX-License-Identifier: Apache-2.0 */
/* state.bin, in the machine's byte order: header with the start's record; history [epoch]; values
 * and momenta [n_floats] each. */
#include "train/run_state.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/outfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char magic[8] = "SFDTRN7";

typedef struct header {
    char magic[8];
    uint64_t n_floats, seed, step;
    int64_t epoch, epochs, batch, threads, frozen, schedule, side, by_class, rounds;
    double rate, momentum, weight_decay, dropout, warmup_epochs, focal_gamma, focal_alpha,
        drop_pathway, sync_loss;
    double loss_sum, seconds;
    int64_t has_start;
    sfd_train_epoch start;
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

sfd_status sfd_run_path(char path[SFD_MAX_RUN_PATH], const sfd_train_settings *s, const char *name,
                        sfd_error *err)
{
    const int n = snprintf(path, SFD_MAX_RUN_PATH, "%s/%s", s->out, name);
    return n > 0 && n < SFD_MAX_RUN_PATH ? SFD_OK
                                         : sfd_fail(err, SFD_ERR_ARG, "%s: path too long", s->out);
}

bool sfd_run_state_exists(const sfd_train_settings *s)
{
    char path[SFD_MAX_RUN_PATH];
    sfd_error err;
    return sfd_run_path(path, s, "state.bin", &err) == SFD_OK && access(path, F_OK) == 0;
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
    h.frozen = s->freeze_backbone ? -1 : (int64_t)s->frozen_stages;
    h.schedule = (int64_t)s->schedule;
    h.side = s->persons ? s->persons_side : 0;
    h.by_class = s->by_class;
    h.rounds = s->quantise_as != NULL;
    h.rate = s->rate;
    h.momentum = s->momentum;
    h.weight_decay = s->weight_decay;
    h.dropout = s->dropout;
    h.warmup_epochs = s->warmup_epochs;
    h.focal_gamma = s->focal_gamma;
    h.focal_alpha = s->focal_alpha;
    h.drop_pathway = s->drop_pathway;
    h.sync_loss = s->sync_loss;
    h.loss_sum = r->loss_sum;
    h.seconds = r->seconds;
    h.has_start = r->has_start;
    if (r->has_start)
        memcpy(&h.start, &r->start, sizeof h.start);
    return h;
}

sfd_status sfd_run_state_write(const sfd_run_state *r, const sfd_params *p,
                               const sfd_train_settings *s, sfd_error *err)
{
    char path[SFD_MAX_RUN_PATH];
    sfd_outfile *f;
    const header h = make_header(r, p, s);
    sfd_status status = sfd_run_path(path, s, "state.bin", err);
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
    if (h->seed != now.seed || h->epoch > now.epochs || h->batch != now.batch ||
        h->frozen != now.frozen || h->schedule != now.schedule || h->side != now.side ||
        h->rate != now.rate || h->momentum != now.momentum || h->weight_decay != now.weight_decay ||
        h->dropout != now.dropout || h->drop_pathway != now.drop_pathway ||
        h->sync_loss != now.sync_loss || h->warmup_epochs != now.warmup_epochs ||
        h->by_class != now.by_class || h->rounds != now.rounds ||
        h->focal_gamma != now.focal_gamma || h->focal_alpha != now.focal_alpha ||
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
    r->begun_epochs = (int)h->epochs;
    r->step = (size_t)h->step;
    r->loss_sum = h->loss_sum;
    r->seconds = h->seconds;
    r->has_start = h->has_start;
    r->start = h->start;
    memcpy(p->value, at, bytes);
    memcpy(p->momentum, at + bytes, bytes);
    return SFD_OK;
}

sfd_status sfd_run_state_read(sfd_run_state *r, sfd_params *p, const sfd_train_settings *s,
                              sfd_error *err)
{
    char path[SFD_MAX_RUN_PATH];
    sfd_mapping m = {0};
    header h = {0};
    sfd_status status = sfd_run_path(path, s, "state.bin", err);
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
