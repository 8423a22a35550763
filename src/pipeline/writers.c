/* SPDX-License-Identifier: Apache-2.0 */
/* Detections as csv, as JSON lines, as pictures of the keyframes. */
#include "base/alloc.h"
#include "base/csv_write.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/outfile.h"
#include "base/utf8.h"
#include "pipeline/overlay.h"
#include "pipeline/picture_folder.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sfd_writer {
    sfd_status (*add)(sfd_writer *w, const sfd_keyframe *k, sfd_error *err);
    sfd_outfile *file; /* csv, JSON */
    char *path;
    bool complete;

    const sfd_labels *labels; /* JSON */
    double min_score;

    sfd_picture_folder *folder; /* pictures */
    sfd_overlay *overlay;       /* of one keyframe at a time */
};

static sfd_status make_writer(sfd_writer **out, const char *path, sfd_error *err)
{
    sfd_writer *w = sfd_calloc(1, sizeof *w);
    *out = w;
    if (w && (w->path = sfd_strdup(path)))
        return SFD_OK;
    sfd_writer_free(w);
    *out = NULL;
    return sfd_fail_nomem(err, path);
}

void sfd_writer_free(sfd_writer *w)
{
    if (!w)
        return;
    sfd_outfile_discard(w->file);
    sfd_overlay_free(w->overlay);
    sfd_picture_folder_close(w->folder);
    free(w->path);
    free(w);
}

sfd_status sfd_writer_add(sfd_writer *w, const sfd_keyframe *keyframe, sfd_error *err)
{
    if (w->complete)
        return sfd_fail(err, SFD_ERR_ARG, "%s: is complete, nothing can be added", w->path);
    return w->add(w, keyframe, err);
}

sfd_status sfd_writer_commit(sfd_writer *w, sfd_error *err)
{
    sfd_outfile *file = w->file;
    w->file = NULL;
    w->complete = true;
    return file ? sfd_outfile_commit(file, err) : SFD_OK;
}

/* ---------------------------------------------------------------------- csv */

static sfd_status add_csv(sfd_writer *w, const sfd_keyframe *k, sfd_error *err)
{
    FILE *f = sfd_outfile_stream(w->file);
    char score[SFD_DECIMAL_CHARS];
    for (size_t i = 0; i < k->n_persons; i++) {
        const sfd_person *p = &k->persons[i];
        for (int c = 0; c < k->n_classes; c++) {
            if (k->class_ids[c] < 0)
                continue;
            sfd_csv_write_text(f, k->video_id);
            fprintf(f, ",%s,%s,%d,%s\n", p->timestamp_text, p->box_text, k->class_ids[c],
                    sfd_format_fixed6(score, (double)p->scores[c]));
        }
    }
    return sfd_outfile_flush(w->file, err);
}

static sfd_status open_file(sfd_writer **out, const char *path,
                            sfd_status (*add)(sfd_writer *, const sfd_keyframe *, sfd_error *),
                            sfd_error *err)
{
    sfd_status status = make_writer(out, path, err);
    if (status != SFD_OK)
        return status;
    (*out)->add = add;
    status = sfd_outfile_open(&(*out)->file, path, err);
    if (status != SFD_OK) {
        sfd_writer_free(*out);
        *out = NULL;
    }
    return status;
}

sfd_status sfd_writer_open_csv(sfd_writer **out, const char *path, sfd_error *err)
{
    return open_file(out, path, add_csv, err);
}

/* --------------------------------------------------------------------- JSON */

typedef struct ranked_label {
    int id;
    double score;
} ranked_label;

static int by_score(const void *a, const void *b)
{
    const ranked_label *x = a, *y = b;
    int order = (x->score < y->score) - (x->score > y->score);
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

/* Six decimals, as in the csv file. */
static double rounded(double score)
{
    return rint(score * 1e6) / 1e6;
}

static bool add_label(cJSON *list, const sfd_labels *labels, const ranked_label *label)
{
    cJSON *item = cJSON_CreateObject();
    const char *name = sfd_labels_name(labels, label->id);
    if (!cJSON_AddItemToArray(list, item)) {
        cJSON_Delete(item);
        return false;
    }
    return cJSON_AddNumberToObject(item, "id", label->id) &&
           (name ? cJSON_AddStringToObject(item, "name", name)
                 : cJSON_AddNullToObject(item, "name")) &&
           cJSON_AddNumberToObject(item, "score", rounded(label->score));
}

static bool add_labels(cJSON *person, const sfd_writer *w, const sfd_keyframe *k,
                       const float *scores)
{
    cJSON *list = cJSON_AddArrayToObject(person, "labels");
    ranked_label *ranked = sfd_malloc_array((size_t)k->n_classes, sizeof *ranked);
    size_t n = 0;
    bool ok = list && ranked;
    for (int c = 0; ok && c < k->n_classes; c++)
        if (k->class_ids[c] >= 0 && (double)scores[c] >= w->min_score)
            ranked[n++] = (ranked_label){k->class_ids[c], (double)scores[c]};
    if (n > 0)
        qsort(ranked, n, sizeof *ranked, by_score);
    for (size_t i = 0; ok && i < n; i++)
        ok = add_label(list, w->labels, &ranked[i]);
    free(ranked);
    return ok;
}

static bool add_box(cJSON *person, const sfd_box_norm *b)
{
    const double corners[4] = {b->x1, b->y1, b->x2, b->y2};
    cJSON *box = cJSON_CreateDoubleArray(corners, 4);
    if (cJSON_AddItemToObject(person, "box", box))
        return true;
    cJSON_Delete(box);
    return false;
}

/* As text, for ids beyond what a double holds. */
static bool add_person_id(cJSON *person, const sfd_person *p)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", (long long)p->person_id);
    return !p->has_person_id || cJSON_AddRawToObject(person, "person", digits);
}

/* One line of text, to be freed with cJSON_free; NULL when memory is out. */
static char *person_json(const sfd_writer *w, const sfd_keyframe *k, const sfd_person *p)
{
    char *text = NULL, *video_id = sfd_utf8_copy(k->video_id);
    cJSON *person = cJSON_CreateObject();
    if (person && video_id && cJSON_AddStringToObject(person, "video", video_id) &&
        cJSON_AddNumberToObject(person, "timestamp", k->timestamp_s) && add_person_id(person, p) &&
        add_box(person, &p->box) &&
        cJSON_AddNumberToObject(person, "proposal_score", p->proposal_score) &&
        add_labels(person, w, k, p->scores))
        text = cJSON_PrintUnformatted(person);
    cJSON_Delete(person);
    free(video_id);
    return text;
}

static sfd_status add_json(sfd_writer *w, const sfd_keyframe *k, sfd_error *err)
{
    FILE *f = sfd_outfile_stream(w->file);
    for (size_t i = 0; i < k->n_persons; i++) {
        char *text = person_json(w, k, &k->persons[i]);
        if (!text)
            return sfd_fail_nomem(err, w->path);
        fprintf(f, "%s\n", text);
        cJSON_free(text);
    }
    return sfd_outfile_flush(w->file, err);
}

sfd_status sfd_writer_open_json(sfd_writer **out, const char *path, const sfd_labels *labels,
                                double min_score, sfd_error *err)
{
    sfd_status status = open_file(out, path, add_json, err);
    if (status != SFD_OK)
        return status;
    (*out)->labels = labels;
    (*out)->min_score = min_score;
    return SFD_OK;
}

/* ----------------------------------------------------------------- pictures */

static sfd_status copy_image(sfd_picture **out, const sfd_image *image, sfd_error *err)
{
    sfd_status status = sfd_picture_create(out, image->width, image->height, err);
    if (status != SFD_OK)
        return status;
    for (int y = 0; y < image->height; y++)
        memcpy((*out)->rgb + (size_t)y * (*out)->stride_bytes,
               image->rgb + (size_t)y * image->stride_bytes, 3 * (size_t)image->width);
    return SFD_OK;
}

static sfd_status draw_and_write(sfd_writer *w, const sfd_keyframe *k, sfd_picture *p,
                                 sfd_error *err)
{
    const sfd_mark_group *groups;
    size_t n_groups;
    sfd_overlay_clear(w->overlay);
    sfd_status status = sfd_overlay_add(w->overlay, k, err);
    if (status == SFD_OK)
        status = sfd_overlay_groups(w->overlay, &groups, &n_groups, err);
    if (status != SFD_OK || n_groups == 0)
        return status;
    return sfd_picture_folder_write(w->folder, w->overlay, &groups[0], k->video_id, p, err);
}

static sfd_status add_picture(sfd_writer *w, const sfd_keyframe *k, sfd_error *err)
{
    sfd_picture *p = NULL;
    if (!k->picture)
        return sfd_fail(err, SFD_ERR_ARG, "%s: the keyframe comes without its picture", w->path);
    sfd_status status = copy_image(&p, k->picture, err);
    if (status == SFD_OK)
        status = draw_and_write(w, k, p, err);
    sfd_picture_unref(p);
    return status;
}

sfd_status sfd_writer_open_pictures(sfd_writer **out, const char *directory, const char *format,
                                    const sfd_labels *labels, double threshold, sfd_error *err)
{
    sfd_status status = make_writer(out, directory, err);
    if (status != SFD_OK)
        return status;
    sfd_writer *w = *out;
    w->add = add_picture;
    status = sfd_picture_folder_open(&w->folder, directory, format, err);
    if (status == SFD_OK)
        status = sfd_overlay_create(&w->overlay, "", labels, threshold, err);
    if (status != SFD_OK) {
        sfd_writer_free(w);
        *out = NULL;
    }
    return status;
}
