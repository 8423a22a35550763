/* SPDX-License-Identifier: Apache-2.0 */
/* Scores of videos as csv and as JSON lines. */
#include "base/alloc.h"
#include "base/csv_write.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/utf8.h"

#include <sfdet/classify.h>

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

struct sfd_class_writer {
    char *path;
    sfd_outfile *file; /* NULL once complete */
    bool json;
    const sfd_class_names *names;
    size_t n_best;
};

/* ------------------------------------------------------------------ the best */

void sfd_best_classes(int *best, size_t n_best, const float *scores, int n_classes)
{
    size_t n = 0;
    for (int k = 0; k < n_classes; k++) {
        size_t at = n < n_best ? n++ : n;
        while (at > 0 && scores[k] > scores[best[at - 1]]) {
            if (at < n_best)
                best[at] = best[at - 1];
            at--;
        }
        if (at < n_best)
            best[at] = k;
    }
}

/* ------------------------------------------------------------------ files */

static sfd_status open_writer(sfd_class_writer **out, const char *path, sfd_error *err)
{
    *out = NULL;
    sfd_class_writer *w = sfd_calloc(1, sizeof *w);
    if (!w || !(w->path = sfd_strdup(path))) {
        sfd_class_writer_free(w);
        return sfd_fail_nomem(err, path);
    }
    const sfd_status status = sfd_outfile_open(&w->file, path, err);
    if (status != SFD_OK) {
        sfd_class_writer_free(w);
        return status;
    }
    *out = w;
    return SFD_OK;
}

sfd_status sfd_class_writer_open_csv(sfd_class_writer **out, const char *path, sfd_error *err)
{
    return open_writer(out, path, err);
}

sfd_status sfd_class_writer_open_json(sfd_class_writer **out, const char *path,
                                      const sfd_class_names *names, size_t n_best, sfd_error *err)
{
    const sfd_status status = open_writer(out, path, err);
    if (status != SFD_OK)
        return status;
    (*out)->json = true;
    (*out)->names = names;
    (*out)->n_best = n_best;
    return SFD_OK;
}

sfd_status sfd_class_writer_commit(sfd_class_writer *w, sfd_error *err)
{
    sfd_outfile *file = w->file;
    w->file = NULL;
    return file ? sfd_outfile_commit(file, err) : SFD_OK;
}

void sfd_class_writer_free(sfd_class_writer *w)
{
    if (!w)
        return;
    sfd_outfile_discard(w->file);
    free(w->path);
    free(w);
}

/* ------------------------------------------------------------------ csv */

static void write_rows(FILE *f, const char *path, const float *scores, int n_classes)
{
    char score[SFD_DECIMAL_CHARS];
    for (int k = 0; k < n_classes; k++) {
        sfd_csv_write_text(f, path);
        fprintf(f, ",%d,%s\n", k, sfd_format_float(score, scores[k]));
    }
}

/* ------------------------------------------------------------------ JSON */

/* Takes the item over. */
static bool append(cJSON *list, cJSON *item)
{
    if (cJSON_AddItemToArray(list, item))
        return true;
    cJSON_Delete(item);
    return false;
}

static bool add_labels(cJSON *root, const sfd_listed_video *v)
{
    if (v->n_labels == 0)
        return true;
    cJSON *list = cJSON_AddArrayToObject(root, "labels");
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < v->n_labels; i++)
        ok = append(list, cJSON_CreateNumber(v->labels[i]));
    return ok;
}

static bool add_class(cJSON *list, const sfd_class_names *names, int id, float score)
{
    char text[SFD_DECIMAL_CHARS];
    const char *name = sfd_class_names_get(names, id);
    cJSON *item = cJSON_CreateObject();
    return append(list, item) && cJSON_AddNumberToObject(item, "id", id) &&
           (name ? cJSON_AddStringToObject(item, "name", name)
                 : cJSON_AddNullToObject(item, "name")) &&
           cJSON_AddRawToObject(item, "score", sfd_format_float(text, score));
}

static bool add_classes(cJSON *root, const sfd_class_writer *w, const float *scores, int n_classes)
{
    const size_t n = w->n_best < (size_t)n_classes ? w->n_best : (size_t)n_classes;
    cJSON *list = cJSON_AddArrayToObject(root, "classes");
    int *best = sfd_malloc_array(n, sizeof *best);
    bool ok = list && best;
    if (ok)
        sfd_best_classes(best, n, scores, n_classes);
    for (size_t i = 0; ok && i < n; i++)
        ok = add_class(list, w->names, best[i], scores[best[i]]);
    free(best);
    return ok;
}

/* One line of text, to be freed with cJSON_free; NULL when memory is out. */
static char *video_json(const sfd_class_writer *w, const sfd_listed_video *v, const float *scores,
                        int n_classes)
{
    char *text = NULL, *path = sfd_utf8_copy(v->path);
    cJSON *root = cJSON_CreateObject();
    if (root && path && cJSON_AddStringToObject(root, "path", path) && add_labels(root, v) &&
        add_classes(root, w, scores, n_classes))
        text = cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    free(path);
    return text;
}

sfd_status sfd_class_writer_add(sfd_class_writer *w, const sfd_listed_video *video,
                                const float *scores, int n_classes, sfd_error *err)
{
    if (!w->file)
        return sfd_fail(err, SFD_ERR_ARG, "%s: is complete, nothing can be added", w->path);
    FILE *f = sfd_outfile_stream(w->file);
    if (w->json) {
        char *text = video_json(w, video, scores, n_classes);
        if (!text)
            return sfd_fail_nomem(err, w->path);
        fprintf(f, "%s\n", text);
        cJSON_free(text);
    } else {
        write_rows(f, video->path, scores, n_classes);
    }
    return sfd_outfile_flush(w->file, err);
}

/* ------------------------------------------------------------------ report */

static void write_share(FILE *f, double share)
{
    char text[SFD_DECIMAL_CHARS];
    fprintf(f, ",%s", isnan(share) ? "" : sfd_format_fixed6(text, share));
}

sfd_status sfd_class_report_write(const char *path, const sfd_accuracy_result *result,
                                  const sfd_class_names *names, sfd_error *err)
{
    sfd_outfile *file;
    sfd_status status = sfd_outfile_open(&file, path, err);
    if (status != SFD_OK)
        return status;
    FILE *f = sfd_outfile_stream(file);
    fprintf(f, "class_id,name,videos,accuracy,ap\n");
    for (int k = 0; k < result->n_classes; k++) {
        const char *name = sfd_class_names_get(names, k);
        fprintf(f, "%d,", k);
        sfd_csv_write_text(f, name ? name : "");
        fprintf(f, ",%zu", result->class_videos[k]);
        write_share(f, result->class_top1[k]);
        write_share(f, result->class_ap[k]);
        putc('\n', f);
    }
    return sfd_outfile_commit(file, err);
}
