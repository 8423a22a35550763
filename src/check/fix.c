/* SPDX-License-Identifier: Apache-2.0 */
/* The ground truth once more, without what can be repaired safely. */
#include "base/box.h"
#include "base/csv_write.h"
#include "base/error.h"
#include "base/outfile.h"
#include "check/work.h"

#include <math.h>

typedef struct fixer {
    const sfd_check *c;
    FILE *out;
    size_t at, n_changed; /* of the rows */
} fixer;

static sfd_box_norm repaired(const sfd_check *c, const sfd_check_row *r)
{
    const sfd_check_video *v = &c->videos[r->video];
    sfd_box_norm b = r->box;
    if (r->fix & SFD_FIX_PIXELS)
        b = (sfd_box_norm){b.x1 / v->width, b.y1 / v->height, b.x2 / v->width, b.y2 / v->height};
    if (r->fix & SFD_FIX_CORNERS)
        b = (sfd_box_norm){fmin(b.x1, b.x2), fmin(b.y1, b.y2), fmax(b.x1, b.x2), fmax(b.y1, b.y2)};
    sfd_box_clip(&b);
    return b;
}

/* Of a row that stays. Fields that are right are written as they were. */
static void write_row(fixer *f, const sfd_csv_row *row, const sfd_check_row *r)
{
    const sfd_check_video *v = &f->c->videos[r->video];
    sfd_csv_write_text(f->out, v->renamed ? v->renamed : v->id);
    fprintf(f->out, ",");
    if (row->n_fields > SFD_AVA_TIME)
        sfd_csv_write_text(f->out, row->fields[SFD_AVA_TIME].text);
    const bool corners = r->fix && row->n_fields >= SFD_AVA_LABEL;
    if (corners) {
        const sfd_box_norm b = repaired(f->c, r);
        fprintf(f->out, ",%.6f,%.6f,%.6f,%.6f", b.x1, b.y1, b.x2, b.y2);
    }
    for (size_t i = corners ? SFD_AVA_LABEL : SFD_AVA_X1; i < row->n_fields; i++) {
        fprintf(f->out, ",");
        sfd_csv_write_text(f->out, row->fields[i].text);
    }
    fprintf(f->out, "\n");
    f->n_changed += r->fix != 0 || v->renamed;
}

static sfd_status on_row(void *user, const sfd_csv_row *row, sfd_error *err)
{
    fixer *f = user;
    const sfd_check_file *truth = &f->c->truth;
    if (f->at == truth->n || truth->rows[f->at].line != row->line)
        return sfd_fail(err, SFD_ERR_IO, "%s: has changed since it was read", truth->path);
    const sfd_check_row *r = &truth->rows[f->at++];
    if (r->fix & SFD_FIX_DROP)
        f->n_changed++;
    else
        write_row(f, row, r);
    return SFD_OK;
}

sfd_status sfd_check_fix(const sfd_check *c, const char *path, size_t *n_changed, sfd_error *err)
{
    fixer f = {.c = c};
    sfd_outfile *out = NULL;
    sfd_status status = sfd_outfile_open(&out, path, err);
    if (status == SFD_OK) {
        f.out = sfd_outfile_stream(out);
        status = sfd_ava_read(c->truth.path, on_row, &f, NULL, err);
    }
    if (n_changed)
        *n_changed = f.n_changed;
    if (status == SFD_OK)
        return sfd_outfile_commit(out, err);
    sfd_outfile_discard(out);
    return status;
}
