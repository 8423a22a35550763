/* SPDX-License-Identifier: Apache-2.0 */
/* The page: head with its policy, hand-written parts, data. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/file.h"
#include "base/outfile.h"
#include "media/sha256.h"
#include "report/base64.h"
#include "report/link.h"
#include "report/page.h"
#include "report/pictures.h"
#include "report/scores.h"
#include "report/worst.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_EMBEDDED ((size_t)256 << 20)
#define PART_BYTES   (3 << 14) /* of base64: a multiple of three */

typedef struct writer {
    const sfd_report *r;
    const char *path;
    sfd_json_out j;
    sfd_report_people runs[SFD_REPORT_MAX_RUNS], truth;
    sfd_report_people *lists[SFD_REPORT_MAX_RUNS + 1];
    size_t n_lists;
    sfd_report_keyframes keyframes;
    bool *large; /* [keyframes] */
    sfd_report_picture_plan plan;
    size_t n_embedded; /* bytes */
    bool *embedded;    /* [videos] */
} writer;

static void free_writer(writer *w)
{
    for (size_t i = 0; i < w->n_lists; i++)
        sfd_report_people_free(w->lists[i]);
    sfd_report_keyframes_free(&w->keyframes);
    free(w->large);
    free(w->embedded);
}

static sfd_status gather(writer *w, sfd_error *err)
{
    const sfd_report *r = w->r;
    sfd_status status = SFD_OK;
    size_t n_unusable = 0;
    for (size_t i = 0; i < r->n_runs + r->has_truth && status == SFD_OK; i++) {
        const bool truth = i == r->n_runs;
        w->lists[i] = truth ? &w->truth : &w->runs[i];
        w->n_lists++;
        status = sfd_report_people_make(w->lists[i], truth ? &r->truth : &r->runs[i].rows,
                                        r->n_videos, err);
        n_unusable += w->lists[i]->n_unusable;
    }
    if (status == SFD_OK)
        status = sfd_report_keyframes_make(&w->keyframes, w->lists, w->n_lists, r->n_videos, err);
    if (status != SFD_OK)
        return status;
    if (n_unusable > 0)
        sfd_report_warn(r, "%zu row%s boxes outside the picture and cannot be drawn", n_unusable,
                        n_unusable == 1 ? " has" : "s have");
    w->large = sfd_calloc(w->keyframes.start[r->n_videos], sizeof *w->large);
    w->embedded = sfd_calloc(r->n_videos, sizeof *w->embedded);
    return w->large && w->embedded ? SFD_OK : sfd_fail_nomem(err, "report");
}

/* --------------------------------------------------------------------- boxes */

static bool is_shown(const writer *w, const sfd_report_row *row, bool truth)
{
    return row->label > 0 && (truth || row->score >= w->r->s.min_score);
}

/* [keyframe, person, x1, y1, x2, y2, [label, score, ...]], scores in thousandths. */
static void put_box(writer *w, const sfd_report_people *p, const sfd_report_box *b, bool truth)
{
    sfd_json_out *j = &w->j;
    int n_shown = 0;
    sfd_json_put_open(j, '[');
    sfd_json_put_integer(j, b->keyframe);
    sfd_json_put_integer(j, b->person);
    sfd_report_put_box(j, &b->box);
    sfd_json_put_open(j, '[');
    for (size_t i = 0; i < b->n && (truth || n_shown < w->r->s.top); i++) {
        const sfd_report_row *row = p->rows[b->first + i];
        if (!is_shown(w, row, truth))
            continue;
        sfd_json_put_integer(j, row->label);
        sfd_json_put_integer(j, lrint(fmax(-9, fmin(9, row->score)) * 1000));
        n_shown++;
    }
    sfd_json_put_close(j, ']');
    sfd_json_put_close(j, ']');
}

static void put_people(writer *w, const sfd_report_people *p, size_t video, bool truth)
{
    sfd_json_out *j = &w->j;
    const sfd_report_cast *cast = &p->casts[video];
    sfd_json_put_open(j, '{');
    sfd_json_put_key(j, "ids");
    sfd_json_put_open(j, '[');
    for (size_t i = 0; i < cast->n_ids; i++)
        sfd_json_put_integer(j, (long long)cast->ids[i]);
    sfd_json_put_close(j, ']');
    sfd_json_put_key(j, "persons");
    sfd_json_put_integer(j, (long long)cast->n);
    sfd_json_put_key(j, "boxes");
    sfd_json_put_open(j, '[');
    for (size_t i = p->start[video]; i < p->start[video + 1]; i++)
        put_box(w, p, &p->boxes[i], truth);
    sfd_json_put_close(j, ']');
    sfd_json_put_close(j, '}');
}

/* -------------------------------------------------------------------- videos */

/* Whether the video's bytes are to stand in the page. */
static bool decide_embedding(writer *w, size_t video)
{
    sfd_error why;
    size_t n;
    const char *path = w->r->videos[video].path;
    if (!w->r->s.embed || !path)
        return false;
    const int fd = sfd_open_to_read(path, &n, &why);
    if (fd < 0) {
        sfd_report_warn(w->r, "%s", why.message);
        return false;
    }
    close(fd);
    if (n > MAX_EMBEDDED - w->n_embedded) {
        sfd_report_warn(w->r, "%s: is linked, for embedded videos would have more than %zu MiB",
                        path, MAX_EMBEDDED >> 20);
        return false;
    }
    w->n_embedded += n;
    return true;
}

static void put_times(writer *w, size_t video)
{
    sfd_json_put_key(&w->j, "times");
    sfd_json_put_open(&w->j, '[');
    for (size_t i = w->keyframes.start[video]; i < w->keyframes.start[video + 1]; i++)
        sfd_json_put_number(&w->j, w->keyframes.times_s[i]);
    sfd_json_put_close(&w->j, ']');
}

static sfd_status put_video(writer *w, size_t video, sfd_error *err)
{
    sfd_json_out *j = &w->j;
    const sfd_report_video *v = &w->r->videos[video];
    char *link = v->path ? sfd_report_link(v->path, w->path) : NULL;
    w->embedded[video] = decide_embedding(w, video);
    sfd_json_put_open(j, '{');
    sfd_json_put_key(j, "id");
    sfd_json_put_text(j, v->id);
    sfd_json_put_key(j, "link");
    sfd_json_put_text(j, w->embedded[video] ? NULL : link);
    sfd_json_put_key(j, "embedded");
    sfd_json_put_bool(j, w->embedded[video]);
    free(link);
    put_times(w, video);
    sfd_status status = sfd_report_put_pictures(j, w->r, &w->keyframes, video, &w->plan, err);
    sfd_json_put_key(j, "runs");
    sfd_json_put_open(j, '[');
    for (size_t i = 0; i < w->r->n_runs; i++)
        put_people(w, &w->runs[i], video, false);
    sfd_json_put_close(j, ']');
    sfd_json_put_key(j, "truth");
    if (w->r->has_truth)
        put_people(w, &w->truth, video, true);
    else
        sfd_json_put_text(j, NULL);
    sfd_json_put_close(j, '}');
    return status;
}

/* --------------------------------------------------------------------- texts */

static void put_labels(writer *w)
{
    const sfd_report *r = w->r;
    const size_t n_list = (size_t)r->names.max_id + 1;
    const size_t n = n_list > r->n_found_names ? n_list : r->n_found_names;
    sfd_json_put_key(&w->j, "labels");
    sfd_json_put_open(&w->j, '[');
    for (size_t i = 0; i < n; i++)
        sfd_json_put_text(&w->j, sfd_report_name(r, (int)i));
    sfd_json_put_close(&w->j, ']');
}

static void put_trainings(writer *w)
{
    sfd_json_out *j = &w->j;
    sfd_json_put_key(j, "trainings");
    sfd_json_put_open(j, '[');
    for (size_t i = 0; i < w->r->n_trainings; i++) {
        const sfd_report_training *t = &w->r->trainings[i];
        sfd_json_put_open(j, '{');
        sfd_json_put_key(j, "name");
        sfd_json_put_text(j, t->name);
        sfd_json_put_key(j, "columns");
        sfd_json_put_open(j, '[');
        for (size_t c = 0; c < t->n_columns; c++)
            sfd_json_put_text(j, t->columns[c]);
        sfd_json_put_close(j, ']');
        sfd_json_put_key(j, "values");
        sfd_json_put_open(j, '[');
        for (size_t k = 0; k < t->n_rows * t->n_columns; k++)
            sfd_json_put_number(j, t->values[k]);
        sfd_json_put_close(j, ']');
        sfd_json_put_close(j, '}');
    }
    sfd_json_put_close(j, ']');
}

static void put_texts(writer *w)
{
    sfd_json_out *j = &w->j;
    sfd_json_put_key(j, "title");
    sfd_json_put_text(j, w->r->title);
    sfd_json_put_key(j, "version");
    sfd_json_put_text(j, sfd_version());
    sfd_json_put_key(j, "offset");
    sfd_json_put_number(j, w->r->s.timestamp_offset_s);
    sfd_json_put_key(j, "minScore");
    sfd_json_put_number(j, w->r->s.min_score);
    sfd_json_put_key(j, "dialect");
    sfd_json_put_text(j, sfd_eval_dialect_name(w->r->s.dialect));
    sfd_json_put_key(j, "kinds");
    sfd_json_put_open(j, '[');
    for (int i = 0; i < SFD_EVAL_N_ERROR_KINDS; i++)
        sfd_json_put_text(j, sfd_eval_error_kind_name((sfd_eval_error_kind)i));
    sfd_json_put_close(j, ']');
    sfd_json_put_key(j, "runs");
    sfd_json_put_open(j, '[');
    for (size_t i = 0; i < w->r->n_runs; i++)
        sfd_json_put_text(j, w->r->runs[i].name);
    sfd_json_put_close(j, ']');
    put_labels(w);
    put_trainings(w);
}

/* ---------------------------------------------------------------------- page */

static sfd_status put_data(writer *w, sfd_error *err)
{
    sfd_json_put_open(&w->j, '{');
    put_texts(w);
    sfd_status status = sfd_report_put_scores(&w->j, w->r, &w->keyframes, w->large, err);
    sfd_report_plan_pictures(&w->plan, w->r, &w->keyframes, w->large);
    sfd_json_put_key(&w->j, "videos");
    sfd_json_put_open(&w->j, '[');
    for (size_t i = 0; i < w->r->n_videos && status == SFD_OK; i++)
        status = put_video(w, i, err);
    sfd_json_put_close(&w->j, ']');
    sfd_json_put_close(&w->j, '}');
    return status;
}

static sfd_status put_bytes(FILE *f, const char *path, sfd_error *err)
{
    unsigned char part[PART_BYTES];
    size_t n_bytes;
    const int fd = sfd_open_to_read(path, &n_bytes, err);
    if (fd < 0)
        return err ? err->status : SFD_ERR_IO;
    bool ok = true;
    for (size_t at = 0, n; at < n_bytes && ok; at += n) {
        n = n_bytes - at < sizeof part ? n_bytes - at : sizeof part;
        ok = sfd_read_at(fd, at, part, n);
        if (ok)
            sfd_base64_put(f, part, n);
    }
    close(fd);
    return ok ? SFD_OK : sfd_fail_shrunk(err, path);
}

/* The i-th video's bytes, for the script to find. */
static sfd_status put_embedded(writer *w, size_t video, sfd_error *err)
{
    fprintf(w->j.f, "<script type=\"application/octet-stream\" id=\"video-%zu\">", video);
    sfd_status status = put_bytes(w->j.f, w->r->videos[video].path, err);
    fputs("</script>\n", w->j.f);
    return status;
}

/* 'sha256-...' of an inline script or style. */
static sfd_status put_source(FILE *f, const char *text, sfd_error *err)
{
    char hex[SFD_SHA256_TEXT];
    unsigned char digest[32];
    sfd_status status = sfd_sha256_bytes(hex, text, strlen(text), err);
    if (status != SFD_OK)
        return status;
    for (size_t i = 0; i < sizeof digest; i++) {
        const char pair[3] = {hex[2 * i], hex[2 * i + 1]};
        digest[i] = (unsigned char)strtoul(pair, NULL, 16);
    }
    fputs("'sha256-", f);
    sfd_base64_put(f, digest, sizeof digest);
    fputs("'", f);
    return SFD_OK;
}

/* Nothing but what stands in the page runs, and nothing is fetched but videos beside it. */
static sfd_status put_head(FILE *f, sfd_error *err)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "base-uri 'none'; form-action 'none'; img-src data:; media-src 'self' file: blob:; "
          "script-src ",
          f);
    sfd_status status = put_source(f, sfd_report_page_js, err);
    fputs("; style-src ", f);
    if (status == SFD_OK)
        status = put_source(f, sfd_report_page_css, err);
    fputs("\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>sfdetect report</title>\n"
          "<style>",
          f);
    fputs(sfd_report_page_css, f);
    fputs("</style>\n</head>\n", f);
    return status;
}

static sfd_status put_page(writer *w, sfd_error *err)
{
    FILE *f = w->j.f;
    sfd_status status = put_head(f, err);
    fputs(sfd_report_page_html, f);
    fputs("<script type=\"application/json\" id=\"data\">", f);
    if (status == SFD_OK)
        status = put_data(w, err);
    fputs("</script>\n", f);
    for (size_t i = 0; i < w->r->n_videos && status == SFD_OK; i++)
        if (w->embedded[i])
            status = put_embedded(w, i, err);
    fputs("<script>", f);
    fputs(sfd_report_page_js, f);
    fputs("</script>\n</body>\n</html>\n", f);
    return status;
}

sfd_status sfd_report_write(sfd_report *r, const char *path, sfd_error *err)
{
    writer w = {.r = r, .path = path};
    sfd_outfile *file = NULL;
    if (r->n_runs + r->n_trainings + r->has_truth == 0)
        return sfd_fail(err, SFD_ERR_ARG, "%s: there is nothing to report", path);
    sfd_status status = gather(&w, err);
    if (status == SFD_OK)
        status = sfd_outfile_open(&file, path, err);
    if (status == SFD_OK) {
        w.j.f = sfd_outfile_stream(file);
        status = put_page(&w, err);
        if (status == SFD_OK)
            status = sfd_outfile_commit(file, err);
        else
            sfd_outfile_discard(file);
    }
    free_writer(&w);
    return status;
}
